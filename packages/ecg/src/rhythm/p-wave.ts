import { BEFORE_STEP_MS, pointBefore } from './before-beat.ts'

/** Where the atria are looked for: from before the P wave to before the QRS complex, relative to the R peak. */
const FIRST = pointBefore(-280)
const POINTS = 220 / BEFORE_STEP_MS + 1
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
  /** Of all shapes. */
  readonly sum: Float64Array
}

export function createPWaves(): PWaves {
  return {
    shapes: new Float32Array(BEATS * POINTS),
    count: 0,
    next: 0,
    point: new Float64Array(POINTS),
    sum: new Float64Array(POINTS),
  }
}

/** Takes in what stands before a beat (see `readBefore`); where samples are missing there it is left out. */
export function pushPWave(state: PWaves, before: Float64Array): void {
  const { point, shapes, sum } = state
  let mean = 0
  let slope = 0
  for (let i = 0; i < POINTS; i++) {
    const value = before[FIRST + i] ?? NaN
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
  for (let i = 0; i < POINTS; i++) {
    const old = state.count === BEATS ? (shapes[offset + i] ?? 0) : 0
    shapes[offset + i] = (point[i] ?? 0) / size
    sum[i] = (sum[i] ?? 0) + (shapes[offset + i] ?? 0) - old
  }
  state.next = (state.next + 1) % BEATS
  state.count = Math.min(BEATS, state.count + 1)
  if (state.next === 0) sumAnew(state)
}

/** Once a round, so that rounding errors cannot grow. */
function sumAnew({ shapes, sum }: PWaves): void {
  sum.fill(0)
  for (let at = 0; at < BEATS * POINTS; at++) sum[at % POINTS] = (sum[at % POINTS] ?? 0) + (shapes[at] ?? 0)
}

/** Forgets all beats. */
export function clearPWaves(state: PWaves): void {
  state.count = 0
  state.next = 0
  state.sum.fill(0)
}

/**
 * Mean correlation of what stands before the complexes of the last 24 beats, each beat with each other: about 0 in fibrillation,
 * towards 1 with a P wave. NaN where there are too few beats.
 */
export function coherenceOf({ count, sum }: PWaves): number {
  if (count < LEAST_BEATS) return NaN
  let squares = 0
  for (let i = 0; i < POINTS; i++) {
    const value = sum[i] ?? 0
    squares += value * value
  }
  return (squares - count) / (count * (count - 1))
}
