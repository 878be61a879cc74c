import type { Confusion } from './spans.ts'
import { proportion, share, type Estimate } from './statistics.ts'

export interface AlarmScore {
  readonly truePositiveRate: Estimate
  readonly trueNegativeRate: Estimate
  /** (TP + TN) / (TP + TN + FP + 5 FN) */
  readonly score: number
  readonly confusion: Confusion
}

/** The score of the PhysioNet/CinC challenge 2015: a true alarm that is suppressed counts five times. */
export function challenge2015Score(confusion: Confusion): AlarmScore {
  const { tp, fp, fn, tn } = confusion
  return {
    truePositiveRate: proportion(tp, tp + fn),
    trueNegativeRate: proportion(tn, tn + fp),
    score: share(tp + tn, tp + tn + fp + 5 * fn),
    confusion,
  }
}

/** The harmonic mean of sensitivity and positive predictivity. */
export function f1({ tp, fp, fn }: Pick<Confusion, 'tp' | 'fp' | 'fn'>): number {
  return share(2 * tp, 2 * tp + fp + fn)
}
