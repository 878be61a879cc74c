import { at, type Ring } from '../signal/ring.ts'

/** Where the atria are looked for: from before the P wave to before the QRS complex, relative to the R peak. */
const FROM_MS = -280
const STEP_MS = 10
const POINTS = 23
const BEATS = 24
/** Fewer beats say nothing. */
const LEAST_BEATS = 6
const LEAST_SIZE_MV = 1e-4

/**
 * What stands before the QRS complexes of the last beats, each freed of its mean and slope and brought to length 1. A P wave comes
 * at the same place with the same shape before each; fibrillation waves have no place in the beat, so that they cancel out.
 */
export interface PWaves {
  readonly shapes: Float32Array
  count: number
  next: number
  readonly point: Float64Array
}

export function createPWaves(): PWaves {
  return { shapes: new Float32Array(BEATS * POINTS), count: 0, next: 0, point: new Float64Array(POINTS) }
}

/** Takes in what stands before the R peak at `index`; a beat with samples missing there is left out. */
export function pushPWave(state: PWaves, ring: Ring, index: number, rateHz: number): void {
  const { point, shapes } = state
  const half = Math.max(1, Math.floor((STEP_MS * rateHz) / 2000))
  let mean = 0
  let slope = 0
  for (let i = 0; i < POINTS; i++) {
    const centre = Math.round(index + ((FROM_MS + i * STEP_MS) / 1000) * rateHz)
    let sum = 0
    for (let k = centre - half; k <= centre + half; k++) sum += at(ring, k)
    const value = sum / (2 * half + 1)
    point[i] = value
    mean += value / POINTS
    slope += value * (i - (POINTS - 1) / 2)
  }
  if (Number.isNaN(mean)) return
  slope /= (POINTS * (POINTS * POINTS - 1)) / 12
  let squares = 0
  for (let i = 0; i < POINTS; i++) {
    const value = (point[i] ?? 0) - mean - slope * (i - (POINTS - 1) / 2)
    point[i] = value
    squares += value * value
  }
  const size = Math.sqrt(squares)
  if (size < LEAST_SIZE_MV) return
  const offset = state.next * POINTS
  for (let i = 0; i < POINTS; i++) shapes[offset + i] = (point[i] ?? 0) / size
  state.next = (state.next + 1) % BEATS
  state.count = Math.min(BEATS, state.count + 1)
}

/**
 * Mean correlation of what stands before the complexes of the last 24 beats, each beat with each other: about 0 in fibrillation,
 * towards 1 with a P wave. NaN where there are too few beats.
 */
export function coherenceOf({ shapes, count, point }: PWaves): number {
  if (count < LEAST_BEATS) return NaN
  point.fill(0)
  for (let beat = 0; beat < count; beat++)
    for (let i = 0; i < POINTS; i++) point[i] = (point[i] ?? 0) + (shapes[beat * POINTS + i] ?? 0)
  let squares = 0
  for (let i = 0; i < POINTS; i++) squares += (point[i] ?? 0) ** 2
  return (squares - count) / (count * (count - 1))
}
