import { createRing, put } from '../signal/ring.ts'
import { fibrillationVector } from './fibrillation-model.ts'
import { WINDOW_SECONDS } from './fibrillation-rhythm.ts'
import { createFibrillationWindow } from './fibrillation-window.ts'
import { fibrillationFeatures } from './fibrillation.ts'

/** What the regression for fibrillation sees of a whole recording, every so many seconds: for fitting its weights. */
export function probeFibrillation(
  samplesMv: Float64Array,
  rateHz: number,
  everyS: number,
): { readonly fromS: number; readonly toS: number; readonly values: number[] }[] {
  const window = createFibrillationWindow(WINDOW_SECONDS)
  const ring = createRing(2 * WINDOW_SECONDS * rateHz)
  const found = []
  let next = 0
  for (let toS = WINDOW_SECONDS; toS * rateHz <= samplesMv.length; toS += everyS) {
    for (const end = Math.floor(toS * rateHz); next < end; next++) put(ring, samplesMv[next] ?? NaN)
    const features = fibrillationFeatures(window, ring, next - 1, rateHz)
    if (features !== undefined) found.push({ fromS: toS - WINDOW_SECONDS, toS, values: fibrillationVector(features) })
  }
  return found
}
