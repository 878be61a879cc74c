import type { AlarmPriority } from '@pulsewire/contracts'
import type { RhythmType } from '@pulsewire/ecg'
import { ALARM_RULES } from '../priorities.ts'
import type { Moment } from '../types.ts'
import { clockTime, list } from '../words.ts'
import type { FindingBook } from './finding-book.ts'
import { contradictionOf, type Doubts } from './contradiction.ts'
import { isCurrent, isOn, isUsable, type ElectrodesOff, type LeadRhythm, type LeadView } from './lead-view.ts'
import type { PulseWaveState } from './pulse-wave.ts'
import type { VitalMemoryState } from './vital-memory.ts'

/** Most dangerous first: while one is open, those that it includes are not opened beside it. */
const RHYTHMS: readonly RhythmType[] = [
  'ventricular-fibrillation',
  'asystole',
  'ventricular-tachycardia',
  'extreme-bradycardia',
  'extreme-tachycardia',
  'pause',
  'bradycardia',
  'tachycardia',
  'atrial-fibrillation',
  'av-block',
]
const INCLUDES: Readonly<Partial<Record<RhythmType, readonly RhythmType[]>>> = {
  'ventricular-fibrillation': ['asystole', 'ventricular-tachycardia', 'extreme-tachycardia', 'tachycardia', 'atrial-fibrillation', 'pause', 'extreme-bradycardia', 'bradycardia', 'av-block'],
  asystole: ['pause', 'extreme-bradycardia', 'bradycardia'],
  'ventricular-tachycardia': ['extreme-tachycardia', 'tachycardia', 'atrial-fibrillation'],
  'extreme-bradycardia': ['bradycardia', 'pause'],
  'extreme-tachycardia': ['tachycardia'],
} // prettier-ignore
const LIFE_THREATENING: ReadonlySet<RhythmType> = new Set([
  'asystole',
  'ventricular-fibrillation',
  'ventricular-tachycardia',
  'extreme-bradycardia',
  'extreme-tachycardia',
])
/** What is shorter is no finding. ESC guideline 2020: atrial fibrillation is what lasts 30 s and more. */
const LEAST_MS: Readonly<Partial<Record<RhythmType, number>>> = { 'atrial-fibrillation': 30_000 }
const WORDS: Readonly<Record<RhythmType, string>> = {
  asystole: 'ASYSTOLE: no heartbeat',
  'ventricular-fibrillation': 'VENTRICULAR FIBRILLATION: call the resuscitation team',
  'ventricular-tachycardia': 'Ventricular tachycardia',
  'extreme-bradycardia': 'Extreme bradycardia',
  'extreme-tachycardia': 'Extreme tachycardia',
  bradycardia: 'Bradycardia',
  tachycardia: 'Tachycardia',
  pause: 'Pause of the heart',
  'atrial-fibrillation': 'Atrial fibrillation',
  'av-block': 'Possible AV block: record 12 leads',
}
/** What is worth knowing and rings for nobody. */
const HINTS: ReadonlySet<RhythmType> = new Set(['av-block'])
export interface FusionInputs {
  readonly leads: readonly LeadView[]
  readonly primary: string | undefined
  readonly electrodesOff: ElectrodesOff
  readonly memory: VitalMemoryState
  /** The patient's pulse and pressure waves. */
  readonly waves: readonly PulseWaveState[]
  /** What was contradicted a moment ago; changed in place. */
  readonly doubts: Doubts
}

/**
 * One finding per rhythm out of what the leads say. Signal quality first: a bad lead opens nothing. A life-threatening rhythm needs
 * one good lead, and is a finding without alarm where another good lead, or the pulse, contradicts it. Others need the primary lead.
 */
export function fuseRhythms(inputs: FusionInputs, moment: Moment, book: FindingBook): void {
  for (const type of RHYTHMS) fuseRhythm(type, inputs, moment, book)
}

