import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { generate, parser } from 'mqtt-packet'
import { asDuplicate, createPacketTemplate, newBoot, patchedPacket, type Template } from './payload.ts'

export interface Credential {
  readonly username: string
  readonly password: string
}

export interface LightNodeOptions {
  readonly url: string
  readonly credential: Credential
  readonly ca?: string
  /** Messages on the way without a PUBACK. */
  readonly window: number
  /** Come back after a lost connection, and send again what was not acknowledged. */
  readonly reconnect: boolean
}

export interface LightNodeListener {
  onAcked(seq: number, boot: string, afterMs: number): void
  onConnected(): void
  onLost(reason: string): void
}

export interface LightNode {
  readonly device: string
  readonly boot: string
  readonly connected: boolean
  readonly inFlight: number
  readonly resent: number
  /** Sends one message; false where it cannot now (no connection, window full): then nothing was counted. */
  publish(template: Template, at: number): boolean
  ping(): void
  close(): void
}

interface Unacknowledged {
  readonly seq: number
  readonly packet: Buffer
  readonly sentAtMs: number
}

const RECONNECT_MS = [200, 1_000] as const

/** A node reduced to what a broker sees of it: one socket, ready-made packets, a window, and the packets not yet acknowledged. */
export function createLightNode(options: LightNodeOptions, listener: LightNodeListener): LightNode {
  const { credential } = options
  const device = credential.username
  const boot = newBoot()
  const packets = new Map<Template, ReturnType<typeof createPacketTemplate>>()
  const unacknowledged = new Map<number, Unacknowledged>()
  const { protocol, hostname, port } = new URL(options.url)
  let socket: Socket | undefined
  let connected = false
  let closed = false
  let seq = 0
  let messageId = 0
  let resent = 0
  let retry: NodeJS.Timeout | undefined

  const nextMessageId = (): number => {
    do messageId = (messageId % 65_535) + 1
    while (unacknowledged.has(messageId))
    return messageId
  }

  const onAck = (id: number): void => {
    const message = unacknowledged.get(id)
    if (message === undefined) return
    unacknowledged.delete(id)
    listener.onAcked(message.seq, boot, performance.now() - message.sentAtMs)
  }

  const onSignedIn = (through: Socket): void => {
    connected = true
    listener.onConnected()
    for (const message of unacknowledged.values()) {
      through.write(asDuplicate(message.packet))
      resent += 1
    }
  }

  const open = (): void => {
    const secure = protocol === 'mqtts:'
    const target = { host: hostname, port: Number(port === '' ? (secure ? 8883 : 1883) : port) }
    const fresh = secure
      ? connectTls({ ...target, ...(options.ca === undefined ? {} : { ca: options.ca }) })
      : connectTcp({ ...target, noDelay: true })
    socket = fresh
    let reason = 'closed'
    const incoming = parser()
    incoming.on('packet', (packet) => {
      if (packet.cmd === 'puback' && packet.messageId !== undefined) onAck(packet.messageId)
      else if (packet.cmd === 'connack' && packet.returnCode === 0) onSignedIn(fresh)
      else if (packet.cmd === 'connack') {
        reason = `refused with code ${packet.returnCode}`
        fresh.destroy()
      }
    })
    fresh.on(secure ? 'secureConnect' : 'connect', () => {
      fresh.write(
        generate({
          cmd: 'connect',
          protocolId: 'MQTT',
          protocolVersion: 4,
          clean: true,
          keepalive: 60,
          clientId: device,
          username: credential.username,
          password: Buffer.from(credential.password),
        }),
      )
    })
    fresh.on('data', (chunk) => incoming.parse(chunk))
    fresh.on('error', (error) => {
      reason = error.message
    })
    fresh.on('close', () => {
      connected = false
      listener.onLost(reason)
      if (closed || !options.reconnect) return
      retry = setTimeout(open, RECONNECT_MS[0] + Math.random() * (RECONNECT_MS[1] - RECONNECT_MS[0]))
    })
  }

  open()

  return {
    device,
    boot,
    get connected() {
      return connected
    },
    get inFlight() {
      return unacknowledged.size
    },
    get resent() {
      return resent
    },
    publish(template, at) {
      if (!connected || socket === undefined || unacknowledged.size >= options.window) return false
      let packetTemplate = packets.get(template)
      if (packetTemplate === undefined) {
        packetTemplate = createPacketTemplate(device, template)
        packets.set(template, packetTemplate)
      }
      const id = nextMessageId()
      const packet = patchedPacket(packetTemplate, { messageId: id, boot, seq, at, sent: Date.now() })
      unacknowledged.set(id, { seq, packet, sentAtMs: performance.now() })
      seq += 1
      socket.write(packet)
      return true
    },
    ping() {
      if (connected) socket?.write(generate({ cmd: 'pingreq' }))
    },
    close() {
      closed = true
      clearTimeout(retry)
      if (connected) socket?.write(generate({ cmd: 'disconnect' }))
      socket?.end()
      socket?.destroySoon()
    },
  }
}
