import { once } from 'node:events'
import { connect as connectTcp, type Socket } from 'node:net'
import mqttPacket, { type IConnackPacket, type IConnectPacket, type IPublishPacket, type Packet } from 'mqtt-packet'

/** A client that does exactly what a test tells it to: nothing is acknowledged, repeated or kept alive by itself. */
export interface RawClient {
  readonly socket: Socket
  readonly received: Packet[]
  /** Message ids of the PUBACKs, in order of arrival. */
  readonly acknowledged: number[]
  readonly closed: boolean
  send(packet: Packet): void
  publish(packet: Partial<IPublishPacket> & { topic: string; payload: Buffer | string }): void
  /** Resolves with the first packet that `matches`, received already or in the future. */
  next(matches: (packet: Packet) => boolean, withinMs?: number): Promise<Packet>
  untilClosed(): Promise<void>
  destroy(): void
}

export async function openRaw(port: number): Promise<RawClient> {
  const socket = connectTcp({ port, host: '127.0.0.1', noDelay: true })
  const parser = mqttPacket.parser({ protocolVersion: 4 })
  const received: Packet[] = []
  const acknowledged: number[] = []
  const watchers = new Set<() => void>()
  let closed = false
  const changed = (): void => {
    for (const watcher of watchers) watcher()
  }
  parser.on('packet', (packet: Packet) => {
    received.push(packet)
    if (packet.cmd === 'puback' && packet.messageId !== undefined) acknowledged.push(packet.messageId)
    changed()
  })
  socket.on('data', (chunk) => parser.parse(chunk))
  // A connection that is cut is what some of the tests are about.
  socket.on('error', () => socket.destroy())
  socket.on('close', () => {
    closed = true
    changed()
  })
  const send = (packet: Packet): void => {
    socket.write(mqttPacket.generate(packet))
  }
  const until = async <T>(look: () => T | undefined, what: string, withinMs: number): Promise<T> => {
    const found = look()
    if (found !== undefined) return found
    return new Promise((resolve, reject) => {
      const watcher = (): void => {
        const now = look()
        if (now === undefined) return
        watchers.delete(watcher)
        clearTimeout(timer)
        resolve(now)
      }
      const timer = setTimeout(() => {
        watchers.delete(watcher)
        reject(
          new Error(
            `${what} not within ${withinMs} ms; got ${received
              .map((p) => p.cmd)
              .slice(-20)
              .join(' ')}`,
          ),
        )
      }, withinMs)
      watchers.add(watcher)
    })
  }
  await once(socket, 'connect')
  return {
    socket,
    received,
    acknowledged,
    get closed() {
      return closed
    },
    send,
    publish: (packet) =>
      send({ cmd: 'publish', qos: 0, dup: false, retain: false, ...packet } satisfies IPublishPacket),
    next: (matches, withinMs = 5_000) => until(() => received.find(matches), 'the packet', withinMs),
    untilClosed: async () => {
      await until(() => (closed ? true : undefined), 'the close', 8_000)
    },
    destroy: () => socket.destroy(),
  }
}

/** Connects and signs in; answers the client and the CONNACK. */
export async function signIn(
  port: number,
  options: Partial<IConnectPacket> & { username?: string; password?: Buffer },
): Promise<{ client: RawClient; returnCode: number | undefined }> {
  const client = await openRaw(port)
  client.send({
    cmd: 'connect',
    clientId: options.username ?? '',
    protocolId: 'MQTT',
    protocolVersion: 4,
    clean: true,
    keepalive: 60,
    ...options,
  })
  const connack = await client.next((packet): packet is IConnackPacket => packet.cmd === 'connack')
  return { client, returnCode: connack.cmd === 'connack' ? connack.returnCode : undefined }
}
