import { alarmKindOf, type Alarm, type AlarmPriority, type Finding } from '@pulsewire/contracts'
import type { Step } from './decide.ts'
import { PRIORITY_RANK, latches } from './policy.ts'
import { ringingAnew, rungOnceMore } from './rings.ts'
import { findingOf, type PatientAlarms } from './state.ts'

/** A condition began, changed or ended. */
export function decideFinding(state: PatientAlarms, finding: Finding, at: number): Step[] {
  const standing = keptUpBy(state.alarms, finding)
  if (standing !== undefined) return isOld(standing, finding) ? [] : onStanding(standing, finding, at)
  const held = keptUpBy(state.suppressed, finding)
  if (held !== undefined) return isOld(held, finding) ? [] : onHeld(held, finding, at)
  // What asks for nothing is no alarm, and no episode of one.
  if (finding.priority === undefined || isKnownToBeOver(state, finding)) return []
  const latched = Object.values(state.alarms).find((alarm) => isSameCondition(alarm, finding))
  // A further episode that is over already is told by the alarm that waits for somebody.
  if (latched !== undefined) return isOpen(finding) ? [resumed(latched, finding, finding.priority, at)] : []
  return onNew(state, finding, finding.priority, at)
}

/** The alarm that this finding keeps up, or kept up until its condition was over. */
function keptUpBy(alarms: Readonly<Record<string, Alarm>>, finding: Finding): Alarm | undefined {
  return Object.values(alarms).find((alarm) => findingOf(alarm) === finding.id)
}

/**
 * Its alarm is over: it was read again from an earlier place of the log. Not so where it asks for an alarm from data that is newer than its end: late
 * data showed that it goes on, or what spoke against it is gone.
 */
function isKnownToBeOver({ ended }: PatientAlarms, finding: Finding): boolean {
  const over = ended[finding.id]
  if (over === undefined) return false
  return !isOpen(finding) || typeof over === 'number' || finding.seenUntil <= over[1]
}

function isOpen(finding: Finding): boolean {
  return finding.status === 'open'
}

/** The alarm waits for somebody, and this is the next episode of what it rang for. */
function isSameCondition(alarm: Alarm, finding: Finding): boolean {
  return (
    alarm.id === finding.id ||
    (alarm.conditionEndedAt !== undefined &&
      alarm.type === finding.type &&
      alarm.device === finding.device &&
      alarm.code === finding.code &&
      alarm.side === finding.side)
  )
}

/** True for what was known already: the log was read again from an earlier place. */
function isOld(alarm: Alarm, finding: Finding): boolean {
  if (alarm.conditionEndedAt !== undefined) {
    return !isOpen(finding) || finding.priority === undefined || finding.seenUntil <= (alarm.seenUntil ?? Infinity)
  }
  const seen = alarm.seenUntil ?? 0
  if (!isOpen(finding) || finding.seenUntil > seen || isNowLive(alarm, finding)) return false
  if (finding.seenUntil < seen) return true
  return finding.priority !== undefined && PRIORITY_RANK[finding.priority] <= PRIORITY_RANK[alarm.priority]
}

/** What an alarm says, as its finding has it now. What was known in time stays so: a later look at it silences nothing. */
function contentOf(alarm: Alarm, finding: Finding): Partial<Alarm> {
  return {
    finding: finding.id,
    seenUntil: finding.seenUntil,
    late: alarm.late && (finding.late || finding.status === 'ended'),
    message: finding.message,
    evidence: finding.evidence,
    confidence: finding.confidence,
    quality: finding.quality,
    rule: finding.rule,
    ...(finding.positions === undefined ? {} : { positions: finding.positions }),
    // An update of the evidence has none: what it rang for stays pinned.
    ...(finding.pin === undefined ? {} : { pin: finding.pin }),
  }
}

function alarmFor(finding: Finding, priority: AlarmPriority, at: number): Alarm {
  return {
    id: finding.id,
    patient: finding.patient,
    ...(finding.device === undefined ? {} : { device: finding.device }),
    type: finding.type,
    kind: alarmKindOf(finding.type),
    priority,
    state: 'active',
    onset: finding.onset,
    raisedAt: at,
    ringingSince: at,
    rings: 0,
    escalation: 0,
    late: finding.late,
    message: finding.message,
    evidence: finding.evidence,
    confidence: finding.confidence,
    quality: finding.quality,
    rule: finding.rule,
    ...(finding.code === undefined ? {} : { code: finding.code }),
    ...(finding.side === undefined ? {} : { side: finding.side }),
    ...(finding.positions === undefined ? {} : { positions: finding.positions }),
    ...(finding.pin === undefined ? {} : { pin: finding.pin }),
    finding: finding.id,
    seenUntil: finding.seenUntil,
    comments: [],
  }
}

