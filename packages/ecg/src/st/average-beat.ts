import type { Beat } from '../beats/beat.ts'
import { at, type Ring } from '../signal/ring.ts'
import { wanderAt, type LevelPoint } from './wander.ts'

/** Beats are cut on this grid around their R peak. */
export const STEP_MS = 4
export const FROM_MS = -280
const TO_MS = 480
export const POINTS = (TO_MS - FROM_MS) / STEP_MS + 1
/** Position of a time (relative to the R peak) on the grid. */
export const pointAt = (ms: number): number => Math.round((ms - FROM_MS) / STEP_MS)

/** A beat of the normal kind, its wander removed. */
export interface CutBeat {
  timeMs: number
  values: Float32Array
}

/** How far a beat may be moved so that its complex lies on the others'. */
const MAX_SHIFT = 5
const ALIGN_FROM = pointAt(-60)
const ALIGN_TO = pointAt(80)
/** Slopes that agree less are no measure of where the complex lies. */
const MIN_AGREEMENT = 0.7
/** The wander is reckoned at every so-manieth point. */
const KNOT_POINTS = 8
/** Noise is estimated in the ST segment. */
const NOISE_FROM = pointAt(60)
const NOISE_TO = pointAt(260)
/** From here on one point of the grid takes the mean of the samples that belong to it. */
const DENSE_RATE_HZ = 450

/** The signal at a (fractional) sample number: straight between two samples, the mean around it where they are dense. */
function valueAt(ring: Ring, index: number, rateHz: number): number {
  if (rateHz >= DENSE_RATE_HZ) {
    const reach = Math.floor((STEP_MS / 2000) * rateHz)
    const centre = Math.round(index)
    let sum = 0
    for (let i = centre - reach; i <= centre + reach; i++) sum += at(ring, i)
    return sum / (2 * reach + 1)
  }
  const low = Math.floor(index)
  const part = index - low
  const { values } = ring
  if (low < Math.max(0, ring.next - values.length) || low + 1 >= ring.next) return part === 0 ? at(ring, low) : NaN
  const mask = values.length - 1
  return (values[low & mask] ?? NaN) * (1 - part) + (part === 0 ? 0 : (values[(low + 1) & mask] ?? NaN) * part)
}

/** Where the complex at `peak` fits the complexes before it best, in samples (fractional). */
function alignedPeak(reference: Float32Array, ring: Ring, peak: number, rateHz: number, scratch: Float32Array): number {
  const stepSamples = (STEP_MS / 1000) * rateHz
  for (let p = ALIGN_FROM - MAX_SHIFT - 1; p <= ALIGN_TO + MAX_SHIFT + 1; p++)
    scratch[p] = valueAt(ring, peak + (p + FROM_MS / STEP_MS) * stepSamples, rateHz)
  let best = -Infinity
  let bestShift = 0
  let left = 0
  let right = 0
  let before = NaN
  let squaresAtBest = 0
  let referenceSquares = 0
  for (let shift = -MAX_SHIFT; shift <= MAX_SHIFT; shift++) {
    let product = 0
    let squares = 0
    let own = 0
    for (let p = ALIGN_FROM; p <= ALIGN_TO; p++) {
      const slope = (scratch[p + shift + 1] ?? 0) - (scratch[p + shift - 1] ?? 0)
      const wanted = (reference[p + 1] ?? 0) - (reference[p - 1] ?? 0)
      product += slope * wanted
      squares += slope * slope
      own += wanted * wanted
    }
    if (product > best) {
      best = product
      bestShift = shift
      left = before
      right = NaN
      squaresAtBest = squares
      referenceSquares = own
    } else if (shift === bestShift + 1) right = product
    before = product
  }
  if (!(best >= MIN_AGREEMENT * Math.sqrt(squaresAtBest * referenceSquares))) return peak
  const bend = left - 2 * best + right
  const part = bend < 0 ? (0.5 * (left - right)) / bend : 0
  return peak + (bestShift + (Number.isNaN(part) ? 0 : part)) * stepSamples
}

