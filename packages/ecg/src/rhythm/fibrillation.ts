import { at, type Ring } from '../signal/ring.ts'

/** What tells a fibrillating heart from one with QRS complexes, in a window of some seconds. */
export interface FibrillationFeatures {
  /** Part that a filter at the mean period leaves: small for one wandering sine (Kuo & Dillman 1978). */
  leakage: number
  /** Mean slope over the 95th percentile of the slope: QRS complexes are rare and steep, fibrillation is steep all the time. */
  evenness: number
  /** Fourth moment: high for spikes on a line. */
  kurtosis: number
  /** 1 / mean period. */
  frequencyHz: number
  amplitudeMv: number
  /** Part of the time near the baseline. */
  restPart: number
}

const STEP_HZ = 125

/** Work space, so that nothing is allocated for each window. */
export interface FibrillationWindow {
  readonly values: Float64Array
  readonly slopes: Float64Array
}

export function createFibrillationWindow(seconds: number): FibrillationWindow {
  const length = Math.round(seconds * STEP_HZ)
  return { values: new Float64Array(length), slopes: new Float64Array(length) }
}

/** Fills the window with the samples up to `end`, at 125 Hz, without what is slower than about 1 Hz. False: too much is missing. */
function fill(window: FibrillationWindow, ring: Ring, end: number, rateHz: number): boolean {
  const { values } = window
  const step = rateHz / STEP_HZ
  const half = Math.max(1, Math.round(step / 2))
  let missing = 0
  for (let i = 0; i < values.length; i++) {
    const centre = Math.round(end - (values.length - 1 - i) * step)
    let sum = 0
    let count = 0
    for (let j = centre - half; j <= centre; j++) {
      const value = at(ring, j)
      if (Number.isNaN(value)) continue
      sum += value
      count += 1
    }
    if (count === 0) missing += 1
    values[i] = count === 0 ? (values[i - 1] ?? 0) : sum / count
  }
  return missing < values.length / 10
}

/** Subtracts a mean over one second, in place, with one pass and a scratch copy. */
function removeWander(window: FibrillationWindow): void {
  const { values, slopes } = window
  const half = Math.round(STEP_HZ / 2)
  let sum = 0
  let count = 0
  for (let i = 0; i < Math.min(half, values.length); i++) {
    sum += values[i] ?? 0
    count += 1
  }
  for (let i = 0; i < values.length; i++) {
    if (i + half < values.length) {
      sum += values[i + half] ?? 0
      count += 1
    }
    if (i - half - 1 >= 0) {
      sum -= values[i - half - 1] ?? 0
      count -= 1
    }
    slopes[i] = (values[i] ?? 0) - sum / count
  }
  values.set(slopes)
}

/** The features of the window that ends at sample `end`; undefined where too much is missing or nothing is there. */
export function fibrillationFeatures(
  window: FibrillationWindow,
  ring: Ring,
  end: number,
  rateHz: number,
): FibrillationFeatures | undefined {
  if (!fill(window, ring, end, rateHz)) return undefined
  removeWander(window)
  const { values, slopes } = window
  const length = values.length
  let size = 0
  let square = 0
  let fourth = 0
  let slopeSum = 0
  for (let i = 0; i < length; i++) {
    const value = values[i] ?? 0
    const slope = Math.abs(value - (values[Math.max(0, i - 2)] ?? 0))
    slopes[i] = slope
    size += Math.abs(value)
    square += value * value
    fourth += value ** 4
    slopeSum += slope
  }
  if (size / length < 1e-4 || slopeSum === 0) return undefined
  // Mean period in steps: 2π · mean size / mean slope per step (the slope spans two steps).
  const period = (2 * Math.PI * size) / (slopeSum / 2)
  const lag = Math.max(1, Math.round(period / 2))
  let left = 0
  let whole = 0
  for (let i = lag; i < length; i++) {
    const now = values[i] ?? 0
    const then = values[i - lag] ?? 0
    left += Math.abs(now + then)
    whole += Math.abs(now) + Math.abs(then)
  }
  slopes.sort()
  const steep = slopes[Math.floor(0.95 * (length - 1))] ?? 0
  const variance = square / length
  let rest = 0
  const near = 0.3 * Math.sqrt(variance)
  for (let i = 0; i < length; i++) if (Math.abs(values[i] ?? 0) < near) rest += 1
  values.sort()
  const amplitudeMv = (values[Math.floor(0.98 * (length - 1))] ?? 0) - (values[Math.floor(0.02 * (length - 1))] ?? 0)
  return {
    leakage: whole > 0 ? left / whole : 1,
    evenness: steep > 0 ? slopeSum / length / steep : 0,
    kurtosis: fourth / length / (variance * variance),
    frequencyHz: STEP_HZ / period,
    amplitudeMv,
    restPart: rest / length,
  }
}
