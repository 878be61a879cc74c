import type { Ring } from '../signal/ring.ts'
import { BINS, CELLS, COARSE_HZ, fillWindow, WINDOW_HZ, type FibrillationWindow } from './fibrillation-window.ts'
import { repetitionOf } from './repetition.ts'

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
  /** Height of what is left from about 2 to 15 Hz: 2√2 of its root mean square. Small where breathing and mains hum are all there is. */
  waveMv: number
  /** Part of the time near the baseline. */
  restPart: number
  /** Part of the cells of a phase space (now, half a second before) that the signal goes through (Amann 2007). */
  filling: number
  /** Part of the power that copies of its steepest stretch explain, and how many copies there are. */
  explained: number
  copies: number
  /** Mean second difference over 16 ms against the mean size: muscle and electrode noise is rougher than fibrillation. */
  roughness: number
  /** Part of the power below about 2 Hz. */
  slowPart: number
  /** Height of the weakest second over that of the strongest. */
  steadiness: number
  /** Highest autocorrelation after the first zero, and the lag of it: how regular, and how fast. */
  regularity: number
  periodMs: number
}

const SLOW_STEPS = Math.round(0.25 * WINDOW_HZ)
const DELAY_STEPS = Math.round(0.5 * WINDOW_HZ)
const SHORTEST_LAG = Math.round(0.13 * COARSE_HZ)
const LONGEST_LAG = Math.round(1.2 * COARSE_HZ)

/** The features of the window that ends at sample `end`; undefined where too much is missing or nothing is there. */
export function fibrillationFeatures(
  window: FibrillationWindow,
  ring: Ring,
  end: number,
  rateHz: number,
): FibrillationFeatures | undefined {
  if (!fillWindow(window, ring, end, rateHz)) return undefined
  const { values, slopes } = window
  const length = values.length
  let size = 0
  let square = 0
  let fourth = 0
  let slopeSum = 0
  let bends = 0
  for (let i = 0; i < length; i++) {
    const value = values[i] ?? 0
    const before = values[Math.max(0, i - 2)] ?? 0
    const slope = Math.abs(value - before)
    slopes[i] = slope
    size += Math.abs(value)
    square += value * value
    fourth += value * value * value * value
    slopeSum += slope
    if (i >= 4) bends += Math.abs(value - 2 * before + (values[i - 4] ?? 0))
  }
  if (size / length < 1e-4 || slopeSum === 0) return undefined
  // Mean period in steps: 2π · mean size / mean slope per step (the slope spans two steps).
  const period = (2 * Math.PI * size) / (slopeSum / 2)
  const variance = square / length
  let rest = 0
  const near = 0.3 * Math.sqrt(variance)
  for (let i = 0; i < length; i++) if (Math.abs(values[i] ?? 0) < near) rest += 1
  const steep = percentile(window, slopes, 0.95)
  const amplitudeMv = percentile(window, values, 0.98) - percentile(window, values, 0.02)
  const { explained, copies } = repetitionOf(window)
  const { regularity, lag } = autocorrelate(window.coarse)
  return {
    leakage: leakageOf(values, Math.max(1, Math.round(period / 2))),
    evenness: steep > 0 ? slopeSum / length / steep : 0,
    kurtosis: fourth / length / (variance * variance),
    frequencyHz: WINDOW_HZ / period,
    amplitudeMv,
    waveMv: waveOf(window.coarse),
    restPart: rest / length,
    filling: fillingOf(window),
    explained,
    copies,
    roughness: bends / size,
    slowPart: slowPartOf(values) / square,
    steadiness: steadinessOf(values),
    regularity,
    periodMs: (1000 * lag) / COARSE_HZ,
  }
}

function leakageOf(values: Float64Array, lag: number): number {
  let left = 0
  let whole = 0
  for (let i = lag; i < values.length; i++) {
    const now = values[i] ?? 0
    const then = values[i - lag] ?? 0
    left += Math.abs(now + then)
    whole += Math.abs(now) + Math.abs(then)
  }
  return whole > 0 ? left / whole : 1
}

function lowest(values: Float64Array, from: number, to: number): number {
  let low = Infinity
  for (let i = from; i < to; i++) if ((values[i] ?? 0) < low) low = values[i] ?? 0
  return low
}

