import type { Alarm } from './alarms.ts'

// What rings, for the alarm manager and for the screens: apart from the schemas, so that a browser loads no more than this.

/** Somebody has yet to say that they have seen it. */
export function needsAcknowledgement(alarm: Pick<Alarm, 'state'>): boolean {
  return alarm.state === 'active' || alarm.state === 'latched'
}

/** Unacknowledged and of now: it rings unless its sound is paused. What arrived late is shown, and does not ring. */
export function ringsAtAll(alarm: Pick<Alarm, 'state' | 'late'>): boolean {
  return needsAcknowledgement(alarm) && !alarm.late
}

/**
 * Whether an alarm's sound is paused. What a patient's pause covers is the alarm manager's to say, on each alarm: a high one, and one
 * that got worse or came back, is never covered.
 */
export function isPaused(alarm: Pick<Alarm, 'audioPausedUntil'>, nowMs: number): boolean {
  return (alarm.audioPausedUntil ?? 0) > nowMs
}

/** Whether an alarm makes a sound at `nowMs`. The light is not paused by anything. */
export function isSounding(alarm: Alarm, nowMs: number): boolean {
  return ringsAtAll(alarm) && !isPaused(alarm, nowMs)
}
