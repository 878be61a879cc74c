import { FROM_MS, POINTS, pointAt, STEP_MS } from './average-beat.ts'

/** Edges of a QRS complex on the grid of the average beat, ms from the R peak. */
export interface QrsEdges {
  onsetMs: number
  /** J point: where the complex ends, a notch or slur at its end included (Jt of Macfarlane 2015, doi 10.1016/j.jacc.2015.05.033). */
  jMs: number
  /** Whether the signal came to rest on both sides. */
  clear: boolean
}

/** The complex lies between these, ms from its R peak. */
const EARLIEST_MS = -130
const LATEST_MS = 210
/** Its steep part is looked for here. */
const STEEP_FROM_MS = -70
const STEEP_TO_MS = 100
const STEEP = 0.3
/** At rest: slower than this part of the steepest slope, but in any case below the upper and above the lower bound (mV/ms). */
const REST_PART = 0.05
const LEAST_REST = 0.0016
const MOST_REST = 0.0045
/** Or than noise makes it. */
const NOISE_FACTOR = 3
const ONSET_QUIET_MS = 16
const J_QUIET_MS = 20

/** With more noise in the average, slopes are taken over 16 ms of smoothed values. */
const CLEAN_NOISE_MV = 0.004
/** What noise of 1 mV from point to point makes of the two slopes, mV/ms. */
const FINE_GAIN = Math.SQRT2 / (2 * STEP_MS)
const SMOOTH_GAIN = (0.61 * Math.SQRT2) / (4 * STEP_MS)

/** Adds the squared slopes of an average beat ((mV/ms)²), shifted by so many points, to `into`; gives the mean square that noise adds. */
export function addSlopes(
  values: Float32Array,
  noiseMv: number,
  shift: number,
  weight: number,
  into: Float64Array,
): number {
  const fine = noiseMv <= CLEAN_NOISE_MV
  for (let p = 3; p < POINTS - 3; p++) {
    const q = p + shift
    if (q < 3 || q >= POINTS - 3) continue
    const slope = fine
      ? ((values[q + 1] ?? 0) - (values[q - 1] ?? 0)) / (2 * STEP_MS)
      : (smoothed(values, q + 2) - smoothed(values, q - 2)) / (4 * STEP_MS)
    into[p] = (into[p] ?? 0) + weight * slope * slope
  }
  return weight * (noiseMv * (fine ? FINE_GAIN : SMOOTH_GAIN)) ** 2
}

const smoothed = (values: Float32Array, p: number): number =>
  0.25 * (values[p - 1] ?? 0) + 0.5 * (values[p] ?? 0) + 0.25 * (values[p + 1] ?? 0)

/** The edges of the complex from the slopes (root of the mean square over the leads) of an average beat; `noise` = what noise alone makes of them. */
export function qrsEdges(slopes: Float64Array, noise: number): QrsEdges {
  let steepest = 0
  for (let p = pointAt(STEEP_FROM_MS); p <= pointAt(STEEP_TO_MS); p++) steepest = Math.max(steepest, slopes[p] ?? 0)
  const rest = Math.max(Math.min(MOST_REST, Math.max(LEAST_REST, REST_PART * steepest)), NOISE_FACTOR * noise)
  let first = pointAt(0)
  let last = first
  for (let p = pointAt(STEEP_FROM_MS); p <= pointAt(STEEP_TO_MS); p++) {
    if ((slopes[p] ?? 0) < STEEP * steepest) continue
    first = Math.min(first, p)
    last = p
  }
  const onset = quietFrom(slopes, first, -1, pointAt(EARLIEST_MS), ONSET_QUIET_MS / STEP_MS, rest)
  const j = quietFrom(slopes, last, 1, pointAt(LATEST_MS), J_QUIET_MS / STEP_MS, rest)
  const found = onset.clear && j.clear
  return {
    onsetMs: FROM_MS + onset.point * STEP_MS,
    jMs: FROM_MS + j.point * STEP_MS,
    clear: found && steepest > 2 * rest,
  }
}

/** The first point of the first quiet stretch outwards; where there is none, the quietest stretch there is. */
function quietFrom(
  slopes: Float64Array,
  start: number,
  step: 1 | -1,
  limit: number,
  quiet: number,
  rest: number,
): { point: number; clear: boolean } {
  let calm = 0
  let sum = 0
  let least = Infinity
  let quietest = start
  for (let p = start; step * (limit - p) >= 0; p += step) {
    const slope = slopes[p] ?? 0
    calm = slope < rest ? calm + 1 : 0
    if (calm >= quiet) return { point: p - step * (quiet - 1), clear: true }
    sum += slope
    if (step * (p - start) < quiet) continue
    sum -= slopes[p - step * quiet] ?? 0
    if (sum < least) {
      least = sum
      quietest = p - step * (quiet - 1)
    }
  }
  return { point: quietest, clear: false }
}
