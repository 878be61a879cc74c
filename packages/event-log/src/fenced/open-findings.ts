import { SYSTEM_PATIENT, type Alarm, type Finding } from '@pulsewire/contracts'
import type { EventLog } from '../port.ts'
import { parseRecord } from './parse-record.ts'
import { loadSnapshots, type StateSnapshot } from './snapshots.ts'

/** What an earlier process said to be wrong with the system by a rule, and did not live to take back: its alarms whose condition stands. */
export async function openSystemFindings(
  log: EventLog,
  rule: string,
  onError: (error: Error) => void,
): Promise<Finding[]> {
  const partition = log.partitionOf('alarm-state', SYSTEM_PATIENT)
  const snapshots = await loadSnapshots(log.read('alarm-state', partition, { from: 0, onDamage: onError }), (record) =>
    // Written by the alarm manager alone.
    record.key === SYSTEM_PATIENT
      ? parseRecord(record, (json) => json as StateSnapshot<AlarmsOfPatient>, onError)
      : undefined,
  )
  const alarms = snapshots.states.flatMap((state) => Object.values(state.alarms))
  return alarms.filter((alarm) => alarm.rule.name === rule && alarm.conditionEndedAt === undefined).map(findingOf)
}

interface AlarmsOfPatient {
  readonly patient: string
  readonly alarms: Readonly<Record<string, Alarm>>
}

/** The finding that keeps an alarm up. */
function findingOf(alarm: Alarm): Finding {
  const { id, type, patient, onset, seenUntil, late, confidence, quality, priority, message, evidence, rule } = alarm
  return {
    id: alarm.finding ?? id,
    type,
    patient,
    status: 'open',
    onset,
    seenUntil: seenUntil ?? onset,
    late,
    confidence,
    quality,
    priority,
    message,
    evidence,
    rule,
  }
}
