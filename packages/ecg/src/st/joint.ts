import type { StOutput } from '../types.ts'
import { POINTS, STEP_MS } from './average-beat.ts'
import { addSlopes, qrsEdges } from './delineation.ts'
import { measureAt } from './measure.ts'
import { WIDEST_MS } from './st-segment.ts'

/** Marks of one beat in two leads lie within. */
const SAME_BEAT_MS = 120
const MIN_COMMON_BEATS = 3
/** A lead whose level is uncertain by so much weighs half. */
const HALF_WEIGHT_ERROR_MV = 0.015

/** How much later than in the one lead the mark lies in the other: the median over the beats that both have. NaN: too few. */
function lagOf(from: readonly number[], to: readonly number[]): number {
  const lags: number[] = []
  let next = 0
  for (const timeMs of from) {
    while (next < to.length && (to[next] ?? 0) < timeMs - SAME_BEAT_MS) next += 1
    const other = to[next]
    if (other !== undefined && other - timeMs <= SAME_BEAT_MS) lags.push(other - timeMs)
  }
  if (lags.length < MIN_COMMON_BEATS) return NaN
  lags.sort((a, b) => a - b)
  return lags[lags.length >> 1] ?? NaN
}

/**
 * What leads of one device, measured at the same time, measure with the onset and the end of QRS that all of them show: the complex begins
 * where it begins in any lead and ends where it ends in the last (as 12-lead analysis has it; Kligfield 2007, doi 10.1016/j.jacc.2007.01.024).
 * A lead that shares too few beats with the others keeps what it measured itself.
 */
export function measureJointly(outputs: readonly StOutput[]): StOutput[] {
  const reference = outputs.reduce<StOutput | undefined>(
    (best, output) =>
      best === undefined || output.average.beatsMs.length > best.average.beatsMs.length ? output : best,
    undefined,
  )
  if (reference === undefined || outputs.length < 2) return [...outputs]
  const lags = outputs.map(({ average }) => lagOf(reference.average.beatsMs, average.beatsMs))
  const slopes = new Float64Array(POINTS)
  let weights = 0
  let noise = 0
  for (const [i, { average, errorMv }] of outputs.entries()) {
    const lagMs = lags[i] ?? NaN
    if (Number.isNaN(lagMs) || Number.isNaN(errorMv)) continue
    const weight = 1 / (1 + (errorMv / HALF_WEIGHT_ERROR_MV) ** 2)
    noise += addSlopes(average.valuesMv, average.noiseMv, -Math.round(lagMs / STEP_MS), weight, slopes)
    weights += weight
  }
  if (weights === 0) return [...outputs]
  for (let p = 0; p < POINTS; p++) slopes[p] = Math.sqrt((slopes[p] ?? 0) / weights)
  const edges = qrsEdges(slopes, Math.sqrt(noise / weights))
  const clear = edges.clear && edges.jMs - edges.onsetMs <= WIDEST_MS
  return outputs.map((output, i) => {
    const lagMs = lags[i] ?? NaN
    if (Number.isNaN(lagMs)) return output
    const { average } = output
    const onsetMs = edges.onsetMs - lagMs
    const jMs = edges.jMs - lagMs
    return {
      ...output,
      ...measureAt(average.valuesMv, onsetMs, jMs, average.heartRate),
      clear,
      uncertain: !average.steady || !clear,
      average: { ...average, onsetMs, jMs },
    }
  })
}
