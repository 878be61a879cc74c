import type { Alarm, AlarmPriority } from '@pulsewire/contracts'

/** Ranks of the priorities, higher is worse. */
export const PRIORITY_RANK: Readonly<Record<AlarmPriority, number>> = { high: 3, medium: 2, low: 1 }

/**
 * How long an alarm may stay unacknowledged before it goes a step up the patient's chain (nurse → team → physician).
 * [K: common settings of marketed central stations; IEC 60601-1-8 leaves the times to the manufacturer's risk management]
 */
export const ESCALATE_AFTER_MS: Readonly<Record<AlarmPriority, number>> = {
  high: 60_000,
  medium: 300_000,
  low: Number.POSITIVE_INFINITY,
}
/** Steps above the first: team, physician. */
export const ESCALATION_STEPS = 2

/** The longest audio pause: IEC 60601-1-8 wants it timed; two minutes is what the ward screen asks for. [K] */
export const LONGEST_AUDIO_PAUSE_MS = 10 * 60_000

/** How long ended alarms and handled commands are remembered by id, so that what is read from the log a second time does nothing. */
export const REMEMBER_MS = 24 * 3_600_000
/** And so many at most, the newest: a state has to fit into a record of the log (1 MiB), or its whole partition would stand still. */
export const REMEMBER_MOST = 2_000

/** High physiological alarms latch: the signal stays, when the condition is gone, until somebody has acknowledged it. */
export function latches(alarm: Pick<Alarm, 'kind' | 'priority'>): boolean {
  return alarm.kind === 'physiological' && alarm.priority === 'high'
}
