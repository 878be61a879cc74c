import {
  BEFORE_FROM_MS as FROM_MS,
  BEFORE_POINTS as POINTS,
  BEFORE_STEP_MS as STEP_MS,
  pointBefore,
} from './before-beat.ts'

/** Beats that the average remembers. */
const MEMORY = 16
const LEAST_BEATS = 6
/** The T wave of the beat before ends so long after its peak, for an interval of a second; it goes with the root of the interval (Bazett). */
const T_END_MS = 430
/** Half the width of a P wave. */
const HALF_P = 5
const LEAST_P_MV = 0.03
/** A P wave stands out of its standard error by so much. */
const CLEAR = 5
/** From the peak of the P wave to the QRS complex at least so long. */
const PEAK_BEFORE_QRS_MS = 40
const P_ONSET_PART = 0.2

/** The average of the signal before the R peaks of the normal beats; each point has its own number of beats, as T waves are left out. */
export interface PrAverage {
  readonly mean: Float64Array
  readonly square: Float64Array
  readonly beats: Float64Array
  /** Peak of the P wave and onset, ms from the R peak; NaN = there is none that can be seen. */
  pPeakMs: number
  pOnsetMs: number
  amplitudeMv: number
}

export function createPrAverage(): PrAverage {
  const points = (): Float64Array => new Float64Array(POINTS)
  return { mean: points(), square: points(), beats: points(), pPeakMs: NaN, pOnsetMs: NaN, amplitudeMv: NaN }
}

const timeOf = (point: number): number => FROM_MS + point * STEP_MS

/** Where the T wave of a beat ends, ms after its R peak. */
export function tEndMs(intervalMs: number): number {
  return T_END_MS * Math.sqrt(Math.min(1, intervalMs / 1000))
}

const LEVEL_FROM = pointBefore(-80)
const LEVEL_TO = pointBefore(-60)

/** Takes in what stands before a normal beat (see `readBefore`), `intervalMs` after the one before it. */
export function pushPr(state: PrAverage, before: Float64Array, intervalMs: number): void {
  const { mean, square, beats } = state
  // Against its own level before the complex, so that the baseline's wander is no noise.
  const level = ((before[LEVEL_FROM] ?? NaN) + (before[LEVEL_TO] ?? NaN)) / 2
  if (Number.isNaN(level)) return
  const firstMs = tEndMs(intervalMs) - intervalMs
  for (let i = Math.max(0, Math.ceil((firstMs - FROM_MS) / STEP_MS)); i < POINTS; i++) {
    const value = (before[i] ?? NaN) - level
    if (Number.isNaN(value)) continue
    const count = Math.min(MEMORY, (beats[i] ?? 0) + 1)
    const change = value - (mean[i] ?? 0)
    beats[i] = count
    mean[i] = (mean[i] ?? 0) + change / count
    square[i] = (square[i] ?? 0) + (change * (value - (mean[i] ?? 0)) - (square[i] ?? 0)) / count
  }
}

/** How far a point stands out of the line between what is half a P wave before and after it. */
function bump(mean: Float64Array, i: number): number {
  const side = (k: number): number => ((mean[k - 1] ?? 0) + (mean[k] ?? 0) + (mean[k + 1] ?? 0)) / 3
  return side(i) - (side(i - HALF_P) + side(i + HALF_P)) / 2
}

/**
 * Looks for the P wave in the average: the largest bump between the T wave before and the QRS complex (onset at `qrsOnsetMs` from the R peak),
 * if it stands out of the noise and has a top of its own. The onset is where it has risen by a fifth.
 */
export function findP(state: PrAverage, qrsOnsetMs: number): void {
  const { mean, square, beats } = state
  state.pPeakMs = NaN
  state.pOnsetMs = NaN
  state.amplitudeMv = NaN
  let first = 0
  while (first < POINTS && (beats[first] ?? 0) < LEAST_BEATS) first += 1
  const lastMs = qrsOnsetMs - PEAK_BEFORE_QRS_MS
  const last = Math.min(POINTS - 2 - HALF_P, Math.floor((lastMs - FROM_MS) / STEP_MS))
  let best = 0
  let place = -1
  let variance = 0
  let points = 0
  for (let i = first; i < POINTS; i++) {
    if (timeOf(i) > qrsOnsetMs) break
    variance += (square[i] ?? 0) / (beats[i] ?? 1)
    points += 1
  }
  for (let i = first + HALF_P + 1; i <= last; i++) {
    const size = Math.abs(bump(mean, i))
    if (size > best) {
      best = size
      place = i
    }
  }
  if (place < 0 || best < LEAST_P_MV || best < CLEAR * Math.sqrt(variance / Math.max(1, points))) return
  // At the border it is the flank of something else.
  if (place === first + HALF_P + 1) return
  const sign = Math.sign(bump(mean, place))
  while (place > first && place <= last && sign * ((mean[place - 1] ?? 0) - (mean[place] ?? 0)) > 0) place -= 1
  while (place < last && sign * ((mean[place + 1] ?? 0) - (mean[place] ?? 0)) > 0) place += 1
  const foot = Math.max(first, place - 2 * HALF_P)
  let base = Infinity
  for (let i = foot; i < place; i++) base = Math.min(base, sign * (mean[i] ?? 0))
  const top = sign * (mean[place] ?? 0)
  const threshold = base + P_ONSET_PART * (top - base)
  let onset = place
  while (onset > foot && sign * (mean[onset] ?? 0) > threshold) onset -= 1
  // Still high at the left end: the onset was not seen.
  if (sign * (mean[onset] ?? 0) > threshold) return
  const above = sign * (mean[onset + 1] ?? 0) - threshold
  const below = threshold - sign * (mean[onset] ?? 0)
  state.pPeakMs = timeOf(place)
  state.pOnsetMs = timeOf(onset + below / Math.max(1e-9, above + below))
  state.amplitudeMv = sign * best
}
