import { hold, isOpen, release, type EpisodeBook } from './episodes.ts'
import type { FibrillationFeatures } from './fibrillation.ts'
import type { EcgOutput } from './types.ts'

/** How long the signal has looked like ventricular fibrillation, or not. */
export interface FibrillationState {
  likely: number
  unlikely: number
  firstMs: number
  probability: number
}

export const WINDOW_SECONDS = 4
const ONSET_PROBABILITY = 0.7
const END_PROBABILITY = 0.4
/** Looks in a row (one a second). */
const ONSET_LOOKS = 3
const END_LOOKS = 3
const MIN_AMPLITUDE_MV = 0.2

export function createFibrillationState(): FibrillationState {
  return { likely: 0, unlikely: 0, firstMs: NaN, probability: 0 }
}

/**
 * Logistic regression on windows of 4 s, fitted on the odd-numbered records of vfdb, cudb and mitdb (in the order of their names);
 * figures on the others: see the package's evaluation.
 */
export function fibrillationProbability(features: FibrillationFeatures): number {
  const { leakage, evenness, kurtosis, frequencyHz, amplitudeMv, restPart } = features
  const score =
    0.845 -
    13.782 * leakage +
    26.938 * evenness -
    3.356 * Math.log(kurtosis) +
    2.911 * Math.log(frequencyHz) +
    1.942 * Math.log(amplitudeMv + 1e-3) -
    4.729 * restPart
  return 1 / (1 + Math.exp(-score))
}

/** Once a second; `features` is undefined where the signal cannot be judged. */
export function fibrillationOnSecond(
  state: FibrillationState,
  book: EpisodeBook,
  features: FibrillationFeatures | undefined,
  nowMs: number,
  out: EcgOutput[],
): void {
  const probability =
    features === undefined || features.amplitudeMv < MIN_AMPLITUDE_MV ? 0 : fibrillationProbability(features)
  state.probability = probability
  if (probability >= ONSET_PROBABILITY) {
    if (state.likely === 0) state.firstMs = nowMs - WINDOW_SECONDS * 1000
    state.likely += 1
    state.unlikely = 0
  } else {
    state.likely = 0
    state.unlikely = probability < END_PROBABILITY ? state.unlikely + 1 : 0
  }
  const type = 'ventricular-fibrillation'
  if (state.likely >= ONSET_LOOKS && features !== undefined)
    hold(
      book,
      type,
      state.firstMs,
      { timeMs: nowMs, confidence: Math.min(0.95, probability), evidence: said(features) },
      out,
    )
  else if (isOpen(book, type) && state.unlikely >= END_LOOKS) release(book, type, nowMs - END_LOOKS * 1000, nowMs, out)
}

function said(features: FibrillationFeatures): Record<string, number> {
  const rounded = (value: number): number => Math.round(1000 * value) / 1000
  return {
    frequencyHz: rounded(features.frequencyHz),
    amplitudeMv: rounded(features.amplitudeMv),
    leakage: rounded(features.leakage),
    evenness: rounded(features.evenness),
  }
}
