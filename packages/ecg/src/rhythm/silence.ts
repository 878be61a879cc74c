import { at, type Ring } from '../signal/ring.ts'

/** The stretch without a beat that is going on. Holes up to `LONGEST_HOLE_MS` do not end it: a heart that beats in them alone beats too slowly. */
export interface SilenceState {
  /** Its beginning: the last beat, or since when the signal can be judged; NaN = it cannot. */
  sinceMs: number
  /** Samples missing since then, and the number of the last one that was. */
  missed: number
  lastMissing: number
}

/** A block of a second that was lost, and what its neighbours' clocks are off. */
const LONGEST_HOLE_MS = 1100
/** Of the stretch, so much must have been seen. */
const LEAST_SEEN = 0.6

export function createSilence(): SilenceState {
  return { sinceMs: NaN, missed: 0, lastMissing: -1 }
}

/** The signal says nothing of the heart, up to now: no silence is known. */
export function breakSilence(state: SilenceState): void {
  state.sinceMs = NaN
}

/** From now on the signal can be judged, or still can. */
export function watchSilence(state: SilenceState, nowMs: number): void {
  if (!Number.isNaN(state.sinceMs)) return
  state.sinceMs = nowMs
  state.missed = 0
}

/** Sample number `index` is missing, the last of `run` in a row. */
export function silenceOnMissing(state: SilenceState, index: number, run: number, rateHz: number): void {
  state.missed += 1
  state.lastMissing = index
  if (run * 1000 > LONGEST_HOLE_MS * rateHz) breakSilence(state)
}

/** A beat whose peak is sample number `peak` ends the silence; another begins there. */
export function silenceOnBeat(state: SilenceState, peak: number, timeMs: number, raw: Ring): void {
  // Also where a beat of long ago is found only now.
  if (!(timeMs > state.sinceMs)) return
  state.sinceMs = timeMs
  state.missed = 0
  for (let i = peak + 1; i <= state.lastMissing; i++) if (Number.isNaN(at(raw, i))) state.missed += 1
}

/** How much of the silence was seen, ms; NaN where too little of it was. */
export function seenSilenceMs({ sinceMs, missed }: SilenceState, nowMs: number, rateHz: number): number {
  const lengthMs = nowMs - sinceMs
  const seenMs = lengthMs - (missed * 1000) / rateHz
  return seenMs >= LEAST_SEEN * lengthMs ? seenMs : NaN
}
