import { alarmKindOf, type Alarm, type AlarmPriority, type Finding } from '@pulsewire/contracts'
import type { Step } from './decide.ts'
import { PRIORITY_RANK, latches } from './policy.ts'
import { rungOnceMore } from './rings.ts'
import type { PatientAlarms } from './state.ts'

/** A condition began, changed or ended. */
export function decideFinding(state: PatientAlarms, finding: Finding, at: number): Step[] {
  if (state.ended[finding.id] !== undefined) return []
  const standing = alarmOf(state.alarms, finding)
  if (standing !== undefined) return isOld(standing, finding) ? [] : onStanding(standing, finding, at)
  const held = alarmOf(state.suppressed, finding)
  if (held !== undefined) return isOld(held, finding) ? [] : onHeld(held, finding, at)
  return finding.priority === undefined ? [] : onNew(state, finding, finding.priority, at)
}

/** The alarm that this finding keeps up, or that its episode brings back: of the same type, device and side, latched. */
function alarmOf(alarms: Readonly<Record<string, Alarm>>, finding: Finding): Alarm | undefined {
  const known = Object.values(alarms)
  return (
    known.find((alarm) => alarm.id === finding.id || alarm.finding === finding.id) ??
    known.find((alarm) => alarm.conditionEndedAt !== undefined && isSameCondition(alarm, finding))
  )
}

function isSameCondition(alarm: Alarm, finding: Finding): boolean {
  return (
    alarm.type === finding.type &&
    alarm.device === finding.device &&
    alarm.code === finding.code &&
    alarm.side === finding.side
  )
}

/** True for what was known already: the log was read again from an earlier place. */
function isOld(alarm: Alarm, finding: Finding): boolean {
  if (alarm.finding !== finding.id) return finding.onset <= alarm.onset
  if (alarm.conditionEndedAt !== undefined) return true
  const seen = alarm.seenUntil ?? 0
  if (finding.status === 'ended' || finding.seenUntil > seen || isNowLive(alarm, finding)) return false
  return finding.seenUntil < seen || finding.priority === alarm.priority
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
  if (finding.status === 'ended') {
    if (alarm.conditionEndedAt !== undefined) return []
    return [conditionEnded({ ...alarm, ...contentOf(alarm, finding) }, finding, at)]
  }
  // What is open but asks for no alarm any more has been taken back: the condition is over for the alarm.
  if (finding.priority === undefined) return [conditionEnded({ ...alarm, ...contentOf(alarm, finding) }, finding, at)]
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

/** A condition that came back, got worse, or is seen to stand now rings, whatever was acknowledged or paused before. */
function ringingAnew(alarm: Alarm, at: number): Alarm {
  const { acknowledgedBy: _by, acknowledgedAt: _at, audioPausedUntil: _until, remindedAt: _reminded, ...rest } = alarm
  return { ...rest, ...rungOnceMore(alarm, at), state: 'active', ringingSince: at, escalation: 0 }
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
