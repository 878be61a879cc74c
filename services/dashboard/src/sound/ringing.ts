import type { Alarm, AlarmPriority } from '@pulsewire/contracts'
import { isPaused, isSounding, ringsAtAll } from '@pulsewire/contracts/sounding'
import { rankOf } from '../alarms/order.ts'
import { PATTERNS } from './pattern.ts'

export interface RingInput {
  alarms: readonly Alarm[]
  /** The screen sees nothing: that rings too. */
  blind: boolean
  /** A pause of the sound for a blind screen. */
  blindPausedUntil: number
}

/** A reminder is one soft burst: in this window after it was said. Shorter than the pause between two bursts. */
const REMINDER_MS = 5_000

function isReminded(alarm: Alarm, nowMs: number): boolean {
  const { state, remindedAt = -Infinity } = alarm
  return state === 'acknowledged' && nowMs >= remindedAt && nowMs < remindedAt + REMINDER_MS
}

/**
 * What rings now: the highest of what is unacknowledged and not paused, and which alarms those are. Where nothing does, a reminder of what was
 * acknowledged and still stands sounds softly, once.
 */
export function ringingNow(input: RingInput, nowMs: number): { priority: AlarmPriority | undefined; alarms: Alarm[] } {
  const alarms = input.alarms.filter((alarm) => isSounding(alarm, nowMs))
  let priority: AlarmPriority | undefined = input.blind && input.blindPausedUntil <= nowMs ? 'medium' : undefined
  for (const alarm of alarms) if (rankOf(alarm.priority) > rankOf(priority)) priority = alarm.priority
  if (priority === undefined && input.alarms.some((alarm) => isReminded(alarm, nowMs))) priority = 'low'
  return { priority, alarms }
}

/** Until when the longest pause lasts of what would ring without it; 0 where nothing is paused. */
export function pausedUntil(input: RingInput, nowMs: number): number {
  const paused = input.alarms.filter((alarm) => ringsAtAll(alarm) && isPaused(alarm, nowMs))
  const ends = paused.map((alarm) => alarm.audioPausedUntil ?? 0)
  if (input.blind && input.blindPausedUntil > nowMs) ends.push(input.blindPausedUntil)
  return ends.reduce((a, b) => Math.max(a, b), 0)
}

/** What was rung last. */
export interface RingState {
  priority: AlarmPriority | undefined
  startedAt: number
}
export const QUIET: RingState = { priority: undefined, startedAt: Number.NEGATIVE_INFINITY }

export type RingStep =
  { state: RingState; action: 'none' | 'stop' } | { state: RingState; action: 'start'; priority: AlarmPriority }

/**
 * One burst at a time, the highest: a higher one cuts a lower burst short and starts at once; the same one comes again after its
 * pause; when nothing rings any more the burst is cut.
 */
export function ringStep(state: RingState, wanted: AlarmPriority | undefined, nowMs: number): RingStep {
  if (wanted === undefined) {
    return state.priority === undefined ? { state, action: 'none' } : { state: QUIET, action: 'stop' }
  }
  const rung = state.priority
  if (rung !== undefined && rankOf(wanted) <= rankOf(rung)) {
    const pattern = PATTERNS[rung]
    const playing = nowMs < state.startedAt + pattern.lengthMs
    const resting = nowMs < state.startedAt + pattern.lengthMs + (wanted === rung ? pattern.pauseMs : 0)
    // A lower one takes over when the burst of the higher is through.
    if (playing || resting) return { state, action: 'none' }
  }
  return { state: { priority: wanted, startedAt: nowMs }, action: 'start', priority: wanted }
}