function highest(values: Float64Array, from: number, to: number): number {
  let high = -Infinity
  for (let i = from; i < to; i++) if ((values[i] ?? 0) > high) high = values[i] ?? 0
  return high
}

/** Of a list of values, by a histogram: within a part in 256 of their span. */
function percentile({ bins }: FibrillationWindow, values: Float64Array, part: number): number {
  const low = lowest(values, 0, values.length)
  const high = highest(values, 0, values.length)
  if (!(high > low)) return low
  const perBin = (BINS - 1e-9) / (high - low)
  bins.fill(0)
  for (let i = 0; i < values.length; i++) {
    const bin = Math.floor(((values[i] ?? 0) - low) * perBin)
    bins[bin] = (bins[bin] ?? 0) + 1
  }
  const wanted = part * values.length
  let sum = 0
  for (let bin = 0; bin < BINS; bin++) {
    sum += bins[bin] ?? 0
    if (sum >= wanted) return low + (bin + 0.5) / perBin
  }
  return high
}

function fillingOf({ values, cells }: FibrillationWindow): number {
  const low = lowest(values, 0, values.length)
  const high = highest(values, 0, values.length)
  const perCell = (CELLS - 1e-9) / (high - low)
  cells.fill(0)
  let filled = 0
  for (let i = DELAY_STEPS; i < values.length; i++) {
    const x = Math.floor(((values[i] ?? 0) - low) * perCell)
    const y = Math.floor(((values[i - DELAY_STEPS] ?? 0) - low) * perCell)
    const cell = x * CELLS + y
    if (cells[cell] === 0) {
      cells[cell] = 1
      filled += 1
    }
  }
  return filled / cells.length
}

/** Summed squares of a mean over a quarter of a second. */
function slowPartOf(values: Float64Array): number {
  let sum = 0
  let squares = 0
  for (let i = 0; i < values.length; i++) {
    sum += (values[i] ?? 0) - (values[i - SLOW_STEPS] ?? 0)
    squares += (sum / SLOW_STEPS) * (sum / SLOW_STEPS)
  }
  return squares
}

/** A few coarse steps against the quarter of a second around them. */
function waveOf(coarse: Float64Array): number {
  const half = Math.round(0.125 * COARSE_HZ)
  let sum = 0
  for (let i = 0; i <= 2 * half; i++) sum += coarse[i] ?? 0
  let squares = 0
  let count = 0
  for (let i = half; i + half + 1 < coarse.length; i++) {
    const wave = ((coarse[i - 1] ?? 0) + 2 * (coarse[i] ?? 0) + (coarse[i + 1] ?? 0)) / 4 - sum / (2 * half + 1)
    squares += wave * wave
    count += 1
    sum += (coarse[i + half + 1] ?? 0) - (coarse[i - half] ?? 0)
  }
  return Math.sqrt((8 * squares) / count)
}

function steadinessOf(values: Float64Array): number {
  let weakest = Infinity
  let strongest = 0
  for (let from = 0; from + WINDOW_HZ <= values.length; from += WINDOW_HZ) {
    const height = highest(values, from, from + WINDOW_HZ) - lowest(values, from, from + WINDOW_HZ)
    weakest = Math.min(weakest, height)
    strongest = Math.max(strongest, height)
  }
  return strongest > 0 ? weakest / strongest : 0
}

/** The first high peak of the autocorrelation beyond its first zero. */
function autocorrelate(values: Float64Array): { regularity: number; lag: number } {
  const best = { regularity: 0, lag: LONGEST_LAG }
  let beyondZero = false
  let last = 1
  let rising = false
  for (let lag = 1; lag <= LONGEST_LAG; lag++) {
    let product = 0
    let before = 0
    let after = 0
    for (let i = lag; i < values.length; i++) {
      const now = values[i] ?? 0
      const then = values[i - lag] ?? 0
      product += now * then
      after += now * now
      before += then * then
    }
    const value = product / Math.sqrt(Math.max(1e-12, before * after))
    if (value <= 0) beyondZero = true
    // A later peak must be clearly higher: that at twice the period is as high as that at the period.
    if (beyondZero && lag > SHORTEST_LAG && rising && value < last && last > best.regularity / 0.85) {
      best.regularity = last
      best.lag = lag - 1
    }
    rising = value > last
    last = value
  }
  return best
}
