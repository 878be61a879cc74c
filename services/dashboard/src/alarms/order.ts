import type { Alarm, AlarmPriority } from '@pulsewire/contracts'
import { type AlarmGroup, groupAlarms } from '@pulsewire/contracts/alarm-groups'
import { needsAcknowledgement } from '@pulsewire/contracts/sounding'

const RANK: Record<AlarmPriority, number> = { high: 3, medium: 2, low: 1 }

/** 3 high, 2 medium, 1 low, 0 nothing. */
export function rankOf(priority: AlarmPriority | undefined): number {
  return priority === undefined ? 0 : RANK[priority]
}

/** The highest priority among alarms. */
export function highestPriority(alarms: readonly Alarm[]): AlarmPriority | undefined {
  let highest: AlarmPriority | undefined
  for (const alarm of alarms) if (rankOf(alarm.priority) > rankOf(highest)) highest = alarm.priority
  return highest
}

/**
 * The order of the alarm bar: by priority, what nobody has acknowledged before what somebody has, then the oldest first; the id makes
 * it total, so that two screens show the same.
 */
export function byUrgency(a: Alarm, b: Alarm): number {
  return (
    rankOf(b.priority) - rankOf(a.priority) ||
    Number(needsAcknowledgement(b)) - Number(needsAcknowledgement(a)) ||
    a.onset - b.onset ||
    a.id.localeCompare(b.id)
  )
}

/** Those that a patient's tile must show, the most urgent first. */
export function alarmsOf(alarms: Iterable<Alarm>, patient: string): Alarm[] {
  return [...alarms].filter((alarm) => alarm.patient === patient).sort(byUrgency)
}

/** The member of a group that most asks for somebody. */
export function mostUrgent({ cause, members }: AlarmGroup): Alarm {
  return members.reduce((urgent, member) => (byUrgency(member, urgent) < 0 ? member : urgent), cause)
}

/** The alarm bar: one entry a cause, in order; technical ones below high are counted, not listed. */
export function alarmBar(alarms: Iterable<Alarm>): { entries: AlarmGroup[]; technical: AlarmGroup[] } {
  const sorted = groupAlarms(alarms).sort((a, b) => byUrgency(mostUrgent(a), mostUrgent(b)))
  const listed = ({ members }: AlarmGroup) =>
    members.some(({ kind, priority }) => kind === 'physiological' || priority === 'high')
  return { entries: sorted.filter(listed), technical: sorted.filter((group) => !listed(group)) }
}
