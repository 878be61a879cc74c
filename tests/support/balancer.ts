import { once } from 'node:events'
import { createServer, connect, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'

/** A TCP load balancer as stands before brokers: each connection goes to the next target that takes it. */
export interface Balancer {
  readonly port: number
  stop(): Promise<void>
}

/** `targets` is asked at each connection: ports on this machine. */
export async function startBalancer(targets: () => readonly number[]): Promise<Balancer> {
  const sockets = new Set<Socket>()
  let turn = 0
  const keep = (socket: Socket): Socket => {
    sockets.add(socket)
    // An end that breaks is what this is for: the other end is told by its own close.
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
    return socket
  }

  const reach = async (ports: readonly number[]): Promise<Socket | undefined> => {
    for (const port of ports) {
      const socket = keep(connect({ host: '127.0.0.1', port, noDelay: true }))
      const connected = await Promise.race([
        once(socket, 'connect').then(
          () => true,
          () => false,
        ),
        once(socket, 'close').then(() => false),
      ])
      if (connected) return socket
    }
    return undefined
  }

  const server = createServer({ pauseOnConnect: true, noDelay: true }, (client) => {
    keep(client)
    const ports = targets()
    turn += 1
    const rotated = ports.map((_, index) => ports[(turn + index) % ports.length] ?? 0)
    void reach(rotated).then((target) => {
      if (target === undefined || client.destroyed) {
        client.destroy()
        target?.destroy()
        return
      }
      client.pipe(target)
      target.pipe(client)
      client.on('close', () => target.destroy())
      target.on('close', () => client.destroy())
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    stop: async () => {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
