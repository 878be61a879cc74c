import { ALARM_RULES } from '../priorities.ts'
import type { Moment } from '../types.ts'
import { clockTime } from '../words.ts'
import type { FindingBook } from './finding-book.ts'
import type { StState } from './st-tracker.ts'

/** A measurement or two that point the other way may be noise. */
const TURNED_FOR_MS = 10_000
/** What has stayed so for so long is how this lead is now. */
const USUAL_AFTER_MS = 10 * 60_000

/**
 * States `signal-quality` of a lead whose complex points the other way: two electrodes have probably changed places. Over when it turns
 * back, or when it has stayed.
 */
export function watchTurned(st: StState, moment: Moment, book: FindingBook): void {
  const qualifier = `${st.device}-${st.signal}-turned`
  const onset = st.turnedMs
  if (onset === undefined || moment.timeMs - onset >= USUAL_AFTER_MS) {
    st.turnedMs = undefined
    book.end('signal-quality', qualifier, moment.timeMs, moment)
    return
  }
  if (moment.timeMs - onset < TURNED_FOR_MS) return
  book.raise(
    {
      type: 'signal-quality',
      qualifier,
      onset,
      device: st.device,
      confidence: 0.8,
      quality: 1,
      priority: ALARM_RULES['signal-quality'].priority,
      message: `Lead ${st.lead} turned over at ${clockTime(onset)} UTC: electrodes may be swapped; check them`,
      evidence: { signal: st.signal, reason: 'turned-over' },
    },
    moment,
  )
}
