import { QRS_WEIGHTS } from './qrs-weights.ts'

function sumOf(weights: readonly number[], features: readonly number[]): number {
  let sum = weights[0] ?? 0
  for (let i = 0; i < features.length; i++) sum += (weights[i + 1] ?? 0) * (features[i] ?? 0)
  return sum
}

/** What is lower than this (log2 of the usual complex: 0.18 of it) may be a P wave that nothing follows, whatever it looks like. */
const VERY_LOW = -2.5
/** What each halving below it takes from the odds. Set by hand: in the records at hand hardly a P wave stands alone. */
const VERY_LOW_WEIGHT = 6

/** Log odds of a candidate by itself, between those of a quiet and of a noisy lead. */
export function oddsOf(features: readonly number[], noisiness: number): number {
  const quiet = noisiness < 1 ? sumOf(QRS_WEIGHTS.quiet, features) : 0
  const noisy = noisiness > 0 ? sumOf(QRS_WEIGHTS.noisy, features) : 0
  const tooLow = Math.max(0, VERY_LOW - (features[0] ?? 0))
  return (1 - noisiness) * quiet + noisiness * noisy - VERY_LOW_WEIGHT * tooLow
}