function fuseRhythm(type: RhythmType, inputs: FusionInputs, moment: Moment, book: FindingBook): void {
  const open = book.get(type)
  const said = inputs.leads.flatMap((view) =>
    view.rhythms.filter((rhythm) => rhythm.type === type).map((rhythm) => ({ view, rhythm })),
  )
  const going = said.filter(({ view, rhythm }) => rhythm.endMs === undefined && isCurrent(view, moment.timeMs))
  if (going.length === 0) {
    delete inputs.doubts[type]
    if (open === undefined) return
    const ends = said.flatMap(({ rhythm }) => rhythm.endMs ?? [])
    book.end(type, undefined, ends.length > 0 ? Math.max(...ends) : moment.timeMs, moment)
    return
  }
  const believed = going.filter(
    ({ view }) =>
      isBelievable(view, type, moment.timeMs, inputs.electrodesOff) &&
      (LIFE_THREATENING.has(type) || view.key === inputs.primary),
  )
  // Once open it stays open until the leads say that it is over: a signal that went bad meanwhile proves nothing.
  const reporters = believed.length > 0 ? believed : open === undefined ? [] : going
  const first = reporters[0]
  if (first === undefined) return
  if (open === undefined && isIncluded(type, book)) return

  const onsetMs = Math.min(...reporters.map(({ rhythm }) => rhythm.onsetMs))
  if (open === undefined && moment.timeMs - onsetMs < (LEAST_MS[type] ?? 0)) return
  const claim = { type, onsetMs, reporters: reporters.map(({ view }) => view) }
  const against = LIFE_THREATENING.has(type) ? contradictionOf(claim, inputs, moment.timeMs) : undefined
  book.raise(
    {
      type,
      onset: onsetMs,
      device: first.view.device,
      confidence: against === undefined ? Math.max(...reporters.map(({ rhythm }) => rhythm.confidence)) : 0.2,
      quality: Math.max(...reporters.map(({ view }) => view.quality)),
      priority: against === undefined && !HINTS.has(type) ? priorityOf(type) : undefined,
      message: messageOf(type, first.rhythm, open?.onset ?? onsetMs, against),
      evidence: {
        ...first.rhythm.evidence,
        leads: reporters.map(({ view }) => view.lead),
        ...(against === undefined ? {} : { suppressed: against }),
      },
    },
    moment,
  )
}

function priorityOf(type: RhythmType): AlarmPriority {
  return ALARM_RULES[type].priority
}

/** An arrest makes a signal low, or flat: that alone does not speak against it. */
function isBelievable(view: LeadView, type: RhythmType, nowMs: number, electrodesOff: ElectrodesOff): boolean {
  if (!isOn(view, nowMs, electrodesOff)) return false
  if (type === 'asystole') {
    return (
      isCurrent(view, nowMs) &&
      !view.reasons.some((reason) => reason === 'missing' || reason === 'saturated' || reason === 'noise')
    )
  }
  return isUsable(view, nowMs, electrodesOff)
}

function isIncluded(type: RhythmType, book: FindingBook): boolean {
  return RHYTHMS.some((other) => INCLUDES[other]?.includes(type) === true && book.get(other)?.priority !== undefined)
}

function messageOf(type: RhythmType, rhythm: LeadRhythm, onsetMs: number, against: string | undefined): string {
  const rate = rhythm.evidence['heartRate']
  const { degree, prMs, dropped } = rhythm.evidence
  const facts = [
    ...(typeof rate === 'number' ? [`${Math.round(rate)} /min`] : []),
    ...(degree === 'second' && typeof dropped === 'number' ? [`${dropped} P waves without a beat in a minute`] : []),
    ...(degree === 'first' && typeof prMs === 'number' ? [`PR interval ${prMs} ms`] : []),
  ]
  const text = [`${WORDS[type]} since ${clockTime(onsetMs)} UTC`, ...facts]
  return against === undefined ? list(text) : `${list(text)}; no alarm: ${against}`
}
