import type { BeatClass } from '@pulsewire/contracts'

/** A beat as the analyser's parts see it. `rrMs` is NaN where the interval before it is not known. */
export interface Beat {
  /** Sample number of the R peak. */
  index: number
  timeMs: number
  rrMs: number
  beatClass: BeatClass
  /** Correlation with the normal beat. */
  likeness: number
  /** Correlation of its slopes with those of the normal beat: that of the complex, whatever became of the ST segment. */
  slopeLikeness: number
  widthMs: number
  /** Width of the patient's normal beat. */
  normalWidthMs: number
  /** Which of the shapes on file it has; -1 = none. */
  family: number
  /** A pacing pulse stood before it. */
  paced: boolean
  onset: number
  offset: number
}
