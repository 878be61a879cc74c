import type { FibrillationFeatures } from './fibrillation.ts'
import { FIBRILLATION_WEIGHTS } from './fibrillation-weights.ts'

/** Copies of one shape in a window of 4 s from which on (150 /min) their being alike does not speak against fibrillation: flutter is like that. */
const FAST_COPIES = 10

/**
 * What the regression looks at, by name. With the sign that physiology lets expect: fibrillation (+) is steep all the time, goes through
 * all of the phase space, is large against noise; (−) rest at the baseline, roughness (muscle), slowness (movement, agonal beats), one
 * shape that comes again below 150 /min.
 */
export const FIBRILLATION_FEATURES = [
  'evenness',
  'logAmplitude',
  'restPart',
  'filling',
  'logRoughness',
  'slowPart',
  'logSteadiness',
  'organisation',
] as const

/** The values of `FIBRILLATION_FEATURES`, in order. */
export function fibrillationVector(features: FibrillationFeatures): number[] {
  const { evenness, amplitudeMv, restPart, filling, explained, copies, roughness, slowPart, steadiness } = features
  return [
    evenness,
    Math.log(amplitudeMv + 1e-3),
    restPart,
    filling,
    Math.log(roughness + 1e-3),
    slowPart,
    Math.log(steadiness + 1e-3),
    (explained * explained * Math.max(0, FAST_COPIES - copies)) / FAST_COPIES,
  ]
}

/** How likely a window is one of ventricular fibrillation or flutter: logistic regression, fitted by `npm run fit -- ventricular-fibrillation`. */
export function fibrillationProbability(features: FibrillationFeatures): number {
  const { intercept, weights } = FIBRILLATION_WEIGHTS
  const values = fibrillationVector(features)
  let score = intercept
  for (let i = 0; i < values.length; i++) score += (weights[i] ?? 0) * (values[i] ?? 0)
  return 1 / (1 + Math.exp(-score))
}
