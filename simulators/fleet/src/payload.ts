import { encodeUplink } from '@pulsewire/codec'
import { uplinkTopic, type UplinkKind, type UplinkMessage } from '@pulsewire/contracts'
import { simulateBlocks, toUplink, type LeadName } from '@pulsewire/wearable'
import { generate } from 'mqtt-packet'

/** Stand-ins that are looked for in the encoded bytes, and whose encodings have the same length as what replaces them. */
const BOOT_LENGTH = 16
const BOOT_MARK = 'B'.repeat(BOOT_LENGTH)
const SEQ_MARK = 0x7eadbeef
const AT_MARK = 1_111_111_111_111
const SENT_MARK = 1_222_222_222_222

/** What differs from message to message. */
export interface Stamp {
  readonly boot: string
  readonly seq: number
  readonly at: number
  readonly sent: number
}

/** A payload that was encoded once; what differs is written into a copy of it. */
export interface Template {
  readonly kind: UplinkKind
  /** What was encoded. */
  readonly uplink: UplinkMessage
  readonly bytes: Buffer
  /** Writes a stamp into a copy that begins at `from`. */
  stamp(target: Buffer, from: number, stamp: Stamp): void
}

/** How the nodes write: as ours do; or a line for InfluxDB, for what knows nothing of our contract. */
export type PayloadForm = 'cbor' | 'line-protocol'

/** Where the only occurrence of `mark` begins. Throws where the encoder has written something else than expected. */
function positionOf(bytes: Buffer, mark: Buffer, what: string): number {
  const at = bytes.indexOf(mark)
  if (at < 0 || bytes.includes(mark, at + 1)) throw new TypeError(`${what} is not to be found in the encoded payload`)
  return at
}

function doubleOf(value: number): Buffer {
  const bytes = Buffer.alloc(9)
  bytes[0] = 0xfb // CBOR: a float64, which is how numbers above 2^32 are written
  bytes.writeDoubleBE(value, 1)
  return bytes
}

function uint32Of(value: number): Buffer {
  const bytes = Buffer.alloc(5)
  bytes[0] = 0x1a // CBOR: an unsigned integer of four bytes
  bytes.writeUInt32BE(value, 1)
  return bytes
}

/** A payload of the device contract, in CBOR. */
function cborTemplate(uplink: UplinkMessage): Template {
  const bytes = Buffer.from(encodeUplink(uplink, 'cbor'))
  const bootAt = positionOf(bytes, Buffer.from(BOOT_MARK), 'boot')
  const seqAt = positionOf(bytes, uint32Of(SEQ_MARK), 'seq') + 1
  const timeAt = positionOf(bytes, doubleOf(AT_MARK), 'at') + 1
  const sentAt = positionOf(bytes, doubleOf(SENT_MARK), 'sent') + 1
  return {
    kind: uplink.kind,
    uplink,
    bytes,
    stamp(target, from, { boot, seq, at, sent }) {
      target.write(boot, from + bootAt, 'latin1')
      target.writeUInt32BE(seq, from + seqAt)
      target.writeDoubleBE(at, from + timeAt)
      target.writeDoubleBE(sent, from + sentAt)
    },
  }
}

/**
 * The same as a line of InfluxDB's, which whoever builds this from parts would choose to spare the parsers: numbers as fields, a block as one string
 * (its samples in base64), a time in nanoseconds. Who sent it stands in the topic.
 */
function lineTemplate(uplink: UplinkMessage): Template {
  const line = `${uplink.kind} ${fieldsOf(uplink)} ${AT_MARK}000000\n`
  const bytes = Buffer.from(line)
  const timeAt = positionOf(bytes, Buffer.from(String(AT_MARK)), 'at')
  return {
    kind: uplink.kind,
    uplink,
    bytes,
    stamp: (target, from, { at }) => void target.write(String(at), from + timeAt, 'latin1'),
  }
}

function fieldsOf(uplink: UplinkMessage): string {
  if (uplink.kind === 'vitals') {
    return Object.entries(uplink.message.vitals)
      .map(([code, value]) => `${code}=${value}`)
      .join()
  }
  if (uplink.kind !== 'waveform') throw new TypeError('vitals or a block expected')
  const { rateHz, signals } = uplink.message
  const blocks = signals.map(({ name, samples, scale }) => {
    const base64 = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength).toString('base64')
    return `${name}="${base64}",${name}.scale=${scale}`
  })
  return [`rateHz=${rateHz}`, ...blocks].join()
}

