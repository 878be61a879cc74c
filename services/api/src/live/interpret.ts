import { decodeJson, decodeStored } from '@pulsewire/codec'
import {
  alarmEvent,
  decodeTelemetryHeaders,
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
  type DerivedRecord,
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
import { asBeatsRecord, asDerivedRecord } from '@pulsewire/contracts/validators'
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
  | { readonly what: 'beats'; readonly patient: string; readonly beats: () => BeatsRecord }
  | { readonly what: 'heartbeat'; readonly heartbeat: HeartbeatRecord }
  | { readonly what: 'refusal'; readonly refusal: RefusalRecord }
  | { readonly what: 'spool'; readonly spool: SpoolRecord }
  | { readonly what: 'proof'; readonly proof: ProofRecord }
  | { readonly what: 'alarm'; readonly event: AlarmEvent }
  | { readonly what: 'staff'; readonly command: StaffCommand }

/** Decodes a record of a live topic. Blocks of samples and beats are decoded only when somebody looks. Throws where it is unreadable. */
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
        const { uplink } = decodeStored('waveform', value)
        if (uplink.kind !== 'waveform') throw new TypeError('not a block')
        return uplink.message
      },
    }
  }
  if (kind !== 'vitals' && kind !== 'status') return { what: 'life', headers }
  const { uplink } = decodeStored(kind, value)
  if (uplink.kind === 'status') return { what: 'status', headers, message: uplink.message }
  if (uplink.kind !== 'vitals') return { what: 'life', headers }
  const values = present(uplink.message.vitals)
  return { what: 'values', patient, device, time, receivedAt, late: isLate(headers), heard: true, values }
}

function interpretFindings(record: StoredRecord, value: Uint8Array): Said[] {
  switch (record.headers['kind']) {
    case 'finding':
      return [{ what: 'finding', finding: finding.parse(decodeJson(value)) }]
    case 'beats':
      // The key is the patient.
      return [{ what: 'beats', patient: record.key, beats: () => asBeatsRecord(decodeJson(value)) }]
    case 'heartbeat':
      return [{ what: 'heartbeat', heartbeat: heartbeatRecord.parse(decodeJson(value)) }]
    case 'refusal':
      return [{ what: 'refusal', refusal: refusalRecord.parse(decodeJson(value)) }]
    case 'spool':
      return [{ what: 'spool', spool: spoolRecord.parse(decodeJson(value)) }]
    case 'proof':
      return [{ what: 'proof', proof: proofRecord.parse(decodeJson(value)) }]
    case 'derived':
      return interpretDerived(asDerivedRecord(decodeJson(value)), record.timestamp)
    default:
      return []
  }
}

/** The values of each time, in order of time. */
function interpretDerived({ patient, device = 'pulsewire', series }: DerivedRecord, receivedAt: number): ValuesAt[] {
  const byTime = new Map<number, Record<string, number>>()
  for (const { code, points } of series) {
    for (const [time, point] of points) {
      const values = byTime.get(time)
      if (values === undefined) byTime.set(time, { [code]: point })
      else values[code] = point
    }
  }
  const said = [...byTime].map(([time, values]): ValuesAt => {
    const late = receivedAt - time > LATE_AFTER_MS
    return { what: 'values', patient, device, time, receivedAt, late, heard: false, values }
  })
  return said.length < 2 ? said : said.sort((a, b) => a.time - b.time)
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
