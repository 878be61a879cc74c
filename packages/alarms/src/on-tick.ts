import { LONGEST_STANDBY_MS, ringsAtAll, type Alarm, type Monitoring } from '@pulsewire/contracts'
import type { Step } from './decide.ts'
import { monitoringOn } from './on-staff.ts'
import { DEFAULT_ESCALATION, LONGEST_AUDIO_PAUSE_MS, REMIND_AFTER_MS, type EscalationPolicy } from './policy.ts'
import type { PatientAlarms } from './state.ts'

/** Clocks are trimmed by less than this; by more they are set. */
const CLOCK_TRIM_MS = 1_000

/** Time has passed: pauses run out, standby ends, what nobody acknowledged goes up the chain, what still stands is said again. */
export function decideTick(state: PatientAlarms, at: number, policy: EscalationPolicy): Step[] {
  const steps = Object.values(state.alarms).flatMap((alarm) => alarmSteps(alarm, at, policy))
  return [...monitoringSteps(state, at), ...steps]
}

function monitoringSteps(state: PatientAlarms, at: number): Step[] {
  if (isAbsenceOver(state.monitoring, at)) return monitoringOn(state, at)
  if (!isPauseOver(state.monitoring.audioPausedUntil, at)) return []
  const { audioPausedUntil: _over, ...rest } = state.monitoring
  const monitoring: Monitoring = rest
  return [{ event: 'monitoring', monitoring }]
}

function alarmSteps(alarm: Alarm, at: number, policy: EscalationPolicy): Step[] {
  const steps: Step[] = []
  let current = alarm
  if (isPauseOver(current.audioPausedUntil, at)) {
    const { audioPausedUntil: _over, ...rest } = current
    current = rest
    steps.push({ event: 'audio-resumed', alarm: current })
  }
  if (ringsInFuture(current, at, policy)) {
    current = { ...current, ringingSince: at }
    steps.push({ event: 'updated', alarm: current })
  }
  while (escalatesAt(current, policy) <= at) {
    current = { ...current, escalation: current.escalation + 1 }
    steps.push({ event: 'escalated', alarm: current })
  }
  if (isReminderDue(current, at)) steps.push({ event: 'reminded', alarm: { ...current, remindedAt: at } })
  return steps
}

/** Standby or discharge has come to its end: by time, and a standby also as `isPauseOver` has it. */
function isAbsenceOver({ state, until }: Monitoring, at: number): boolean {
  if (state === 'on') return false
  return isPauseOver(until, at, state === 'standby' ? LONGEST_STANDBY_MS : Infinity)
}

/** Also where it would last longer than any may: then the clock was set back, and silence must not last until the old time comes again. */
function isPauseOver(until: number | undefined, at: number, longestMs = LONGEST_AUDIO_PAUSE_MS): boolean {
  return until !== undefined && (until <= at || until > at + longestMs + CLOCK_TRIM_MS)
}

/** The clock was set back since the alarm began to ring: the time until its next step counts anew. */
function ringsInFuture(alarm: Alarm, at: number, policy: EscalationPolicy): boolean {
  return Number.isFinite(escalatesAt(alarm, policy)) && (alarm.ringingSince ?? alarm.raisedAt) > at + CLOCK_TRIM_MS
}

/** When an alarm goes its next step up, as long as nobody acknowledges it. */
function escalatesAt(alarm: Alarm, { chain, afterMs }: EscalationPolicy): number {
  if (!ringsAtAll(alarm) || alarm.escalation >= chain.length - 1) return Number.POSITIVE_INFINITY
  return (alarm.ringingSince ?? alarm.raisedAt) + afterMs[alarm.priority] * (alarm.escalation + 1)
}

/** When staff are reminded of what they acknowledged and what still stands; infinity where there is nothing to say. */
function remindsAt(alarm: Alarm): number {
  if (alarm.state !== 'acknowledged' || alarm.conditionEndedAt !== undefined || alarm.late)
    return Number.POSITIVE_INFINITY
  return saidAt(alarm) + REMIND_AFTER_MS[alarm.priority]
}

function saidAt(alarm: Alarm): number {
  return alarm.remindedAt ?? alarm.acknowledgedAt ?? alarm.raisedAt
}

/** Also where it was last said in the future: then the clock was set back, and the wait would be too long. */
function isReminderDue(alarm: Alarm, at: number): boolean {
  const due = remindsAt(alarm)
  return due <= at || (Number.isFinite(due) && saidAt(alarm) > at + CLOCK_TRIM_MS)
}

/** When the next tick has something to do; infinity where nothing waits for time. */
export function nextDeadline(state: PatientAlarms, policy: EscalationPolicy = DEFAULT_ESCALATION): number {
  const { monitoring } = state
  const times = Object.values(state.alarms).flatMap((alarm) => [
    alarm.audioPausedUntil ?? Infinity,
    escalatesAt(alarm, policy),
    remindsAt(alarm),
  ])
  if (monitoring.state !== 'on') times.push(monitoring.until ?? Infinity)
  return Math.min(Infinity, monitoring.audioPausedUntil ?? Infinity, ...times)
}

/** Whether a tick at `at` has something to do: a deadline has passed, or the clock was set back. */
export function isTickDue(state: PatientAlarms, at: number, policy: EscalationPolicy = DEFAULT_ESCALATION): boolean {
  const { monitoring } = state
  if (nextDeadline(state, policy) <= at || isPauseOver(monitoring.audioPausedUntil, at)) return true
  if (isAbsenceOver(monitoring, at)) return true
  return Object.values(state.alarms).some(
    (alarm) => isPauseOver(alarm.audioPausedUntil, at) || ringsInFuture(alarm, at, policy) || isReminderDue(alarm, at),
  )
}
