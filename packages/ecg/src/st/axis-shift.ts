import { POINTS, pointAt, type CutBeat } from './average-beat.ts'

/** Beats on each side of the step. */
const SIDE = 3
/** The complex changes by this part of its size (root of the mean square). */
const LEAST_CHANGE = 0.15
/** A beat is as before or as after; at most one is between. */
const BEFORE = 0.3
const AFTER = 0.7
/** Only the first part of the complex is looked at: an injury bends its end. */
const PART_OF_QRS = 0.65

const scratch = new Float64Array(POINTS)

/**
 * The first beat after which the complex is another one from one beat to the next, and stays so: the heart's axis turned (posture), an
 * electrode was moved. Such a step takes the ST segment along, and is no ischaemia, which comes over many beats (axis shift of the European
 * and the Long-Term ST-T databases; Jager 2003, doi 10.1007/BF02344885). `onsetMs` and `jMs` of the average so far. -1: there is none.
 */
export function axisShiftIn(beats: readonly CutBeat[], onsetMs: number, jMs: number): number {
  const count = beats.length
  const from = pointAt(onsetMs)
  const to = pointAt(onsetMs + PART_OF_QRS * (jMs - onsetMs))
  if (count < 2 * SIDE || !(to > from)) return -1
  let change = 0
  let size = 0
  for (let p = from; p <= to; p++) {
    let before = 0
    let after = 0
    for (let b = 0; b < SIDE; b++) {
      before += (beats[b]?.values[p] ?? 0) / SIDE
      after += (beats[count - 1 - b]?.values[p] ?? 0) / SIDE
    }
    scratch[p] = after - before
    change += (after - before) ** 2
    size += before * before
  }
  if (change < LEAST_CHANGE * LEAST_CHANGE * size) return -1
  let first = -1
  let between = 0
  for (let b = 0; b < count; b++) {
    const part = alongChange(beats, b, change, from, to)
    if (part >= AFTER) {
      if (first < 0) first = b
    } else if (first >= 0 || (part > BEFORE && ++between > 1)) return -1
  }
  return first >= SIDE && count - first >= SIDE ? first : -1
}

/** Where a beat lies on the way from the first beats (0) to the last ones (1). */
function alongChange(beats: readonly CutBeat[], index: number, change: number, from: number, to: number): number {
  const values = beats[index]?.values
  if (values === undefined) return NaN
  let product = 0
  for (let p = from; p <= to; p++) {
    const before = ((beats[0]?.values[p] ?? 0) + (beats[1]?.values[p] ?? 0) + (beats[2]?.values[p] ?? 0)) / SIDE
    product += ((values[p] ?? 0) - before) * (scratch[p] ?? 0)
  }
  return product / change
}
