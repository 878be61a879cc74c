import { bandDelay, slopeSpan, type QrsFilter } from './qrs-filter.ts'
import type { PathPeak } from './qrs-path.ts'
import { familySize, matchShape, SHIFTS, SNIPPET, POINTS, STEP_MS, type QrsShapes } from './qrs-shapes.ts'

/** A peak of the envelope: a QRS complex, a P or T wave, or noise. Plain data. */
export interface Candidate extends PathPeak {
  /** The envelope's peak. */
  value: number
  slope: number
  /** The gentler of its steepest ways up and down, as a part of the steeper: a jump goes one way. */
  balance: number
  /** Mean slope before and after it, whichever is quieter. */
  background: number
  /** See `qrs-odds.ts`. */
  odds: number
  /** What the odds were made of. */
  features: number[]
  /** How noisy the lead was then; see `noisinessOf`. */
  noisiness: number
  /** Whether it was told (`QrsFindings.peaks`). */
  told: boolean
}

export function createCandidate(index: number, value: number): Candidate {
  return {
    index,
    value,
    slope: 0,
    balance: 0,
    background: 0,
    odds: 0,
    features: [],
    noisiness: 0,
    path: 0,
    before: -1,
    interval: 0,
    told: false,
  }
}

const SLOPE_REACH_MS = 80
const BACKGROUND_FROM_MS = 120
const BACKGROUND_TO_MS = 220

/** A candidate can be measured when the input has come so far beyond it, ms (and the delay of the band-pass). */
export const MEASURE_AFTER_MS = BACKGROUND_TO_MS + 10

/** Measures slopes and surroundings of a candidate in the band-passed signal. */
export function measureCandidate(candidate: Candidate, filter: QrsFilter, rateHz: number): void {
  const centre = Math.round(candidate.index) + bandDelay(filter)
  const span = slopeSpan(filter)
  const half = span >> 1
  const { band } = filter
  const mask = band.length - 1
  const reach = Math.round((SLOPE_REACH_MS / 1000) * rateHz)
  let up = 0
  let down = 0
  for (let i = centre - reach; i <= centre + reach; i++) {
    const slope = (band[(i + half) & mask] ?? 0) - (band[(i + half - span) & mask] ?? 0)
    if (slope > up) up = slope
    else if (-slope > down) down = -slope
  }
  candidate.slope = Math.max(up, down)
  candidate.balance = Math.min(up, down) / Math.max(1e-9, candidate.slope)
  const from = Math.round((BACKGROUND_FROM_MS / 1000) * rateHz)
  const to = Math.round((BACKGROUND_TO_MS / 1000) * rateHz)
  let before = 0
  let after = 0
  for (let i = from; i < to; i++) {
    before += Math.abs((band[(centre - i) & mask] ?? 0) - (band[(centre - i - span) & mask] ?? 0))
    after += Math.abs((band[(centre + i) & mask] ?? 0) - (band[(centre + i - span) & mask] ?? 0))
  }
  candidate.background = Math.min(before, after) / (to - from)
}

/** Cuts the band-passed signal around a candidate into `out`. */
export function cutSnippet(candidate: Candidate, filter: QrsFilter, rateHz: number, out: Float64Array): void {
  const { band } = filter
  const mask = band.length - 1
  const first = candidate.index + bandDelay(filter) - ((SHIFTS + (POINTS - 1) / 2) * STEP_MS * rateHz) / 1000
  const step = (STEP_MS * rateHz) / 1000
  for (let i = 0; i < SNIPPET; i++) out[i] = band[Math.round(first + i * step) & mask] ?? 0
}

/** What is usual in this lead now. */
export interface Usual {
  readonly qrsLevel: number
  readonly noiseLevel: number
  readonly slopeLevel: number
  /** How strong the disturbances of the last seconds were. */
  readonly noiseTop: number
}

const log2Ratio = (a: number, b: number, least: number, most: number): number =>
  Math.max(least, Math.min(most, Math.log2(Math.max(1e-9, a) / Math.max(1e-9, b))))

/** What the odds of a candidate are made of, in the order of `FEATURES`; what its neighbours say comes later (`hearNeighbour`). */
export function featuresOf(candidate: Candidate, shapes: QrsShapes, snippet: Float64Array, usual: Usual): number[] {
  const { value, slope, balance, background } = candidate
  const { family, likeness, size } = matchShape(shapes, snippet)
  const isKnown = family >= 0
  const ratio = log2Ratio(value, usual.qrsLevel, -4, 3)
  return [
    Math.min(ratio, 0),
    Math.max(ratio, 0),
    log2Ratio(value, background, 0, 3),
    log2Ratio(value, usual.noiseLevel, -2, 3),
    isKnown ? Math.max(0, likeness) : 0.8,
    isKnown ? Math.max(0, likeness - 0.8) * 5 : 0,
    isKnown ? Math.abs(log2Ratio(size, familySize(shapes, family), -2, 2)) : 0,
    balance,
    log2Ratio(slope, usual.slopeLevel, -3, 2),
    0,
    0,
    0,
    0,
  ]
}

/** How noisy the lead is: 0 = the disturbances of the last seconds were below an eighth of a complex, 1 = above half of one. */
export function noisinessOf(usual: Usual): number {
  return Math.max(0, Math.min(1, (log2Ratio(usual.noiseTop, usual.qrsLevel, -4, 1) + 3) / 2))
}

export const FEATURES = [
  'lower',
  'larger',
  'standsOut',
  'overNoise',
  'likeness',
  'veryAlike',
  'otherSize',
  'balance',
  'slope',
  'afterSteeper',
  'afterMuchSteeper',
  'beforeSteeper',
  'besideLarger',
] as const

/** Places in `FEATURES`. */
export const AFTER_STEEPER = 9
export const BEFORE_STEEPER = 11
export const AFTER_MUCH_STEEPER = 10
export const BESIDE_LARGER = 12
const BESIDE_MS = 250
const T_WAVE_MS = 420
const P_WAVE_MS = 280

/** How much steeper one that comes soon before or after is: 0 = not steeper or too far away, 2 = four times or more. */
function steeper(
  candidate: { readonly slope: number },
  other: { readonly slope: number },
  distanceMs: number,
  reachMs: number,
): number {
  return distanceMs < reachMs ? log2Ratio(other.slope, candidate.slope, 0, 3) : 0
}

/** As what it may be the T wave of `earlier`. */
export function afterSteeper(
  candidate: Candidate,
  earlier: { readonly index: number; readonly slope: number },
  rateHz: number,
): number {
  return steeper(candidate, earlier, (1000 * (candidate.index - earlier.index)) / rateHz, T_WAVE_MS)
}

/** As what it may be the P wave of `later`. */
export function beforeSteeper(candidate: Candidate, later: Candidate, rateHz: number): number {
  return steeper(candidate, later, (1000 * (later.index - candidate.index)) / rateHz, P_WAVE_MS)
}

/** How much larger one is that is too near for both to be complexes: 0 = not, 3 = eight times or more. */
export function besideLarger(
  candidate: Candidate,
  other: { readonly index: number; readonly value: number },
  rateHz: number,
): number {
  const distanceMs = Math.abs((1000 * (candidate.index - other.index)) / rateHz)
  return distanceMs < BESIDE_MS ? log2Ratio(other.value, candidate.value, 0, 3) : 0
}
