import { once } from 'node:events'
import { createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import type { Identity } from './tls/issue.ts'

/** A server that listens, and its port. */
export interface Listener {
  readonly port: number
  close(): Promise<void>
}

export interface TlsListener extends Listener {
  /** New connections are shown this certificate; those that stand go on. */
  renew(identity: Identity): void
}

const HANDSHAKE_TIMEOUT_MS = 10_000

/** MQTT over TCP. Port 0 = any. Rejects where the port cannot be had. */
export async function listenTcp(host: string, port: number, onSocket: (socket: Socket) => void): Promise<Listener> {
  return listen(createTcpServer({ noDelay: true }, onSocket), host, port)
}

/** MQTT over TLS (1.2 or later). */
export async function listenTls(
  host: string,
  port: number,
  identity: Identity,
  onSocket: (socket: Socket) => void,
): Promise<TlsListener> {
  const context = ({ certificate, key }: Identity) => ({ cert: certificate, key, minVersion: 'TLSv1.2' }) as const
  const server = createTlsServer({ ...context(identity), handshakeTimeout: HANDSHAKE_TIMEOUT_MS }, onSocket)
  // A handshake that fails (a scanner, a client without our CA) is the client's affair; its socket is closed.
  server.on('tlsClientError', (_error, socket) => socket.destroy())
  return {
    ...(await listen(server, host, port)),
    renew: (renewed) => server.setSecureContext(context(renewed)),
  }
}

async function listen(server: Server, host: string, port: number): Promise<Listener> {
  server.listen(port, host)
  await once(server, 'listening')
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
