import type { Beat } from '../beats/beat.ts'
import type { EcgOutput, EcgProbe } from '../types.ts'
import { ATRIAL_FEATURES, atrialFeatures, atrialProbability } from './atrial-model.ts'
import { hold, isOpen, release, type EpisodeBook } from './episodes.ts'
import {
  createIntervalWindow,
  createIrregularity,
  isPattern,
  KEPT_BEATS,
  measureIrregularity,
  pushInterval,
  WINDOW_BEATS,
  type IntervalWindow,
  type Irregularity,
} from './interval-window.ts'
import { clearPWaves, coherenceOf, createPWaves, pushPWave, type PWaves } from './p-wave.ts'

/**
 * Atrial fibrillation: intervals that follow no order, and no P wave that keeps its place before the QRS complex, over the last 24
 * beats. The two together, as only one of them is also found in ectopic rhythms (irregular, with P waves) and in junctional ones
 * (no P wave, regular). Onset and end are dated back to where the intervals change their manner.
 */
export interface AtrialState {
  intervals: IntervalWindow
  /** For each interval of the window, how far it speaks for fibrillation by what it differs from the one before. */
  readonly jumps: Float64Array
  pWaves: PWaves
  /** See `coherenceOf`; NaN = not known. */
  coherence: number
  irregularity: Irregularity
  readonly features: Float64Array
  /** Since when nothing can be said; NaN = it can. */
  unknownSinceMs: number
  lastEndMs: number
}

const TYPE = 'atrial-fibrillation'
/** So sure before it is said, and so doubtful before it is over. */
const ONSET = 0.9
const END = 0.4
/** Intervals between the patient's own beats without which nothing is opened. */
const LEAST_OWN = 12
const LONGEST_UNKNOWN_MS = 15_000
/** A beat that comes much too early has its P wave in the T wave before, or an ectopic one. */
const EARLY = 0.75
const LIKE_NORMAL = 0.8
const LIKE_OWN = 0.75
const MIN_QUALITY = 0.5
/** So much coherence is that of a P wave, or of waves of flutter, and not of fibrillation. */
const P_WAVE_THERE = 0.5
/** Neighbouring intervals that differ by more than this part of the mean speak for fibrillation. */
const TURNING_POINT = 0.05
const MOST_OF_ONE_BEAT = 1.2

export function createAtrialState(): AtrialState {
  return {
    intervals: createIntervalWindow(),
    jumps: new Float64Array(KEPT_BEATS),
    pWaves: createPWaves(),
    coherence: NaN,
    irregularity: createIrregularity(),
    features: new Float64Array(ATRIAL_FEATURES.length),
    unknownSinceMs: NaN,
    lastEndMs: -Infinity,
  }
}

export interface AtrialContext {
  /** See `readBefore`. */
  readonly before: Float64Array
  readonly quality: number
  readonly nowMs: number
  readonly probe: EcgProbe | undefined
}

/** The beat since which the jumps speak most for fibrillation (`sign` 1) or against it (-1): its place in the window. */
function changeOf(jumps: Float64Array, sign: 1 | -1, first: number): number {
  let best = -Infinity
  let place = KEPT_BEATS - 1
  let sum = 0
  for (let i = KEPT_BEATS - 1; i >= first; i--) {
    sum += sign * (jumps[i] ?? 0)
    if (sum > best) {
      best = sum
      place = i
    }
  }
  return place
}

