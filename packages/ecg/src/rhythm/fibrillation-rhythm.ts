import type { Beat } from '../beats/beat.ts'
import { hold, isOpen, release, type EpisodeBook } from './episodes.ts'
import type { FibrillationFeatures } from './fibrillation.ts'
import type { EcgOutput } from '../types.ts'

/** How long the signal has looked like ventricular fibrillation, or not. */
export interface FibrillationState {
  likely: number
  unlikely: number
  firstMs: number
  probability: number
  /** The last beats: a heart that repeats itself does not fibrillate. */
  timesMs: number[]
  families: number[]
}

export const WINDOW_SECONDS = 4
const ONSET_PROBABILITY = 0.7
const END_PROBABILITY = 0.4
/** Looks in a row (one a second). */
const ONSET_LOOKS = 3
const END_LOOKS = 6
const MIN_AMPLITUDE_MV = 0.2
/** Five beats of one shape, evenly spaced, at less than 180 /min. */
const ORGANISED_BEATS = 5
const ORGANISED_INTERVAL_MS = 333
const ORGANISED_UNEVEN = 1.25
const ORGANISED_PROBABILITY = 0.3

export function createFibrillationState(): FibrillationState {
  return { likely: 0, unlikely: 0, firstMs: NaN, probability: 0, timesMs: [], families: [] }
}

/**
 * Logistic regression on windows of 4 s, fitted on the odd-numbered records of vfdb, cudb and mitdb (in the order of their names);
 * figures on the others: see the package's evaluation.
 */
export function fibrillationProbability(features: FibrillationFeatures): number {
  const { leakage, evenness, kurtosis, frequencyHz, amplitudeMv, restPart } = features
  const score =
    0.845 -
    13.782 * leakage +
    26.938 * evenness -
    3.356 * Math.log(kurtosis) +
    2.911 * Math.log(frequencyHz) +
    1.942 * Math.log(amplitudeMv + 1e-3) -
    4.729 * restPart
  return 1 / (1 + Math.exp(-score))
}

export function fibrillationOnBeat(state: FibrillationState, beat: Beat): void {
  state.timesMs.push(beat.timeMs)
  state.families.push(beat.family)
  if (state.timesMs.length > ORGANISED_BEATS) {
    state.timesMs.shift()
    state.families.shift()
  }
}

function isOrganised(state: FibrillationState, nowMs: number): boolean {
  const { timesMs, families } = state
  const first = timesMs[0] ?? NaN
  if (timesMs.length < ORGANISED_BEATS || first < nowMs - (WINDOW_SECONDS + 1) * 1000) return false
  if (families.some((family) => family < 0 || family !== families[0])) return false
  const intervals = timesMs.slice(1).map((timeMs, i) => timeMs - (timesMs[i] ?? 0))
  const shortest = Math.min(...intervals)
  return shortest > ORGANISED_INTERVAL_MS && Math.max(...intervals) < ORGANISED_UNEVEN * shortest
}

/** Once a second; `features` is undefined where the signal cannot be judged. */
export function fibrillationOnSecond(
  state: FibrillationState,
  book: EpisodeBook,
  features: FibrillationFeatures | undefined,
  nowMs: number,
  out: EcgOutput[],
): void {
  const seen = features === undefined || features.amplitudeMv < MIN_AMPLITUDE_MV ? 0 : fibrillationProbability(features)
  const probability = isOrganised(state, nowMs) ? Math.min(seen, ORGANISED_PROBABILITY) : seen
  state.probability = probability
  if (probability >= ONSET_PROBABILITY) {
    if (state.likely === 0) state.firstMs = nowMs - WINDOW_SECONDS * 1000
    state.likely += 1
    state.unlikely = 0
  } else {
    state.likely = 0
    state.unlikely = probability < END_PROBABILITY ? state.unlikely + 1 : 0
  }
  const type = 'ventricular-fibrillation'
  if (state.likely >= ONSET_LOOKS && features !== undefined)
    hold(
      book,
      type,
      state.firstMs,
      { timeMs: nowMs, confidence: Math.min(0.95, probability), evidence: said(features) },
      out,
    )
  else if (isOpen(book, type) && state.unlikely >= END_LOOKS) release(book, type, nowMs - END_LOOKS * 1000, nowMs, out)
}

function said(features: FibrillationFeatures): Record<string, number> {
  const rounded = (value: number): number => Math.round(1000 * value) / 1000
  return {
    frequencyHz: rounded(features.frequencyHz),
    amplitudeMv: rounded(features.amplitudeMv),
    leakage: rounded(features.leakage),
    evenness: rounded(features.evenness),
  }
}