function onNew(state: PatientAlarms, finding: Finding, priority: AlarmPriority, at: number): Step[] {
  const alarm = alarmFor(finding, priority, at)
  if (state.monitoring.state !== 'on') {
    return finding.status === 'ended' ? [] : [{ event: 'suppressed', alarm: { ...alarm, state: 'ended' } }]
  }
  const isFirst = Object.values(state.alarms).every((known) => known.kind !== alarm.kind)
  // What is known from old data alone is shown and does not ring.
  const rung = alarm.late ? {} : rungOnceMore(alarm, at)
  const raised = withInheritedPause(state, { ...alarm, ...rung, ...(isFirst ? { firstOut: true } : {}) }, at)
  if (finding.status === 'open') return [{ event: 'raised', alarm: raised }]
  return [{ event: 'raised', alarm: raised }, conditionEnded(raised, finding, at)]
}

/** While the patient's audio is paused, what is no worse than what was paused stays silent too; high alarms always ring. */
function withInheritedPause(state: PatientAlarms, alarm: Alarm, at: number): Alarm {
  const until = state.monitoring.audioPausedUntil
  if (until === undefined || until <= at || alarm.priority === 'high') return alarm
  const worstPaused = Math.max(0, ...Object.values(state.alarms).map((known) => PRIORITY_RANK[known.priority]))
  return PRIORITY_RANK[alarm.priority] > worstPaused ? alarm : { ...alarm, audioPausedUntil: until }
}

function onStanding(alarm: Alarm, finding: Finding, at: number): Step[] {
  // What is open but asks for no alarm any more has been taken back: the condition is over for the alarm.
  if (!isOpen(finding) || finding.priority === undefined) {
    return [conditionEnded({ ...alarm, ...contentOf(alarm, finding) }, finding, at)]
  }
  if (alarm.conditionEndedAt !== undefined) return [resumed(alarm, finding, finding.priority, at)]
  const worse = PRIORITY_RANK[finding.priority] > PRIORITY_RANK[alarm.priority]
  const changed = { ...alarm, ...contentOf(alarm, finding), priority: worse ? finding.priority : alarm.priority }
  return [{ event: 'updated', alarm: worse || isNowLive(alarm, finding) ? ringingAnew(changed, at) : changed }]
}

function resumed(alarm: Alarm, finding: Finding, priority: AlarmPriority, at: number): Step {
  const { conditionEndedAt: _over, ...rest } = alarm
  const worst = PRIORITY_RANK[priority] > PRIORITY_RANK[alarm.priority] ? priority : alarm.priority
  const resumes: Alarm = { ...rest, ...contentOf(alarm, finding), priority: worst, state: 'active' }
  // What is learnt late of a condition that came back then does not break a pause now.
  return { event: 'condition-resumed', alarm: finding.late ? resumes : ringingAnew(resumes, at) }
}

/** Until now the condition was known from late data alone, which does not ring; now it is seen to stand at this moment. */
function isNowLive(alarm: Alarm, finding: Finding): boolean {
  return alarm.late && !finding.late && finding.status === 'open'
}

function conditionEnded(alarm: Alarm, finding: Finding, at: number): Step {
  const over: Alarm = { ...alarm, conditionEndedAt: finding.end ?? finding.seenUntil }
  if (latches(alarm) && alarm.state !== 'acknowledged') {
    return { event: 'condition-ended', alarm: { ...over, state: 'latched' } }
  }
  return { event: 'ended', alarm: { ...over, state: 'ended', endedAt: at } }
}

/** While a patient is not monitored: what ends is forgotten, what changes is kept. */
function onHeld(alarm: Alarm, finding: Finding, at: number): Step[] {
  if (finding.status === 'ended' || finding.priority === undefined) {
    return [{ event: 'ended', alarm: { ...alarm, ...contentOf(alarm, finding), state: 'ended', endedAt: at } }]
  }
  return [{ event: 'suppressed', alarm: { ...alarm, ...contentOf(alarm, finding), priority: finding.priority } }]
}
