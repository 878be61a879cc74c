import { at, type Ring } from '../signal/ring.ts'

/** What stands before a QRS complex is read on this grid, ms from its R peak. */
export const BEFORE_FROM_MS = -500
const BEFORE_TO_MS = -20
export const BEFORE_STEP_MS = 10
export const BEFORE_POINTS = (BEFORE_TO_MS - BEFORE_FROM_MS) / BEFORE_STEP_MS + 1

/** Place on the grid of a time before the R peak. */
export function pointBefore(ms: number): number {
  return Math.round((ms - BEFORE_FROM_MS) / BEFORE_STEP_MS)
}

/** The signal around sample `index` and a time from it, as the mean of 10 ms; NaN where a sample is missing. */
export function smoothedAt(ring: Ring, index: number, ms: number, rateHz: number): number {
  const half = Math.max(1, Math.floor((BEFORE_STEP_MS * rateHz) / 2000))
  const centre = Math.round(index + (ms / 1000) * rateHz)
  let sum = 0
  for (let i = centre - half; i <= centre + half; i++) sum += at(ring, i)
  return sum / (2 * half + 1)
}

/** Reads what stands before the R peak at `index` into `into` (`BEFORE_POINTS` long). */
export function readBefore(ring: Ring, index: number, rateHz: number, into: Float64Array): void {
  const { values, next } = ring
  const half = Math.max(1, Math.floor((BEFORE_STEP_MS * rateHz) / 2000))
  const scale = 1 / (2 * half + 1)
  const mask = values.length - 1
  const first = Math.round(index + (BEFORE_FROM_MS / 1000) * rateHz) - half
  if (first < 0 || first < next - values.length) {
    for (let p = 0; p < BEFORE_POINTS; p++)
      into[p] = smoothedAt(ring, index, BEFORE_FROM_MS + p * BEFORE_STEP_MS, rateHz)
    return
  }
  for (let p = 0; p < BEFORE_POINTS; p++) {
    const centre = Math.round(index + ((BEFORE_FROM_MS + p * BEFORE_STEP_MS) / 1000) * rateHz)
    let sum = 0
    for (let i = centre - half; i <= centre + half; i++) sum += values[i & mask] ?? NaN
    into[p] = sum * scale
  }
}
