import { at, type Ring } from '../signal/ring.ts'

/** Steps per second of the window; half of that for what compares stretches with each other. */
export const WINDOW_HZ = 125
export const COARSE_HZ = WINDOW_HZ / 2

/** The last seconds of a lead at 125 Hz without wander, and work space, so that nothing is allocated for each window. */
export interface FibrillationWindow {
  /** Samples without what is slower than about 1 Hz, mV. */
  readonly values: Float64Array
  readonly slopes: Float64Array
  /** The same at half the rate. */
  readonly coarse: Float64Array
  /** Work space of `repetition.ts`. */
  readonly match: Float64Array
  readonly bins: Int32Array
  readonly cells: Uint8Array
}

export const BINS = 256
/** Phase space is parted into so many cells a side. */
export const CELLS = 40

export function createFibrillationWindow(seconds: number): FibrillationWindow {
  const length = 2 * Math.round(seconds * COARSE_HZ)
  return {
    values: new Float64Array(length),
    slopes: new Float64Array(length),
    coarse: new Float64Array(length / 2),
    match: new Float64Array(length / 2),
    bins: new Int32Array(BINS),
    cells: new Uint8Array(CELLS * CELLS),
  }
}

/** Fills the window with the samples up to `end`. False: a tenth or more is missing. */
export function fillWindow(window: FibrillationWindow, ring: Ring, end: number, rateHz: number): boolean {
  const { values, coarse } = window
  const step = rateHz / WINDOW_HZ
  const half = Math.max(1, Math.round(step / 2))
  let missing = 0
  let last = 0
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
    else last = sum / count
    values[i] = last
  }
  if (missing >= values.length / 10) return false
  removeWander(window)
  for (let i = 0; i < coarse.length; i++) coarse[i] = ((values[2 * i] ?? 0) + (values[2 * i + 1] ?? 0)) / 2
  return true
}

/** Subtracts a mean over one second, in place. */
function removeWander({ values, slopes }: FibrillationWindow): void {
  const half = Math.round(WINDOW_HZ / 2)
  let sum = 0
  let count = 0
  for (let i = 0; i < half; i++) {
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