function createTemplate(uplink: UplinkMessage, form: PayloadForm): Template {
  return form === 'cbor' ? cborTemplate(uplink) : lineTemplate(uplink)
}

/** The number of seconds of ECG that the nodes send round and round. */
const SECONDS = 10

/** Blocks of `blockMs` out of ten seconds of a healthy heart. */
export function waveformTemplates(leads: readonly LeadName[], blockMs: number, form: PayloadForm = 'cbor'): Template[] {
  const perBlock = Math.max(1, Math.round((250 * blockMs) / 1000))
  const seconds = [
    ...simulateBlocks({ scenario: 'healthy', seed: 'fleet', fromMs: 0, seconds: SECONDS, leads }),
  ].flatMap((uplink) =>
    uplink.kind === 'waveform' ? [uplink.message.signals.filter(({ name }) => name.startsWith('ecg.'))] : [],
  )
  const whole = (seconds[0] ?? []).map((signal, index) => {
    const samples = seconds.flatMap((signals) => [...(signals[index]?.samples ?? [])])
    return { ...signal, samples: Int16Array.from(samples) }
  })
  const length = whole[0]?.samples.length ?? 0
  const count = Math.max(1, Math.floor(length / perBlock))
  return Array.from({ length: count }, (_, block) => {
    const signals = whole.map((signal) => ({
      ...signal,
      samples: signal.samples.slice(block * perBlock, Math.min(length, (block + 1) * perBlock)),
    }))
    const message = { boot: BOOT_MARK, seq: SEQ_MARK, at: AT_MARK, sent: SENT_MARK, rateHz: 250, signals }
    return createTemplate({ kind: 'waveform', message }, form)
  })
}

export function vitalsTemplate(form: PayloadForm = 'cbor'): Template {
  const vitals = { heartRate: 72, spo2: 97, respirationRate: 14, temperature: 36.8, skinConductance: 2.4 }
  const uplink = toUplink({ kind: 'vitals', offsetMs: 0, vitals }, { boot: BOOT_MARK, seq: SEQ_MARK, at: AT_MARK })
  if (uplink.kind !== 'vitals') throw new TypeError('vitals expected')
  return createTemplate({ kind: 'vitals', message: { ...uplink.message, sent: SENT_MARK } }, form)
}

/** A boot id of the length that templates have room for. */
export function newBoot(): string {
  const part = (): string => Math.random().toString(36).slice(2, 10).padEnd(8, '0')
  return part() + part()
}

/** A PUBLISH packet (QoS 1) for a device, ready to be stamped and written. */
export interface PacketTemplate {
  readonly template: Template
  readonly head: Buffer
  readonly messageIdAt: number
}

export function createPacketTemplate(device: string, template: Template): PacketTemplate {
  const topic = uplinkTopic(device, template.kind)
  const packet = generate({
    cmd: 'publish',
    topic,
    payload: template.bytes,
    qos: 1,
    messageId: 1,
    dup: false,
    retain: false,
  })
  const headLength = packet.length - template.bytes.length
  return { template, head: packet.subarray(0, headLength), messageIdAt: headLength - 2 }
}

/** The bytes of one PUBLISH. */
export function stampedPacket(
  { template, head, messageIdAt }: PacketTemplate,
  stamp: Stamp & { readonly messageId: number },
): Buffer {
  const packet = Buffer.allocUnsafe(head.length + template.bytes.length)
  head.copy(packet)
  template.bytes.copy(packet, head.length)
  packet.writeUInt16BE(stamp.messageId, messageIdAt)
  template.stamp(packet, head.length, stamp)
  return packet
}

/** Marks a PUBLISH as sent again. */
export function asDuplicate(packet: Buffer): Buffer {
  const again = Buffer.from(packet)
  again[0] = (again[0] ?? 0) | 0x08
  return again
}

/** The payloads that the nodes send round and round: a second of one lead each, and the vitals. */
export function createTemplates(): { readonly blocks: readonly Template[]; readonly vitals: Template } {
  return { blocks: waveformTemplates(['II'], 1000), vitals: vitalsTemplate() }
}
