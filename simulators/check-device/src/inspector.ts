import { decodeUplink } from '@pulsewire/codec'
import {
  deviceRoot,
  MAX_PAYLOAD_BYTES,
  parseUplinkTopic,
  PulsewireError,
  type UplinkKind,
  type UplinkMessage,
} from '@pulsewire/contracts'
import { createBlockCheck } from './check-blocks.ts'
import { checkConnection, checkSubscription, type Connection } from './check-connection.ts'
import { createSequenceCheck } from './check-sequence.ts'
import { createClockCheck } from './check-time.ts'
import { createVerdicts, type CheckName, type CheckResult } from './verdicts.ts'

/** A PUBLISH as it came in. */
export interface Publication {
  readonly receivedAt: number
  readonly topic: string
  readonly payload: Uint8Array
  readonly qos: number
  readonly retain: boolean
  readonly dup: boolean
}

export interface DeviceReport {
  readonly device: string
  readonly ok: boolean
  readonly connects: number
  readonly messages: number
  readonly byKind: Readonly<Record<string, number>>
  readonly boots: number
  readonly duplicates: number
  readonly missing: number
  /** Smallest `receipt − sent`, ms: transit plus the offset of the clock. */
  readonly clockOffsetMs?: number
  readonly checks: readonly CheckResult[]
}

/** Watches one device. Pure: it is told what came when, and has no clock of its own. */
export interface Inspector {
  connected(connection: Connection): void
  subscribed(topic: string): void
  published(publication: Publication): void
  report(): DeviceReport
}

const LARGE_BYTES = 64 * 1024
const MAX_PER_SECOND = 1_000

export function createInspector(device: string, onWrong?: (check: CheckName, detail: string) => void): Inspector {
  const verdicts = createVerdicts(onWrong)
  const sequence = createSequenceCheck(verdicts)
  const clock = createClockCheck(verdicts)
  const blocks = createBlockCheck(verdicts)
  const byKind: Record<string, number> = {}
  let connects = 0
  let messages = 0
  let second = 0
  let inSecond = 0

  const checkThroughput = (receivedAt: number): void => {
    const now = Math.floor(receivedAt / 1000)
    inSecond = now === second ? inSecond + 1 : 1
    second = now
    if (inSecond === MAX_PER_SECOND + 1) {
      verdicts.wrong(
        'throughput',
        `more than ${MAX_PER_SECOND} messages in a second: beyond that the station throttles`,
      )
    } else if (inSecond === 1) verdicts.right('throughput')
  }

  const checkDelivery = (kind: UplinkKind, { qos, retain, payload }: Publication): void => {
    if (qos === 1) verdicts.right('qos')
    else if (qos === 2)
      verdicts.advise('qos', 'QoS 2 costs two round trips more and brings nothing: boot and seq make it exact')
    else verdicts.wrong('qos', `${kind} came with QoS 0: what a broken link swallows is lost`)
    if (kind === 'status' && !retain) verdicts.wrong('retain', 'status is not retained')
    else if (kind !== 'status' && retain) verdicts.advise('retain', `${kind} is retained, which nobody needs`)
    else verdicts.right('retain')
    if (payload.byteLength > LARGE_BYTES) verdicts.advise('size', `${payload.byteLength} bytes: send shorter blocks`)
    else verdicts.right('size')
  }

  const decoded = (
    kind: UplinkKind,
    payload: Uint8Array,
  ): { encoding: 'json' | 'cbor'; uplink: UplinkMessage } | undefined => {
    try {
      const result = decodeUplink(kind, payload)
      verdicts.right('schema')
      return result
    } catch (error) {
      if (!(error instanceof PulsewireError)) throw error
      verdicts.wrong('schema', `${kind}: ${error.code}: ${error.message}`)
      return undefined
    }
  }

  const checkMessage = (uplink: UplinkMessage, encoding: 'json' | 'cbor', publication: Publication): void => {
    const { payload, receivedAt, dup } = publication
    const { boot, seq, at, sent } = uplink.message
    if (boot !== undefined && seq !== undefined && sequence.isRepeated({ boot, seq, payload, dup })) return
    const block = uplink.kind === 'waveform' ? uplink.message : undefined
    const samples = block?.signals[0]?.samples.length ?? 0
    const durationMs = block === undefined ? 0 : (samples / block.rateHz) * 1000
    if (at !== undefined) clock.check({ receivedAt, at, durationMs, dup, ...(sent === undefined ? {} : { sent }) })
    if (block !== undefined) blocks.check(block, payload.byteLength, encoding === 'json', receivedAt)
  }

  return {
    connected(connection) {
      connects += 1
      checkConnection(connection, verdicts)
    },
    subscribed: (topic) => checkSubscription(device, topic, verdicts),
    published(publication) {
      const { topic, payload, receivedAt } = publication
      messages += 1
      checkThroughput(receivedAt)
      const parsed = parseUplinkTopic(topic)
      if (parsed === undefined || parsed.device !== device) {
        const hint = parsed === undefined ? 'no such topic in the device contract' : 'it belongs to another device'
        verdicts.wrong('topics', `${topic}: ${hint}; its own begin with ${deviceRoot(device)}`)
        return
      }
      verdicts.right('topics')
      byKind[parsed.kind] = (byKind[parsed.kind] ?? 0) + 1
      if (payload.byteLength > MAX_PAYLOAD_BYTES) {
        verdicts.wrong('size', `${payload.byteLength} bytes are more than ${MAX_PAYLOAD_BYTES}: it is quarantined`)
        return
      }
      checkDelivery(parsed.kind, publication)
      const result = decoded(parsed.kind, payload)
      if (result !== undefined) checkMessage(result.uplink, result.encoding, publication)
    },
    report() {
      const checks = verdicts.results()
      return {
        device,
        ok: messages > 0 && checks.every(({ level }) => level !== 'wrong'),
        connects,
        messages,
        byKind: { ...byKind },
        boots: sequence.boots,
        duplicates: sequence.duplicates,
        missing: sequence.missing,
        ...(clock.offsetMs === undefined ? {} : { clockOffsetMs: clock.offsetMs }),
        checks,
      }
    },
  }
}
