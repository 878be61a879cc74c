import { createHash } from 'node:crypto'
import { decodeJson } from '@pulsewire/codec'
import {
  alarmEvent,
  errorCodeOf,
  finding,
  formatPosition,
  PulsewireError,
  quarantineReason,
  staffCommand,
  type AlarmEvent,
  type QuarantineReason,
  type StaffCommand,
} from '@pulsewire/contracts'
import { asBeatsRecord, asDerivedRecord } from '@pulsewire/contracts/validators'
import type { StoredRecord } from '@pulsewire/event-log'
import type { QuarantineEntry, VitalPoint } from '@pulsewire/vitals-store'
import { mapTelemetry } from './map-telemetry.ts'
import type { RecordUnit } from './unit.ts'

/** The device of what staff entered by hand, and of what Pulsewire derives from several devices. */
const STAFF = 'staff'
const PULSEWIRE = 'pulsewire'

/** Says whether an alarm event follows the one before it; others are ignored by every reader. Also told of takeovers, which have none. */
export type AcceptAlarmEvent = (record: StoredRecord, event: AlarmEvent | undefined) => boolean

/** What a record of any of the recorder's topics becomes in the store; what cannot be decoded becomes an entry of the quarantine. */
export function mapRecord(record: StoredRecord, accept: AcceptAlarmEvent): RecordUnit {
  try {
    return mapDecodable(record, accept)
  } catch (error) {
    return quarantinedUnit(record, error)
  }
}

/** The record as an entry of the quarantine: it could not be decoded, or the store refuses it. */
export function quarantinedUnit(record: StoredRecord, error: unknown): RecordUnit {
  const code = errorCodeOf(error)
  const detail = error instanceof Error ? error.message : String(error)
  const reason = reasonOf(record, code === 'PW_INTERNAL' ? 'PW_PAYLOAD_INVALID' : code, detail.slice(0, 500))
  return { record, quarantine: [entryOf(record, reason)] }
}

function mapDecodable(record: StoredRecord, accept: AcceptAlarmEvent): RecordUnit {
  switch (record.topic) {
    case 'telemetry':
      return { record, messages: [mapTelemetry(record)] }
    case 'findings':
      return mapFinding(record)
    case 'alarms': {
      const event = record.value === null ? undefined : alarmEvent.parse(jsonOf(record))
      const follows = accept(record, event)
      return { record, alarms: follows && event?.alarm !== undefined ? [event.alarm] : [] }
    }
    case 'staff-commands': {
      const command = staffCommand.parse(jsonOf(record))
      return { record, vitals: observed(command), staff: [withoutAlarm(command)] }
    }
    case 'quarantine':
      return mapQuarantine(record)
    default:
      return { record }
  }
}

function mapFinding(record: StoredRecord): RecordUnit {
  switch (record.headers['kind']) {
    case 'finding':
      return { record, findings: [finding.parse(jsonOf(record))] }
    case 'beats':
      return { record, beats: [asBeatsRecord(jsonOf(record))] }
    case 'derived': {
      const { patient, device = PULSEWIRE, series } = asDerivedRecord(jsonOf(record))
      const vitals = series.flatMap(({ code, points }) =>
        points.map(([time, value]): VitalPoint => ({ patient, device, code, time, value })),
      )
      return { record, vitals }
    }
    case 'heartbeat':
    case 'spool':
    case 'proof':
    case 'refusal':
      return { record }
    default:
      throw new PulsewireError('PW_PAYLOAD_INVALID', `a record of unknown kind ${record.headers['kind']} in findings`)
  }
}

function observed(command: StaffCommand): VitalPoint[] {
  if (command.type !== 'observation') return []
  const { patient, by, observedAt, vitals } = command
  return Object.entries(vitals).flatMap(([code, value]) =>
    value === undefined ? [] : [{ patient, device: STAFF, code, time: observedAt, value, by }],
  )
}

/** The alarm that a verdict brings along is stored as an alarm. */
function withoutAlarm(command: StaffCommand): StaffCommand {
  if (command.type !== 'verdict') return command
  const { ended: _ended, ...rest } = command
  return rest
}

function mapQuarantine(record: StoredRecord): RecordUnit {
  const header = record.headers['reason']
  const reason = quarantineReason.safeParse(header === undefined ? undefined : parseText(header))
  if (reason.success) return { record, quarantine: [entryOf(record, withoutUndefined(reason.data))] }
  // The reason is lost; the message is not.
  return { record, quarantine: [entryOf(record, reasonOf(record, 'PW_PAYLOAD_INVALID', 'its reason cannot be read'))] }
}

/** zod gives absent fields as they are, but types them as possibly undefined. */
function withoutUndefined({ boot, seq, ...rest }: ReturnType<typeof quarantineReason.parse>): QuarantineReason {
  return { ...rest, ...(boot === undefined ? {} : { boot }), ...(seq === undefined ? {} : { seq }) }
}

function entryOf(record: StoredRecord, reason: QuarantineReason): QuarantineEntry {
  return { ...reason, id: formatPosition(record), payload: record.value ?? new Uint8Array() }
}

/** A reason made up from what the record's headers say. */
function reasonOf(record: StoredRecord, code: string, detail: string): QuarantineReason {
  const { device, boot, seq, receivedAt } = record.headers
  const bytes = record.value ?? new Uint8Array()
  const received = Number(receivedAt)
  const number = Number(seq)
  return {
    device: device ?? record.key,
    topic: record.topic,
    code,
    detail,
    receivedAt: Number.isSafeInteger(received) ? received : record.timestamp,
    bytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    ...(boot === undefined ? {} : { boot }),
    ...(seq === undefined || !Number.isSafeInteger(number) ? {} : { seq: number }),
  }
}

function jsonOf(record: StoredRecord): unknown {
  if (record.value === null) throw new PulsewireError('PW_PAYLOAD_EMPTY', `a record of ${record.topic} without a value`)
  return decodeJson(record.value)
}

function parseText(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // told apart by the schema that follows
  }
}
