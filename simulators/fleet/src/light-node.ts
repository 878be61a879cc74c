import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { generate, parser } from 'mqtt-packet'
import {
  asDuplicate,
  createPacketTemplate,
  newBoot,
  stampedPacket,
  type PacketTemplate,
  type Template,
} from './payload.ts'

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
  /** Messages that wait for a connection or for room in the window; with 0 what cannot be sent now is not sent at all. */
  readonly spoolMessages: number
  /** Come back after a lost connection, and send again what was not acknowledged. */
  readonly reconnect: boolean
  readonly keepaliveSeconds: number
}

export interface LightNodeListener {
  /** `afterMs`: since it was sent first. */
  onAcked(seq: number, boot: string, afterMs: number): void
  /** A PUBACK for nothing that is on the way, or before that of an earlier message. */
  onOddAck(odd: 'unknown' | 'out-of-order'): void
  onConnected(): void
  onLost(reason: string): void
}

export interface LightNode {
  readonly device: string
  readonly boot: string
  readonly connected: boolean
  /** On the way, and waiting for being sent. */
  readonly inFlight: number
  readonly spooled: number
  readonly resent: number
  /** Sends or spools one message; false where there is no room: then it has no number, and is not missing anywhere. */
  publish(template: Template, at: number): boolean
  /** Says that it is there, where it has said nothing for half of the keepalive. */
  keepAlive(nowMs: number): void
  /** The link is gone, as when somebody walks into a lift: no DISCONNECT, no FIN that the node would wait for. */
  drop(): void
  close(): void
}

interface Spooled {
  readonly seq: number
  readonly packet: PacketTemplate
  readonly at: number
}
interface Unacknowledged {
  readonly seq: number
  readonly packet: Buffer
  readonly sentAtMs: number
}

const RECONNECT_MS = [200, 1_000] as const
const PUBACK = 0x40
const PUBACK_BYTES = 4
const PINGREQ = Buffer.from([0xc0, 0])

/** A node reduced to what a broker sees of it: one socket, ready-made packets, a window, a spool, and the packets not yet acknowledged. */
export function createLightNode(options: LightNodeOptions, listener: LightNodeListener): LightNode {
  const { credential } = options
  const device = credential.username
  const boot = newBoot()
  const packets = new Map<Template, PacketTemplate>()
  const unacknowledged = new Map<number, Unacknowledged>()
  const spool: Spooled[] = []
  const { protocol, hostname, port } = new URL(options.url)
  let socket: Socket | undefined
  let connected = false
  let closed = false
  let seq = 0
  let messageId = 0
  let resent = 0
  let wroteAtMs = 0
  let retry: NodeJS.Timeout | undefined

  const nextMessageId = (): number => {
    do messageId = (messageId % 65_535) + 1
    while (unacknowledged.has(messageId))
    return messageId
  }

  const send = (through: Socket, message: Spooled): void => {
    const id = nextMessageId()
    const now = performance.now()
    const sent = Math.round(performance.timeOrigin + now)
    const packet = stampedPacket(message.packet, { messageId: id, boot, seq: message.seq, at: message.at, sent })
    unacknowledged.set(id, { seq: message.seq, packet, sentAtMs: now })
    wroteAtMs = now
    through.write(packet)
  }

  const drain = (): void => {
    if (!connected || socket === undefined) return
    const room = options.window - unacknowledged.size
    if (room <= 0 || spool.length === 0) return
    for (const message of spool.splice(0, room)) send(socket, message)
  }

  const onAck = (id: number): void => {
    const message = unacknowledged.get(id)
    if (message === undefined) return listener.onOddAck('unknown')
    const [first] = unacknowledged.keys()
    if (first !== id) listener.onOddAck('out-of-order')
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
    drain()
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
    /** Bytes of a packet that came in part. */
    let partial = 0
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
          keepalive: options.keepaliveSeconds,
          clientId: device,
          username: credential.username,
          password: Buffer.from(credential.password),
        }),
      )
    })
    fresh.on('data', (chunk: Buffer) => {
      let at = 0
      // Nearly all that comes is whole PUBACKs: they need no parser.
      if (partial === 0) {
        while (at + PUBACK_BYTES <= chunk.length && chunk[at] === PUBACK && chunk[at + 1] === 2) {
          onAck(chunk.readUInt16BE(at + 2))
          at += PUBACK_BYTES
        }
      }
      if (at < chunk.length) partial = incoming.parse(chunk.subarray(at))
      drain()
    })
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
    get spooled() {
      return spool.length
    },
    get resent() {
      return resent
    },
    publish(template, at) {
      const canSend = connected && spool.length === 0 && unacknowledged.size < options.window
      if (!canSend && spool.length >= options.spoolMessages) return false
      let packet = packets.get(template)
      if (packet === undefined) packets.set(template, (packet = createPacketTemplate(device, template)))
      const message = { seq, packet, at }
      seq += 1
      if (canSend && socket !== undefined) send(socket, message)
      else spool.push(message)
      return true
    },
    keepAlive(nowMs) {
      if (!connected || nowMs - wroteAtMs < options.keepaliveSeconds * 500) return
      wroteAtMs = nowMs
      socket?.write(PINGREQ)
    },
    drop() {
      socket?.destroy()
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
