import type { Alarm, BeatsRecord, Finding, LogPosition, LogTopic, StaffCommand } from '@pulsewire/contracts'
import type { StoredRecord } from '@pulsewire/event-log'
import type { MessageWrite, QuarantineEntry, StoreWrite, VitalPoint } from '@pulsewire/vitals-store'

/** What one log record becomes in the store: the unit that goes in, or is quarantined, as a whole. */
export interface RecordUnit {
  readonly record: StoredRecord
  readonly messages?: readonly MessageWrite[]
  readonly vitals?: readonly VitalPoint[]
  readonly findings?: readonly Finding[]
  readonly beats?: readonly BeatsRecord[]
  readonly alarms?: readonly Alarm[]
  readonly staff?: readonly StaffCommand[]
  readonly quarantine?: readonly QuarantineEntry[]
}

/** One store write of units, with the positions after them. Units of a partition must be in order, without a gap before the first. */
export function mergeUnits(units: readonly RecordUnit[]): StoreWrite {
  const offsetsOf = (list: 'findings' | 'beats' | 'alarms' | 'staff') =>
    units.flatMap((unit) => (unit[list] ?? []).map(() => unit.record.offset))
  return {
    messages: units.flatMap(({ messages }) => messages ?? []),
    vitals: units.flatMap(({ vitals }) => vitals ?? []),
    findings: units.flatMap(({ findings }) => findings ?? []),
    beats: units.flatMap(({ beats }) => beats ?? []),
    alarms: units.flatMap(({ alarms }) => alarms ?? []),
    staff: units.flatMap(({ staff }) => staff ?? []),
    quarantine: units.flatMap(({ quarantine }) => quarantine ?? []),
    offsets: {
      findings: offsetsOf('findings'),
      beats: offsetsOf('beats'),
      alarms: offsetsOf('alarms'),
      staff: offsetsOf('staff'),
    },
    positions: positionsAfter(units),
  }
}

/** The next offset to be read of each partition that the units come from. */
export function positionsAfter(units: readonly RecordUnit[]): LogPosition[] {
  const after = new Map<LogTopic, Map<number, LogPosition>>()
  for (const { record } of units) {
    const { topic, partition, offset } = record
    let ofTopic = after.get(topic)
    if (ofTopic === undefined) after.set(topic, (ofTopic = new Map()))
    ofTopic.set(partition, { topic, partition, offset: offset + 1 })
  }
  return [...after.values()].flatMap((ofTopic) => [...ofTopic.values()])
}
