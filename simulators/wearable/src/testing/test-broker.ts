import { createServer, type AddressInfo, type Socket } from 'node:net'
import { generate, parser, type IConnectPacket, type IPublishPacket, type Packet } from 'mqtt-packet'
import { decodeUplink } from '@pulsewire/codec'
import { parseUplinkTopic, type UplinkMessage } from '@pulsewire/contracts'

export interface Received {
  readonly device: string
  readonly uplink: UplinkMessage
  readonly encoding: 'json' | 'cbor'
  readonly retain: boolean
  readonly payload: Buffer
}

/** A broker for tests of what talks to one: takes anybody, keeps what came, and can be as unkind as a test wants. */
export interface TestBroker {
  readonly url: string
  readonly port: number
  readonly received: Received[]
  readonly connects: IConnectPacket[]
  /** Wills of connections that ended without DISCONNECT. */
  readonly wills: unknown[]
  /** Take messages, but do not acknowledge them. */
  holdAcks: boolean
  /** Cut a connection right after so many more PUBACKs were due: the last of them is never sent. */
  cutAfter: number | undefined
  send(topic: string, payload: unknown): void
  /** Every socket closed, no more accepted, until `start`. */
  stop(): Promise<void>
  start(): Promise<void>
}

const isConnect = (packet: Packet): packet is IConnectPacket => packet.cmd === 'connect'
const isPublish = (packet: Packet): packet is IPublishPacket => packet.cmd === 'publish'

export async function startTestBroker(): Promise<TestBroker> {
  const sockets = new Map<Socket, { will: unknown; saidGoodbye: boolean }>()
  const received: Received[] = []
  const connects: IConnectPacket[] = []
  const wills: unknown[] = []
  let port = 0

  const onPublish = (socket: Socket, packet: IPublishPacket): void => {
    const topic = parseUplinkTopic(packet.topic)
    if (topic === undefined) throw new Error(`published to ${packet.topic}`)
    const payload = Buffer.from(packet.payload)
    received.push({ device: topic.device, retain: packet.retain, payload, ...decodeUplink(topic.kind, payload) })
    if (broker.cutAfter !== undefined && --broker.cutAfter < 0) {
      broker.cutAfter = undefined
      socket.destroy()
    } else if (!broker.holdAcks && packet.messageId !== undefined) {
      socket.write(generate({ cmd: 'puback', messageId: packet.messageId }))
    }
  }

  const onPacket = (socket: Socket, packet: Packet): void => {
    const state = sockets.get(socket)
    if (isConnect(packet)) {
      connects.push(packet)
      if (state !== undefined) state.will = JSON.parse(String(packet.will?.payload ?? 'null'))
      socket.write(generate({ cmd: 'connack', returnCode: 0, sessionPresent: false }))
    } else if (isPublish(packet)) onPublish(socket, packet)
    else if (packet.cmd === 'subscribe' && packet.messageId !== undefined) {
      socket.write(generate({ cmd: 'suback', messageId: packet.messageId, granted: packet.subscriptions.map(() => 1) }))
    } else if (packet.cmd === 'pingreq') socket.write(generate({ cmd: 'pingresp' }))
    else if (packet.cmd === 'disconnect' && state !== undefined) state.saidGoodbye = true
  }

  const server = createServer((socket) => {
    sockets.set(socket, { will: null, saidGoodbye: false })
    const packets = parser()
    packets.on('packet', (packet) => onPacket(socket, packet))
    socket.on('data', (chunk) => {
      if (!socket.destroyed) packets.parse(chunk)
    })
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      const state = sockets.get(socket)
      sockets.delete(socket)
      if (state !== undefined && !state.saidGoodbye && state.will !== null) wills.push(state.will)
    })
  })
  const listen = (): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, '127.0.0.1', () => {
        server.off('error', reject)
        resolve()
      })
    })

  await listen()
  port = (server.address() as AddressInfo).port
  const broker: TestBroker = {
    url: `mqtt://127.0.0.1:${port}`,
    port,
    received,
    connects,
    wills,
    holdAcks: false,
    cutAfter: undefined,
    send(topic, payload) {
      const packet = generate({ cmd: 'publish', topic, payload: JSON.stringify(payload), qos: 1, messageId: 7, dup: false, retain: false }) // prettier-ignore
      for (const socket of sockets.keys()) socket.write(packet)
    },
    stop() {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve())
      })
      for (const socket of sockets.keys()) socket.destroy()
      return closed
    },
    start: listen,
  }
  return broker
}
