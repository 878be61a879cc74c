import { at, type Ring } from '../signal/ring.ts'

/** Where a QRS complex lies, in sample numbers, and how tall it is. */
export interface QrsShape {
  peak: number
  onset: number
  offset: number
  /** Deviation of the peak from the level before the complex, mV. */
  amplitudeMv: number
  /** False where samples are missing in or near the complex. */
  complete: boolean
}

const SEARCH_MS = 90
const LEVEL_MS = 200
const EDGE_MS = 140
const SLOPE_SPAN_MS = 12
/** A complex ends where its slope stays below this part of its steepest for a while. */
const EDGE_SLOPE = 0.12
const QUIET_MS = 16
/** An S or Q wave is called the peak only where it is this much larger than the R wave. */
const NEGATIVE_HANDICAP = 0.7

function meanOf(ring: Ring, from: number, to: number): number {
  let sum = 0
  let count = 0
  for (let i = from; i <= to; i++) {
    const value = at(ring, i)
    if (Number.isNaN(value)) continue
    sum += value
    count += 1
  }
  return count === 0 ? NaN : sum / count
}

/** From the steepest point outwards to where it has been quiet for `quiet` samples. */
function edge(
  ring: Ring,
  start: number,
  step: 1 | -1,
  limit: number,
  span: number,
  quiet: number,
  level: number,
): number {
  let calm = 0
  for (let i = start; step * (limit - i) > 0; i += step) {
    const slope = Math.abs(at(ring, i + span) - at(ring, i - span))
    calm = slope < level ? calm + 1 : 0
    if (calm >= quiet) return i - step * quiet
  }
  return limit
}

/** Finds the true peak and the edges of the complex around `index` (the middle of its steep part). */
export function shapeOf(ring: Ring, index: number, rateHz: number): QrsShape {
  const samples = (ms: number): number => Math.max(1, Math.round((ms / 1000) * rateHz))
  const centre = Math.round(index)
  const search = samples(SEARCH_MS)
  const level = meanOf(ring, centre - samples(LEVEL_MS), centre + samples(LEVEL_MS))
  let peak = centre
  let best = -1
  let complete = true
  for (let i = centre - search; i <= centre + search; i++) {
    const deviation = at(ring, i) - level
    if (Number.isNaN(deviation)) {
      complete = false
      continue
    }
    const size = deviation >= 0 ? deviation : -deviation * NEGATIVE_HANDICAP
    if (size > best) {
      best = size
      peak = i
    }
  }
  const span = Math.max(1, Math.round(samples(SLOPE_SPAN_MS) / 2))
  let steepest = 0
  let steepestAt = peak
  for (let i = centre - search; i <= centre + search; i++) {
    const slope = Math.abs(at(ring, i + span) - at(ring, i - span))
    if (slope > steepest) {
      steepest = slope
      steepestAt = i
    }
  }
  const reach = samples(EDGE_MS)
  const first = Math.min(peak, steepestAt)
  const last = Math.max(peak, steepestAt)
  const onset = edge(ring, first, -1, centre - reach, span, samples(QUIET_MS), EDGE_SLOPE * steepest)
  const offset = edge(ring, last, 1, centre + reach, span, samples(QUIET_MS), EDGE_SLOPE * steepest)
  const before = meanOf(ring, onset - samples(30), onset - 1)
  return { peak, onset, offset, amplitudeMv: at(ring, peak) - (Number.isNaN(before) ? level : before), complete }
}
