import type { AlarmPriority } from '@pulsewire/contracts'
import type { RhythmType } from '@pulsewire/ecg'
import { ALARM_RULES } from '../priorities.ts'
import type { Moment } from '../types.ts'
import { clockTime, list, signalWords } from '../words.ts'
import type { FindingBook } from './finding-book.ts'
import { followRun, type JointRun } from './ventricular-run.ts'
import { pulseFalls } from './pulse-witness.ts'
import { contradictionOf, pulseDoubt, type Doubts } from './contradiction.ts'
import { isCurrent, isOn, isUsable, type ElectrodesOff, type LeadRhythm, type LeadView } from './lead-view.ts'
import type { PostureState } from './posture.ts'
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
  'ventricular-bigeminy',
  'ventricular-trigeminy',
  'idioventricular-rhythm',
]
const INCLUDES: Readonly<Partial<Record<RhythmType, readonly RhythmType[]>>> = {
  'ventricular-fibrillation': ['asystole', 'ventricular-tachycardia', 'extreme-tachycardia', 'tachycardia', 'atrial-fibrillation', 'pause', 'extreme-bradycardia', 'bradycardia', 'av-block', 'ventricular-bigeminy', 'ventricular-trigeminy', 'idioventricular-rhythm'],
  asystole: ['pause', 'extreme-bradycardia', 'bradycardia'],
  'ventricular-tachycardia': ['extreme-tachycardia', 'tachycardia', 'atrial-fibrillation', 'ventricular-bigeminy', 'ventricular-trigeminy', 'idioventricular-rhythm'],
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
  'ventricular-bigeminy': 'Every other beat comes from the ventricles (bigeminy)',
  'ventricular-trigeminy': 'Every third beat comes from the ventricles (trigeminy)',
  'idioventricular-rhythm': 'Slow rhythm from the ventricles: look at the patient, record 12 leads',
}
/** What is worth knowing and rings for nobody. */
const HINTS: ReadonlySet<RhythmType> = new Set([
  'av-block',
  'ventricular-bigeminy',
  'ventricular-trigeminy',
  'idioventricular-rhythm',
])
/** Leads of which runs are joined: the clearest. */
const MOST_JOINED = 3
const JOINT_CONFIDENCE = 0.85
/** Candidates of leads that cannot be read are kept at most so often, of each rhythm. */
const UNREAD_EVERY_MS = 5 * 60_000
const UNREAD_CONFIDENCE = 0.1
/** A fibrillation that a noisy lead says for so long is believed: in time for IEC 60601-2-27's 10 s. The lead's own bound is higher in noise. */
const BELIEVED_IN_NOISE_MS = 8_000

/** Plain data. */
export interface RunState {
  joint?: JointRun
}

export interface FusionInputs {
  readonly leads: readonly LeadView[]
  readonly primary: string | undefined
  readonly electrodesOff: ElectrodesOff
  readonly memory: VitalMemoryState
  /** The patient's pulse and pressure waves. */
  readonly waves: readonly PulseWaveState[]
  readonly postures: Readonly<Record<string, PostureState>>
  /** What was contradicted a moment ago; changed in place. */
  readonly doubts: Doubts
  /** The ventricular run that the leads show together (`followJointRun`). */
  readonly runs: RunState
}

/**
 * One finding per rhythm out of what the leads say. Signal quality first: a bad lead opens nothing. A life-threatening rhythm needs
 * one good lead, and is a finding without alarm where another good lead, or the pulse, contradicts it, or where no lead that says it can
 * be read. Others need the primary lead.
 */
export function fuseRhythms(inputs: FusionInputs, moment: Moment, book: FindingBook): void {
  for (const type of RHYTHMS) fuseRhythm(type, inputs, moment, book)
}

/** Follows the run that the leads that can be read show together, whatever each of them says. */
export function followJointRun(
  runs: RunState,
  seen: {
    readonly leads: readonly LeadView[]
    readonly electrodesOff: ElectrodesOff
    readonly waves: readonly PulseWaveState[]
  },
  nowMs: number,
): void {
  const readable = seen.leads.filter((view) => isUsable(view, nowMs, seen.electrodesOff))
  const clearest =
    readable.length <= MOST_JOINED
      ? readable
      : readable.toSorted((a, b) => b.clarity - a.clarity || (a.key < b.key ? -1 : 1)).slice(0, MOST_JOINED)
  const joint = followRun(runs.joint, clearest, nowMs, (onsetMs) => pulseFalls(onsetMs, nowMs, seen.waves))
  if (joint === undefined) delete runs.joint
  else runs.joint = joint
}

