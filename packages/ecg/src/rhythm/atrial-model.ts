import type { Irregularity } from './interval-window.ts'
import { ATRIAL_WEIGHTS } from './atrial-weights.ts'

/** What the model weighs, in the order of its weights. */
export const ATRIAL_FEATURES = ['jump', 'crowd', 'turns', 'pace', 'pWave'] as const
/** Stands in for the P wave where it cannot be judged: neither for nor against. */
const UNKNOWN_P_WAVE = 0.35
const USUAL_INTERVAL_MS = 800

/** Fills `into` with the features of a window (see `ATRIAL_FEATURES`). */
export function atrialFeatures(irregularity: Irregularity, coherence: number, into: Float64Array): void {
  into[0] = irregularity.jump
  into[1] = irregularity.crowd
  into[2] = irregularity.turns
  into[3] = Math.log(irregularity.meanMs / USUAL_INTERVAL_MS)
  into[4] = Number.isNaN(coherence) ? UNKNOWN_P_WAVE : coherence
}

/**
 * How likely the atria fibrillate, 0 to 1: a logistic regression on five features. Fitted by `npm run fit -- atrial-fibrillation`, where
 * fibrillation and the rest weigh the same.
 */
export function atrialProbability(features: Float64Array): number {
  const { intercept, weights } = ATRIAL_WEIGHTS
  let score = intercept
  for (let i = 0; i < weights.length; i++) score += (weights[i] ?? 0) * (features[i] ?? 0)
  return 1 / (1 + Math.exp(-score))
}
