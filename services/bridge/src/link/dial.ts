import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

/** Where the broker is, and how it and we prove who we are. */
export interface BrokerAddress {
  readonly host: string
  readonly port: number
  /** PEM texts; absent = no TLS. `ca` absent: the authorities that Node trusts. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string }
}

/** Begins to connect; what is written before it is connected waits. */
export function dial({ host, port, tls }: BrokerAddress): Socket {
  if (tls === undefined) return connectTcp({ host, port })
  return connectTls({ host, port, minVersion: 'TLSv1.2', ...(isIP(host) === 0 ? { servername: host } : {}), ...tls })
}