/** Cuts a beat out onto the grid; false where samples are missing. `reference` = the average of those before it, or none. */
export function cutBeat(
  into: CutBeat,
  ring: Ring,
  levels: readonly LevelPoint[],
  beat: Beat,
  reference: Float32Array | undefined,
  rateHz: number,
): boolean {
  const { values } = into
  const peak = reference === undefined ? beat.index : alignedPeak(reference, ring, beat.index, rateHz, values)
  into.timeMs = beat.timeMs + ((peak - beat.index) / rateHz) * 1000
  const step = (STEP_MS / 1000) * rateHz
  const first = peak + (FROM_MS / 1000) * rateHz
  let wander = wanderAt(levels, first)
  for (let knot = 0; knot < POINTS; knot += KNOT_POINTS) {
    // What is slow enough to be wander is straight over 32 ms.
    const next = wanderAt(levels, first + (knot + KNOT_POINTS) * step)
    const rise = (next - wander) / KNOT_POINTS
    for (let i = 0; i < KNOT_POINTS && knot + i < POINTS; i++) {
      const value = valueAt(ring, first + (knot + i) * step, rateHz) - wander - i * rise
      if (Number.isNaN(value)) return false
      values[knot + i] = value
    }
    wander = next
  }
  return true
}

const lowest = new Float32Array(POINTS)
const highest = new Float32Array(POINTS)

/** The mean of the beats without the highest and the lowest value at each point (from four beats on). */
export function averageOf(beats: readonly CutBeat[], into: Float32Array): void {
  into.fill(0)
  lowest.fill(Infinity)
  highest.fill(-Infinity)
  for (const { values } of beats) {
    for (let p = 0; p < POINTS; p++) {
      const value = values[p] ?? 0
      into[p] = (into[p] ?? 0) + value
      if (value < (lowest[p] ?? 0)) lowest[p] = value
      if (value > (highest[p] ?? 0)) highest[p] = value
    }
  }
  const trimmed = beats.length >= 4
  const count = trimmed ? beats.length - 2 : beats.length
  for (let p = 0; p < POINTS; p++)
    into[p] = ((into[p] ?? 0) - (trimmed ? (lowest[p] ?? 0) + (highest[p] ?? 0) : 0)) / count
}

const difference = new Float32Array(POINTS)

/**
 * What noise is left in the average: root of the mean square, mV, of half the difference between the averages of every other beat and of the
 * rest, away from the complex, point to point (so that what is slow does not count).
 */
export function averageNoise(beats: readonly CutBeat[]): number {
  const count = beats.length
  if (count < 2) return NaN
  const half = count >> 1
  difference.fill(0, NOISE_FROM, NOISE_TO + 1)
  for (let b = 0; b < 2 * half; b++) {
    const values = beats[b]?.values
    if (values === undefined) continue
    const sign = b % 2 === 0 ? 1 : -1
    for (let p = NOISE_FROM; p <= NOISE_TO; p++) difference[p] = (difference[p] ?? 0) + sign * (values[p] ?? 0)
  }
  let squares = 0
  for (let p = NOISE_FROM + 1; p <= NOISE_TO; p++) squares += ((difference[p] ?? 0) - (difference[p - 1] ?? 0)) ** 2
  // Neighbours differ by √2 of what one of them has; the halves have twice the mean square of the whole.
  return Math.sqrt(squares / (NOISE_TO - NOISE_FROM) / 2) / (2 * half)
}

export function meanBetween(values: Float32Array, from: number, to: number): number {
  const first = Math.max(0, from)
  const last = Math.min(values.length - 1, to)
  let sum = 0
  for (let p = first; p <= last; p++) sum += values[p] ?? 0
  return sum / (last - first + 1)
}
