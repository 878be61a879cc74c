import { decodeJson, decodeUplink } from '@pulsewire/codec'
import {
  alarmEvent,
  beatsRecord,
  decodeTelemetryHeaders,
  derivedRecord,
  finding,
  heartbeatRecord,
  proofRecord,
  refusalRecord,
  spoolRecord,
  isLate,
  LATE_AFTER_MS,
  staffCommand,
  type AlarmEvent,
  type BeatsRecord,
  type Finding,
  type HeartbeatRecord,
  type ProofRecord,
  type RefusalRecord,
  type SpoolRecord,
  type StaffCommand,
  type StatusMessage,
  type TelemetryHeaders,
  type VitalValues,
  type WaveformMessage,
} from '@pulsewire/contracts'
import type { StoredRecord } from '@pulsewire/event-log'

/** Values of one patient, device and time, wherever they come from. */
export interface ValuesAt {
  readonly what: 'values'
  readonly patient: string | undefined
  readonly device: string
  readonly time: number
  readonly receivedAt: number
  readonly late: boolean
  /** The device itself said it: a sign that it lives. */
  readonly heard: boolean
  readonly values: Readonly<Record<string, number | string>>
}

/** What a record says, decoded once for all that want to know. */
export type Said =
  | ValuesAt
  | { readonly what: 'waveform'; readonly headers: TelemetryHeaders; readonly block: () => WaveformMessage }
  | { readonly what: 'status'; readonly headers: TelemetryHeaders; readonly message: StatusMessage }
  | { readonly what: 'life'; readonly headers: TelemetryHeaders }
  | { readonly what: 'finding'; readonly finding: Finding }
  | { readonly what: 'beats'; readonly beats: BeatsRecord }
  | { readonly what: 'heartbeat'; readonly heartbeat: HeartbeatRecord }
  | { readonly what: 'refusal'; readonly refusal: RefusalRecord }
  | { readonly what: 'spool'; readonly spool: SpoolRecord }
  | { readonly what: 'proof'; readonly proof: ProofRecord }
  | { readonly what: 'alarm'; readonly event: AlarmEvent }
  | { readonly what: 'staff'; readonly command: StaffCommand }

/** Decodes a record of a live topic. Blocks of samples are decoded only when somebody looks. Throws where it is unreadable. */
export function interpret(record: StoredRecord): Said[] {
  const { value, topic, headers } = record
  if (value === null) return []
  if (topic === 'telemetry') return [interpretTelemetry(decodeTelemetryHeaders(headers), value)]
  if (topic === 'findings') return interpretFindings(record, value)
  if (topic === 'alarms') return [{ what: 'alarm', event: alarmEvent.parse(decodeJson(value)) }]
  if (topic === 'staff-commands') return interpretStaff(staffCommand.parse(decodeJson(value)))
  return []
}

function interpretTelemetry(headers: TelemetryHeaders, value: Uint8Array): Said {
  const { kind, device, patient, time, receivedAt } = headers
  if (kind === 'waveform') {
    return {
      what: 'waveform',
      headers,
      block: () => {
        const { uplink } = decodeUplink('waveform', value)
        if (uplink.kind !== 'waveform') throw new TypeError('not a block')
        return uplink.message
      },
    }
  }
  if (kind !== 'vitals' && kind !== 'status') return { what: 'life', headers }
  const { uplink } = decodeUplink(kind, value)
  if (uplink.kind === 'status') return { what: 'status', headers, message: uplink.message }
  if (uplink.kind !== 'vitals') return { what: 'life', headers }
  const values = present(uplink.message.vitals)
  return { what: 'values', patient, device, time, receivedAt, late: isLate(headers), heard: true, values }
}

function interpretFindings(record: StoredRecord, value: Uint8Array): Said[] {
  const body = decodeJson(value)
  switch (record.headers['kind']) {
    case 'finding':
      return [{ what: 'finding', finding: finding.parse(body) }]
    case 'beats':
      return [{ what: 'beats', beats: beatsRecord.parse(body) }]
    case 'heartbeat':
      return [{ what: 'heartbeat', heartbeat: heartbeatRecord.parse(body) }]
    case 'refusal':
      return [{ what: 'refusal', refusal: refusalRecord.parse(body) }]
    case 'spool':
      return [{ what: 'spool', spool: spoolRecord.parse(body) }]
    case 'proof':
      return [{ what: 'proof', proof: proofRecord.parse(body) }]
    case 'derived': {
      const { patient, device = 'pulsewire', series } = derivedRecord.parse(body)
      const byTime = new Map<number, Record<string, number>>()
      for (const { code, points } of series) {
        for (const [time, point] of points) byTime.set(time, { ...byTime.get(time), [code]: point })
      }
      const receivedAt = record.timestamp
      return [...byTime]
        .sort(([a], [b]) => a - b)
        .map(([time, values]) => ({
          what: 'values',
          patient,
          device,
          time,
          receivedAt,
          late: receivedAt - time > LATE_AFTER_MS,
          heard: false,
          values,
        }))
    }
    default:
      return []
  }
}

function interpretStaff(command: StaffCommand): Said[] {
  const said: Said = { what: 'staff', command }
  if (command.type !== 'observation') return [said]
  const { patient, observedAt, at, vitals } = command
  const late = at - observedAt > LATE_AFTER_MS
  const values = present(vitals)
  return [
    { what: 'values', patient, device: 'staff', time: observedAt, receivedAt: at, late, heard: false, values },
    said,
  ]
}

function present(vitals: VitalValues): Record<string, number | string> {
  const values: Record<string, number | string> = {}
  for (const [code, value] of Object.entries(vitals)) if (value !== undefined) values[code] = value
  return values
}
