/** Weights of a quiet and of a noisy lead; bias first. */
export const WEIGHTS = {
  quiet: [-2.08, 0.16, -0.18, 1.0, 1.09, 0.56, 1.66, -1.42, 1.91, 0.68, -1.15, -0.87, -0.65, -1.82],
  noisy: [-3.57, 0.54, 0.94, 0.91, 0.76, 0.73, 1.54, -1.94, 3.41, -0.5, -1.31, 0.08, -1.34, -2.74],
}

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
  const quiet = noisiness < 1 ? sumOf(WEIGHTS.quiet, features) : 0
  const noisy = noisiness > 0 ? sumOf(WEIGHTS.noisy, features) : 0
  const tooLow = Math.max(0, VERY_LOW - (features[0] ?? 0))
  return (1 - noisiness) * quiet + noisiness * noisy - VERY_LOW_WEIGHT * tooLow
}
