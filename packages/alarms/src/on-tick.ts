import type { Alarm, Monitoring } from '@pulsewire/contracts'
import type { Step } from './decide.ts'
import { monitoringOn } from './on-staff.ts'
import { ESCALATE_AFTER_MS, ESCALATION_STEPS } from './policy.ts'
import type { PatientAlarms } from './state.ts'

/** Time has passed: pauses run out, standby ends, what nobody acknowledged goes up the chain. */
export function decideTick(state: PatientAlarms, at: number): Step[] {
  return [...monitoringSteps(state, at), ...Object.values(state.alarms).flatMap((alarm) => alarmSteps(alarm, at))]
}

function monitoringSteps(state: PatientAlarms, at: number): Step[] {
  const { until, audioPausedUntil } = state.monitoring
  if (state.monitoring.state !== 'on' && until !== undefined && until <= at) return monitoringOn(state, at)
  if (audioPausedUntil === undefined || audioPausedUntil > at) return []
  const { audioPausedUntil: _over, ...rest } = state.monitoring
  const monitoring: Monitoring = rest
  return [{ event: 'monitoring', monitoring }]
}

function alarmSteps(alarm: Alarm, at: number): Step[] {
  const steps: Step[] = []
  let current = alarm
  if (current.audioPausedUntil !== undefined && current.audioPausedUntil <= at) {
    const { audioPausedUntil: _over, ...rest } = current
    current = rest
    steps.push({ event: 'audio-resumed', alarm: current })
  }
  while (escalatesAt(current) <= at) {
    current = { ...current, escalation: current.escalation + 1 }
    steps.push({ event: 'escalated', alarm: current })
  }
  return steps
}

/** When an alarm goes its next step up, as long as nobody acknowledges it. */
function escalatesAt(alarm: Alarm): number {
  const waiting = (alarm.state === 'active' || alarm.state === 'latched') && !alarm.late
  if (!waiting || alarm.escalation >= ESCALATION_STEPS) return Number.POSITIVE_INFINITY
  return (alarm.ringingSince ?? alarm.raisedAt) + ESCALATE_AFTER_MS[alarm.priority] * (alarm.escalation + 1)
}

/** When the next tick has something to do; infinity where nothing waits for time. */
export function nextDeadline(state: PatientAlarms): number {
  const { monitoring } = state
  const times = Object.values(state.alarms).flatMap((alarm) => [alarm.audioPausedUntil ?? Infinity, escalatesAt(alarm)])
  if (monitoring.state !== 'on') times.push(monitoring.until ?? Infinity)
  return Math.min(Infinity, monitoring.audioPausedUntil ?? Infinity, ...times)
}