function fuseRhythm(type: RhythmType, inputs: FusionInputs, moment: Moment, book: FindingBook): void {
  const open = book.get(type)
  const said = saidOf(type, inputs, moment.timeMs)
  const going = said.filter(({ view, rhythm }) => rhythm.endMs === undefined && isCurrent(view, moment.timeMs))
  if (going.length === 0) {
    delete inputs.doubts[type]
    delete inputs.doubts[pulseDoubt(type)]
    if (open === undefined) return
    const ends = said.flatMap(({ rhythm }) => rhythm.endMs ?? [])
    book.end(type, undefined, ends.length > 0 ? Math.max(...ends) : moment.timeMs, moment)
    return
  }
  const believed = going.filter(
    ({ view, rhythm }) =>
      (isBelievable(view, type, moment.timeMs, inputs.electrodesOff) ||
        lastsInNoise(view, rhythm, moment.timeMs, inputs.electrodesOff)) &&
      (LIFE_THREATENING.has(type) || view.key === inputs.primary),
  )
  // Once open it stays open until the leads say that it is over: a signal that went bad meanwhile proves nothing.
  const reporters = believed.length > 0 ? believed : open?.priority === undefined ? [] : going
  const first = reporters[0]
  if (first === undefined) {
    if (LIFE_THREATENING.has(type)) keepUnread(type, going, inputs, moment, book)
    return
  }
  // Neither what is new nor what was doubted so far rings beside a rhythm that includes it.
  if (open?.priority === undefined && isIncluded(type, book)) return

  const onsetMs = Math.min(...reporters.map(({ rhythm }) => rhythm.onsetMs))
  if (open === undefined && moment.timeMs - onsetMs < (LEAST_MS[type] ?? 0)) return
  const joint = type === 'ventricular-tachycardia' ? inputs.runs.joint : undefined
  const claim = {
    type,
    onsetMs,
    reporters: reporters.map(({ view }) => view),
    isJoint: joint !== undefined,
    isClear: joint?.isClear === true,
  }
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

interface Saying {
  readonly view: LeadView
  readonly rhythm: LeadRhythm
}

/** What each lead says of a rhythm; a run that the leads show together is said by each that can be read. */
function saidOf(type: RhythmType, { leads, electrodesOff, runs }: FusionInputs, nowMs: number): Saying[] {
  const said = leads.flatMap((view) =>
    view.rhythms.filter((rhythm) => rhythm.type === type).map((rhythm): Saying => ({ view, rhythm })),
  )
  const { joint } = runs
  if (type !== 'ventricular-tachycardia' || joint === undefined) return said
  const { onsetMs, evidence, endMs } = joint
  const rhythm: LeadRhythm = { type, onsetMs, confidence: JOINT_CONFIDENCE, evidence }
  if (endMs !== undefined) rhythm.endMs = endMs
  const together = leads.filter(
    (view) =>
      isUsable(view, nowMs, electrodesOff) && !said.some((own) => own.view === view && own.rhythm.endMs === undefined),
  )
  return [...said, ...together.map((view): Saying => ({ view, rhythm }))]
}

/** A candidate that no lead can be believed for is kept, without alarm, with the reason: once in some minutes, so that noise does not fill the log. */
function keepUnread(
  type: RhythmType,
  going: readonly Saying[],
  { electrodesOff, doubts }: FusionInputs,
  moment: Moment,
  book: FindingBook,
): void {
  const key = `${type}/unread`
  const first = going.find(({ view }) => isOn(view, moment.timeMs, electrodesOff))
  if (first === undefined || book.get(type) !== undefined || isIncluded(type, book)) return
  if (moment.timeMs - (doubts[key]?.atMs ?? -Infinity) < UNREAD_EVERY_MS) return
  const { view, rhythm } = first
  const reason = `lead ${view.lead} cannot be read (${signalWords(view.reasons) || 'poor signal'})`
  doubts[key] = { atMs: moment.timeMs, by: view.key, of: [view.key], reason }
  book.raise(
    {
      type,
      onset: rhythm.onsetMs,
      device: view.device,
      confidence: UNREAD_CONFIDENCE,
      quality: view.quality,
      message: messageOf(type, rhythm, rhythm.onsetMs, reason),
      evidence: { ...rhythm.evidence, leads: [view.lead], suppressed: reason },
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

/** Fibrillation of high waves is rough: what noise is, is judged in mV. A lead that is nothing but noisy, and goes on saying so, is believed. */
function lastsInNoise(
  view: LeadView,
  { type, onsetMs }: LeadRhythm,
  nowMs: number,
  electrodesOff: ElectrodesOff,
): boolean {
  return (
    type === 'ventricular-fibrillation' &&
    nowMs - onsetMs >= BELIEVED_IN_NOISE_MS &&
    isCurrent(view, nowMs) &&
    isOn(view, nowMs, electrodesOff) &&
    view.reasons.every((reason) => reason === 'noise')
  )
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
