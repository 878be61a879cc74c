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
  widthMs: number
  onset: number
  offset: number
}
