import type { Device } from '@pulsewire/contracts'
import type { Client } from 'aedes'
import { GatedConnection } from '../connection/gated-connection.ts'
import { hearsItself } from './subscriptions.ts'

/** A device that is connected. */
export interface DeviceSession {
  readonly device: string
  readonly client: Client
  readonly connection: GatedConnection
  /** The hash of the secret with which it signed in: another one now means that the credential was renewed. */
  readonly secretSha256: string
  /** Filters that it subscribed to. */
  readonly subscriptions: ReadonlySet<string>
  /** One of them covers what it publishes. */
  readonly hearsItself: boolean
  subscribed(filter: string): void
  unsubscribed(filter: string): void
}

/** Who is connected to this broker. */
export interface DeviceSessions {
  readonly size: number
  /** Remembers who a connection is, until it is ready. */
  admit(client: Client, device: Device): void
  /** The session of a client that signed in, or nothing. */
  of(client: Client): DeviceSession | undefined
  /** The connection of `device`, once it is ready. */
  get(device: string): DeviceSession | undefined
  /** The session on a connection, once it is ready. */
  ofConnection(connection: GatedConnection): DeviceSession | undefined
  opened(client: Client): DeviceSession | undefined
  closed(client: Client): void
  has(device: string): boolean
  all(): Iterable<string>
}

class Session implements DeviceSession {
  readonly device: string
  readonly client: Client
  readonly connection: GatedConnection
  readonly secretSha256: string
  readonly subscriptions = new Set<string>()
  hearsItself = false

  constructor({ id, secretSha256 }: Device, client: Client, connection: GatedConnection) {
    this.device = id
    this.client = client
    this.connection = connection
    this.secretSha256 = secretSha256
  }

  subscribed(filter: string): void {
    this.subscriptions.add(filter)
    this.hearsItself = hearsItself(this.device, this.subscriptions)
  }

  unsubscribed(filter: string): void {
    this.subscriptions.delete(filter)
    this.hearsItself = hearsItself(this.device, this.subscriptions)
  }
}

export function createDeviceSessions(): DeviceSessions {
  const admitted = new WeakMap<Client, DeviceSession>()
  const connected = new Map<string, DeviceSession>()
  const byConnection = new WeakMap<GatedConnection, DeviceSession>()
  return {
    get size() {
      return connected.size
    },
    admit: (client, device) => {
      if (!(client.conn instanceof GatedConnection)) return
      admitted.set(client, new Session(device, client, client.conn))
    },
    of: (client) => admitted.get(client),
    get: (device) => connected.get(device),
    ofConnection: (connection) => byConnection.get(connection),
    opened: (client) => {
      const session = admitted.get(client)
      if (session === undefined) return undefined
      connected.set(session.device, session)
      byConnection.set(session.connection, session)
      return session
    },
    closed: (client) => {
      const session = admitted.get(client)
      // After a takeover the name belongs to the new connection already.
      if (session !== undefined && connected.get(session.device) === session) connected.delete(session.device)
    },
    has: (device) => connected.has(device),
    all: () => [...connected.keys()],
  }
}
