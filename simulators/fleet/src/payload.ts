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

/** A payload that was encoded once; boot, seq, at and sent are written into a copy of it. */
export interface Template {
  readonly kind: UplinkKind
  readonly bytes: Buffer
  readonly bootAt: number
  readonly seqAt: number
  readonly timeAt: number
  readonly sentAt: number
}

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

export function createTemplate(uplink: UplinkMessage): Template {
  const bytes = Buffer.from(encodeUplink(uplink, 'cbor'))
  return {
    kind: uplink.kind,
    bytes,
    bootAt: positionOf(bytes, Buffer.from(BOOT_MARK), 'boot'),
    seqAt: positionOf(bytes, uint32Of(SEQ_MARK), 'seq') + 1,
    timeAt: positionOf(bytes, doubleOf(AT_MARK), 'at') + 1,
    sentAt: positionOf(bytes, doubleOf(SENT_MARK), 'sent') + 1,
  }
}

/** The number of seconds of ECG that the nodes send round and round. */
const SECONDS = 10

/** Blocks of `blockMs` out of ten seconds of a healthy heart. */
export function waveformTemplates(leads: readonly LeadName[], blockMs: number): Template[] {
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
  return Array.from({ length: count }, (_, block) =>
    createTemplate({
      kind: 'waveform',
      message: {
        boot: BOOT_MARK,
        seq: SEQ_MARK,
        at: AT_MARK,
        sent: SENT_MARK,
        rateHz: 250,
        signals: whole.map((signal) => ({
          ...signal,
          samples: signal.samples.slice(block * perBlock, Math.min(length, (block + 1) * perBlock)),
        })),
      },
    }),
  )
}

export function vitalsTemplate(): Template {
  const vitals = { heartRate: 72, spo2: 97, respirationRate: 14, temperature: 36.8 }
  const uplink = toUplink({ kind: 'vitals', offsetMs: 0, vitals }, { boot: BOOT_MARK, seq: SEQ_MARK, at: AT_MARK })
  if (uplink.kind !== 'vitals') throw new TypeError('vitals expected')
  return createTemplate({ kind: 'vitals', message: { ...uplink.message, sent: SENT_MARK } })
}

/** A boot id of the length that templates have room for. */
export function newBoot(): string {
  const part = (): string => Math.random().toString(36).slice(2, 10).padEnd(8, '0')
  return part() + part()
}

/** A PUBLISH packet (QoS 1) for a device, ready to be patched and written. */
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

export interface Patch {
  readonly messageId: number
  readonly boot: string
  readonly seq: number
  readonly at: number
  readonly sent: number
}

/** The bytes of one PUBLISH. */
export function patchedPacket({ template, head, messageIdAt }: PacketTemplate, patch: Patch): Buffer {
  const packet = Buffer.allocUnsafe(head.length + template.bytes.length)
  head.copy(packet)
  template.bytes.copy(packet, head.length)
  packet.writeUInt16BE(patch.messageId, messageIdAt)
  packet.write(patch.boot, head.length + template.bootAt, 'latin1')
  packet.writeUInt32BE(patch.seq, head.length + template.seqAt)
  packet.writeDoubleBE(patch.at, head.length + template.timeAt)
  packet.writeDoubleBE(patch.sent, head.length + template.sentAt)
  return packet
}

/** Marks a PUBLISH as sent again. */
export function asDuplicate(packet: Buffer): Buffer {
  const again = Buffer.from(packet)
  again[0] = (again[0] ?? 0) | 0x08
  return again
}
