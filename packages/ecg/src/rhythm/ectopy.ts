import type { Beat } from '../beats/beat.ts'
import type { EcgOutput, RhythmType } from '../types.ts'
import { hold, release, type EpisodeBook } from './episodes.ts'

/** The last beats: whether each is ventricular (a bit each, the newest lowest), and when they were. */
export interface EctopyState {
  pattern: number
  /** Beats without a gap before them. */
  count: number
  /** Times of the last beats, newest last. */
  readonly timesMs: Float64Array
  /** Times of the last ventricular beats, a ring. */
  readonly ventricularMs: Float64Array
  ventricularCount: number
}

const REMEMBERED = 9
/** Three cycles, of two and of three beats. */
const BIGEMINY_BEATS = 6
const TRIGEMINY_BEATS = 9
const BIGEMINY = [0b010101, 0b101010] as const
const TRIGEMINY = [0b001001001, 0b010010010, 0b100100100] as const
/** An idioventricular rhythm: so many ventricular beats in a row, slower than a tachycardia and not as slow as a standstill. */
const RUN_BEATS = 5
const RUN = 0b11111
const FASTEST_MS = 600
const SLOWEST_MS = 2000
const MINUTE_MS = 60_000
const MOST_A_MINUTE = 128

export function createEctopyState(): EctopyState {
  return {
    pattern: 0,
    count: 0,
    timesMs: new Float64Array(REMEMBERED),
    ventricularMs: new Float64Array(MOST_A_MINUTE),
    ventricularCount: 0,
  }
}

/** Something is missing: what comes next is not known to follow what was. */
export function breakEctopy(state: EctopyState): void {
  state.count = 0
  state.pattern = 0
}

function perMinute({ ventricularMs, ventricularCount }: EctopyState, nowMs: number): number {
  let count = 0
  for (let i = ventricularCount - 1; i >= Math.max(0, ventricularCount - MOST_A_MINUTE); i--) {
    if ((ventricularMs[i % MOST_A_MINUTE] ?? 0) < nowMs - MINUTE_MS) break
    count += 1
  }
  return count
}

function isAny(masks: readonly number[], bits: number): boolean {
  return masks.includes(bits)
}

/**
 * What ventricular beats make together: bigeminy and trigeminy (three cycles and more; one of a pattern ends where a beat does not keep
 * to it) and an idioventricular rhythm (five in a row at 30 to 100 /min; accelerated above 40).
 */
export function ectopyOnBeat(
  state: EctopyState,
  book: EpisodeBook,
  beat: Beat,
  quality: number,
  nowMs: number,
  out: EcgOutput[],
): void {
  const { timeMs, beatClass } = beat
  if (Number.isNaN(beat.rrMs) || beatClass === 'Q') breakEctopy(state)
  if (beatClass === 'Q') return
  const isVentricular = beatClass === 'V'
  state.pattern = ((state.pattern << 1) | (isVentricular ? 1 : 0)) & 0b111111111
  state.count = Math.min(REMEMBERED, state.count + 1)
  state.timesMs.copyWithin(0, 1)
  state.timesMs[REMEMBERED - 1] = timeMs
  if (isVentricular) {
    state.ventricularMs[state.ventricularCount % MOST_A_MINUTE] = timeMs
    state.ventricularCount += 1
  }
  if (state.pattern === 0 && book.open.length === 0) return
  const { pattern, count, timesMs } = state
  const lastMs = (beats: number): number => timesMs[REMEMBERED - beats] ?? timeMs
  const said = (type: RhythmType, isSo: boolean, beats: number, stays: boolean): void => {
    if (isSo && quality >= 0.5) {
      const meanMs = (timeMs - lastMs(beats)) / (beats - 1)
      const evidence = { heartRate: Math.round(MINUTE_MS / meanMs), ventricularPerMinute: perMinute(state, timeMs) }
      hold(book, type, lastMs(beats), { timeMs: nowMs, confidence: 0.8, evidence }, out)
    } else if (!stays) release(book, type, count < 2 ? timeMs : lastMs(2), nowMs, out)
  }
  const isTrigeminy = count >= TRIGEMINY_BEATS && isAny(TRIGEMINY, pattern)
  const isBigeminy = count >= BIGEMINY_BEATS && isAny(BIGEMINY, pattern & 0b111111)
  said('ventricular-trigeminy', isTrigeminy, TRIGEMINY_BEATS, false)
  // One beat that is out of step does not end it; two of the same do.
  const isInStep = count >= 3 && (pattern & 0b111) !== 0 && (pattern & 0b111) !== 0b111 && !isTrigeminy
  said('ventricular-bigeminy', isBigeminy, BIGEMINY_BEATS, isInStep)
  const runMs = (timeMs - lastMs(RUN_BEATS)) / (RUN_BEATS - 1)
  const isRun = count >= RUN_BEATS && (pattern & RUN) === RUN && runMs >= FASTEST_MS && runMs <= SLOWEST_MS
  said('idioventricular-rhythm', isRun, RUN_BEATS, isVentricular && runMs >= FASTEST_MS)
}