function takeIn(state: AtrialState, beat: Beat, { before, quality }: AtrialContext): void {
  const { intervals, jumps, irregularity } = state
  // Ectopic, aberrant, or noise that looks like a beat: what does not look like the patient's own beat tells nothing of the atria.
  const foreign = beat.beatClass === 'V' || beat.beatClass === 'Q' || beat.likeness < LIKE_OWN
  pushInterval(intervals, beat.timeMs, beat.rrMs, foreign, quality >= MIN_QUALITY)
  const { cleanMs } = intervals
  if (intervals.count === 1) {
    clearPWaves(state.pWaves)
    jumps.fill(0)
  }
  const isMeasured = measureIrregularity(cleanMs, irregularity)
  const change = Math.abs((cleanMs[KEPT_BEATS - 1] ?? NaN) - (cleanMs[KEPT_BEATS - 2] ?? NaN))
  const meanMs = isMeasured ? irregularity.meanMs : 800
  jumps.copyWithin(0, 1)
  jumps[KEPT_BEATS - 1] = Number.isNaN(change)
    ? 0
    : Math.max(-MOST_OF_ONE_BEAT, Math.min(MOST_OF_ONE_BEAT, Math.log(change / meanMs / TURNING_POINT)))
  const isEarly = isMeasured && beat.rrMs < EARLY * irregularity.meanMs
  if (!foreign && !isEarly && beat.likeness >= LIKE_NORMAL && quality >= MIN_QUALITY) pushPWave(state.pWaves, before)
  state.coherence = coherenceOf(state.pWaves)
  if (!isMeasured) irregularity.intervals = 0
}

/** Probability of fibrillation, or NaN where nothing can be said. */
function judge(state: AtrialState, isOpenNow: boolean, probe: EcgProbe | undefined): number {
  const { intervals, irregularity, features, coherence } = state
  const { cleanMs, allMs, timesMs } = intervals
  if (irregularity.intervals < LEAST_OWN) {
    // Foreign beats may hide the rhythm and must not end it: what is open is held by all intervals.
    if (!isOpenNow || !measureIrregularity(allMs, irregularity)) return NaN
  }
  atrialFeatures(irregularity, coherence, features)
  if (probe !== undefined && irregularity.intervals >= LEAST_OWN && intervals.count > 1) {
    let first = KEPT_BEATS - Math.min(WINDOW_BEATS, intervals.count - 1)
    while (first < KEPT_BEATS - 1 && Number.isNaN(cleanMs[first] ?? NaN)) first += 1
    probe(TYPE, features, timesMs[first - 1] ?? NaN, timesMs[KEPT_BEATS - 1] ?? NaN)
  }
  const probability = atrialProbability(features)
  // Atrial bigeminy and its like: groups that repeat, with P waves. Groups without P waves are rather flutter, which is treated alike.
  const isEctopic = probability > END && (features[4] ?? 0) > P_WAVE_THERE && isPattern(allMs, irregularity.meanMs)
  return isEctopic ? 0 : probability
}

export function atrialOnBeat(
  state: AtrialState,
  book: EpisodeBook,
  beat: Beat,
  context: AtrialContext,
  out: EcgOutput[],
): void {
  const { nowMs } = context
  takeIn(state, beat, context)
  const { intervals, irregularity, jumps, features } = state
  const { timesMs, count } = intervals
  const open = isOpen(book, TYPE)
  const probability = judge(state, open, context.probe)
  if (Number.isNaN(probability)) {
    if (Number.isNaN(state.unknownSinceMs)) state.unknownSinceMs = beat.timeMs
    if (open && beat.timeMs - state.unknownSinceMs > LONGEST_UNKNOWN_MS) {
      state.lastEndMs = state.unknownSinceMs
      release(book, TYPE, state.unknownSinceMs, nowMs, out)
    }
    return
  }
  state.unknownSinceMs = NaN
  const first = Math.max(1, KEPT_BEATS - count + 1)
  if (open && probability < END) {
    const endMs = timesMs[changeOf(jumps, -1, first) - 1] ?? beat.timeMs
    state.lastEndMs = endMs
    release(book, TYPE, endMs, nowMs, out)
  } else if (open || probability > ONSET) {
    const since = timesMs[changeOf(jumps, 1, first) - 1] ?? beat.timeMs
    const evidence = {
      probability: Math.round(100 * probability) / 100,
      irregularity: Math.round(1000 * Math.exp(irregularity.jump)) / 1000,
      pWave: Math.round(100 * (features[4] ?? 0)) / 100,
      heartRate: Math.round(60_000 / irregularity.meanMs),
    }
    const confidence = Math.min(0.95, probability)
    hold(book, TYPE, Math.max(since, state.lastEndMs), { timeMs: nowMs, confidence, evidence }, out)
  }
}
