import { ALARM_RULES } from '../priorities.ts'
import type { Moment } from '../types.ts'
import { clockTime, rounded } from '../words.ts'
import type { FindingBook } from './finding-book.ts'
import { isCurrent, isOff, isUsable, type ElectrodesOff, type LeadView } from './lead-view.ts'
import { hasMoved, type PostureState } from './posture.ts'

/** A bad signal that lasts is a technical alarm; a short one is movement. */
const BAD_FOR_MS = 20_000
const OFF_FOR_MS = 10_000
const GOOD_FOR_MS = 2_000
/** Holes in so many of the last seconds leave too little to watch a rhythm by; an alarm about them ends where there are far fewer. */
const HOLED_PART = 0.25
const WHOLE_PART = 0.1
/** A device that goes on sending, but not this signal any more, for so long and two of its blocks. */
const STOPPED_FOR_MS = 15_000
/** Movement of so long ago explains noise of now. */
const MOVES_MS = 3_000

/**
 * States `lead-off` and `signal-quality` of one lead, from its signal, from what the device says of its electrodes, and from its accelerometer
 * where it has one.
 */
export function watchSignal(
  view: LeadView,
  leads: readonly LeadView[],
  electrodesOff: ElectrodesOff,
  moment: Moment,
  book: FindingBook,
  posture?: PostureState,
): void {
  const now = moment.timeMs
  // Where nothing is left to watch the patient with, it is more than a nuisance.
  const blind = !leads.some((other) => isUsable(other, now, electrodesOff))
  const qualifier = `${view.device}-${view.signal}`
  const good = view.goodSinceMs !== undefined && now - view.goodSinceMs >= GOOD_FOR_MS
  const off = view.offSinceMs !== undefined && now - view.offSinceMs >= OFF_FOR_MS
  const told = isOff(view, electrodesOff)
  if (off && !told) {
    const onset = view.offSinceMs ?? now
    book.raise(
      {
        type: 'lead-off',
        qualifier,
        onset,
        device: view.device,
        confidence: 0.9,
        quality: 1,
        priority: blind ? 'medium' : ALARM_RULES['lead-off'].priority,
        message: `No signal from ECG lead ${view.lead} since ${clockTime(onset)} UTC: check the electrode`,
        evidence: { signal: view.signal, reasons: [...view.reasons], otherLeads: !blind },
      },
      moment,
    )
  } else if (good || told) {
    book.end('lead-off', qualifier, view.goodSinceMs ?? now, moment)
  }

  watchHoles(view, leads, moment, book, told || view.offSinceMs !== undefined)
  const bad = view.badSinceMs !== undefined && now - view.badSinceMs >= BAD_FOR_MS
  if (bad && view.offSinceMs === undefined && !told) {
    const onset = view.badSinceMs ?? now
    const moves = hasMoved(posture, now - MOVES_MS, now)
    book.raise(
      {
        type: 'signal-quality',
        qualifier,
        onset,
        device: view.device,
        confidence: 0.9,
        quality: view.quality,
        priority: blind ? 'medium' : ALARM_RULES['signal-quality'].priority,
        message: unreadable(view, onset, moves),
        evidence: {
          signal: view.signal,
          quality: rounded(view.quality, 2),
          reasons: [...view.reasons],
          ...(posture === undefined ? {} : { moves }),
          otherLeads: !blind,
        },
      },
      moment,
    )
  } else if (good || view.offSinceMs !== undefined || told) {
    book.end('signal-quality', qualifier, view.goodSinceMs ?? now, moment)
  }
}

/** Holes that come again and again, each too short to be called a lead off. */
function watchHoles(
  view: LeadView,
  leads: readonly LeadView[],
  moment: Moment,
  book: FindingBook,
  told: boolean,
): void {
  const qualifier = `${view.device}-${view.signal}-holes`
  const open = book.get('signal-quality', qualifier)
  if (view.missingPart < WHOLE_PART) {
    book.end('signal-quality', qualifier, moment.timeMs, moment)
    return
  }
  if (open === undefined && (view.missingPart < HOLED_PART || told)) return
  const onset = open?.onset ?? moment.timeMs
  const isWhole = (other: LeadView): boolean => isCurrent(other, moment.timeMs) && other.missingPart < WHOLE_PART
  const blind = !leads.some(isWhole)
  book.raise(
    {
      type: 'signal-quality',
      qualifier,
      onset,
      device: view.device,
      confidence: 0.9,
      quality: view.steadyQuality,
      priority: blind ? 'medium' : ALARM_RULES['signal-quality'].priority,
      message: `ECG lead ${view.lead} comes with holes since ${clockTime(onset)} UTC: check the device's connection`,
      evidence: { signal: view.signal, missing: rounded(view.missingPart, 1), otherLeads: !blind },
    },
    moment,
  )
}

/** In words, with what to do: hum is a matter of cables, what cannot be a heart at all none of skin and cable. */
function unreadable({ lead, reasons }: LeadView, onset: number, moves: boolean): string {
  const since = `since ${clockTime(onset)} UTC`
  if (reasons.includes('implausible'))
    return `ECG lead ${lead} is not in millivolts, or not of a heart, ${since}: check the device's unit and its cable`
  if (moves && reasons.includes('noise'))
    return `ECG lead ${lead} cannot be read for movement ${since}: look at the patient, then at skin and cable`
  return reasons.includes('power-line')
    ? `ECG lead ${lead} cannot be read for the hum of the mains ${since}: check electrodes and cable, keep mains cables away`
    : `ECG lead ${lead} cannot be read ${since}: check skin and cable`
}

/** States that the ECG of a device no longer comes while the device goes on sending other things. */
export function watchStopped(
  leads: readonly LeadView[],
  electrodesOff: ElectrodesOff,
  moment: Moment,
  book: FindingBook,
): void {
  for (const view of leads) {
    if (view.device !== moment.device || view.seenMs === 0) continue
    const qualifier = `${view.device}-${view.signal}-stopped`
    if (moment.timeMs - view.seenMs <= STOPPED_FOR_MS + 2 * view.blockMs) {
      book.end('signal-quality', qualifier, view.seenMs, moment)
      continue
    }
    const blind = !leads.some((other) => isUsable(other, moment.timeMs, electrodesOff))
    book.raise(
      {
        type: 'signal-quality',
        qualifier,
        onset: view.seenMs,
        device: view.device,
        confidence: 1,
        quality: 0,
        priority: blind ? 'medium' : ALARM_RULES['signal-quality'].priority,
        message: `ECG lead ${view.lead} is not sent any more since ${clockTime(view.seenMs)} UTC: check the device`,
        evidence: { signal: view.signal, otherLeads: !blind },
      },
      moment,
    )
  }
}
