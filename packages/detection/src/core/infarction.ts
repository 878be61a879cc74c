import type { AlarmPriority, JsonValue } from '@pulsewire/contracts'
import { ALARM_RULES } from '../priorities.ts'
import type { Moment, PatientContext } from '../types.ts'
import { clockTime, list, rounded, signed } from '../words.ts'
import { isAfterArrest, type Arrest } from './arrest.ts'
import type { FindingBook } from './finding-book.ts'
import { contiguousAmong, elevationThresholdMv, regionOf } from './lead-geometry.ts'
import { judgeElevation, type StCriteria, type StReason } from './st-criteria.ts'
import type { PostureState } from './posture.ts'
import { cameWithPosture, hasMovedAny, isOfPosture, rememberPosture } from './st-posture.ts'
import { EPISODE_MV, measurementOf, newElevation, POSTURE_MV, type StState } from './st-tracker.ts'
import { supportFor, type Support } from './support.ts'
import type { VitalMemoryState } from './vital-memory.ts'

/** Elevation well above the threshold counts after the shorter time, small elevation after the longer one. */
const SUSTAINED_MS = 10_000
const SMALL_SUSTAINED_MS = 20_000
const WELL_ABOVE = 1.5
/** A measurement older than this says nothing about now. */
const CURRENT_MS = 30_000
/** A lead without a measurement for so long cannot be measured at the moment. */
const MEASURED_MS = 8_000
/** The finding ends once no lead has been elevated for so long. */
const END_AFTER_MS = 60_000
const DEPRESSION_MV = -0.05
/** Criteria without a reference must have been met for so long. */
const PRESENT_MS = 20_000
/** An episode of elevation at J+80 whose J point has risen by less is one of the T wave. */
const T_WAVE_ALONE_MV = 0.03

/** Where the search for a heart attack stands. Plain data. */
export interface InfarctionState {
  goneSinceMs?: number | undefined
  /** Since when the criteria that need no reference have been met. */
  presentSinceMs?: number | undefined
  /** Absent = none since the monitoring began. */
  arrest?: Arrest
}

/**
 * `contiguous`: new elevation in neighbouring leads. `present`: the criteria are met as the leads are, without a reference of the patient's
 * own (the attack may be older than the monitoring). `one-lead`: an ST episode of one lead.
 */
type Basis = 'contiguous' | 'present' | 'one-lead'

interface Case {
  readonly basis: Basis
  readonly leads: readonly StState[]
  readonly onsetMs: number
  readonly criteria: StCriteria
  /** Depressed leads opposite to the elevated ones. */
  readonly reciprocal: readonly StState[]
}

/**
 * States `st-episode` per lead and `myocardial-infarction`, after each measurement.
 *
 * High priority (call the team): new J-point elevation in two contiguous leads; or elevation that was there from the start and one lead's
 * episode of elevation, each with independent evidence. Medium (look at the patient, record 12 leads): criteria met from the start; what a
 * sensor that bends the segment shows; elevation that came with another complex or as the body turned (position, conduction), without
 * depression opposite.
 */
export function judgeSt(
  state: InfarctionState,
  sts: readonly StState[],
  memory: VitalMemoryState,
  context: PatientContext,
  moment: Moment,
  book: FindingBook,
  postures: Readonly<Record<string, PostureState>> = {},
): void {
  for (const st of sts) rememberPosture(st, postures)
  const doubtOf = (st: StState): string | undefined => doubtOfEpisode(st, memory, moment.timeMs)
  const current = sts.filter(({ lastMs }) => moment.timeMs - lastMs <= CURRENT_MS)
  const attack = findCase(state, current, context, moment.timeMs, doubtOf)
  const support = supportFor(memory, attack?.onsetMs ?? moment.timeMs, moment.timeMs)
  const afterArrest = attack !== undefined && isAfterArrest(state.arrest, attack.onsetMs, moment.timeMs)
  const priority = attack === undefined ? undefined : priorityOf(attack, support, afterArrest)

  if (attack !== undefined && priority !== undefined) {
    const moves = hasMovedAny(postures, moment.timeMs)
    state.goneSinceMs = undefined
    book.raise(
      {
        type: 'myocardial-infarction',
        onset: attack.onsetMs,
        device: attack.leads[0]?.device,
        confidence: confidenceOf(attack, support),
        quality: moves || attack.leads.some(({ uncertain }) => uncertain) ? 0.7 : 1,
        priority,
        message: messageOf(attack, support, book.get('myocardial-infarction')?.onset ?? attack.onsetMs, priority),
        evidence: { ...evidenceOf(attack, support, context, moment.timeMs), afterArrest },
      },
      moment,
    )
  } else if (book.get('myocardial-infarction') !== undefined) {
    state.goneSinceMs ??= moment.timeMs
    if (moment.timeMs - state.goneSinceMs >= END_AFTER_MS) {
      book.end('myocardial-infarction', undefined, state.goneSinceMs, moment)
      state.goneSinceMs = undefined
    }
  }
  for (const st of current)
    if (st.lastMs === moment.timeMs || st.episode !== undefined) raiseEpisode(st, doubtOf(st), moment, book)
}

function raiseEpisode(st: StState, doubt: string | undefined, moment: Moment, book: FindingBook): void {
  const { episode } = st
  // On its way back it is not stated anew: what was stated last is its worst.
  if (episode === undefined || episode.back > 0) return
  const included = book.get('myocardial-infarction')?.priority !== undefined
  const kind = episode.sign > 0 ? 'elevation' : 'depression'
  book.raise(
    {
      type: 'st-episode',
      qualifier: st.signal,
      onset: episode.onsetMs,
      device: st.device,
      confidence: (st.uncertain ? 0.4 : 0.7) - (doubt === undefined ? 0 : 0.2),
      quality: st.uncertain ? 0.7 : 1,
      // The heart attack rings already; and what is better explained is kept, and does not ring.
      priority: included || doubt !== undefined ? undefined : ALARM_RULES['st-episode'].priority,
      message: `ST ${kind} ${signed(st.deltaLevel)} mV in lead ${st.lead} since ${clockTime(episode.onsetMs)} UTC${doubt === undefined ? ': record 12 leads' : ` (${doubt})`}`,
      evidence: {
        ...(doubt === undefined ? {} : { suppressed: doubt }),
        lead: st.lead,
        deltaMv: rounded(st.deltaLevel, 2),
        extremeMv: rounded(episode.extreme, 2),
        referenceMv: rounded(st.reference?.level ?? 0, 2),
        uncertain: st.uncertain,
      },
    },
    moment,
  )
}

/** Why an episode is likely to be no ischaemia. */
function doubtOfEpisode(st: StState, memory: VitalMemoryState, nowMs: number): string | undefined {
  if (st.otherComplex) return 'the complexes changed too: position or conduction'
  // A T wave that comes earlier lifts the end of the segment alone.
  if ((st.episode?.sign ?? 0) > 0 && st.deltaJ < T_WAVE_ALONE_MV) return 'the J point has not risen: the T wave'
  const onsetMs = st.episode?.onsetMs ?? nowMs
  // Who sits up in pain turns too: a witness, or more than posture can do, overrules it.
  const turned = cameWithPosture(st, onsetMs) && Math.abs(st.deltaLevel) <= POSTURE_MV
  if (turned && !supportFor(memory, onsetMs, nowMs).strong) return 'the body turned at that time: position'
  return undefined
}

function findCase(
  state: InfarctionState,
  sts: readonly StState[],
  context: PatientContext,
  nowMs: number,
  doubtOf: (st: StState) => string | undefined,
): Case | undefined {
  const now = sts.filter(({ lastMs }) => nowMs - lastMs <= MEASURED_MS)
  const measured = now.map(({ lead }) => lead)
  const criteria = judgeElevation(now.flatMap(measurementOf), context, nowMs)
  state.presentSinceMs = criteria.suspected ? (state.presentSinceMs ?? nowMs) : undefined
  const caseOf = (basis: Basis, leads: readonly StState[], onsetMs: number): Case => {
    const names = leads.map(({ lead }) => lead)
    const reciprocal = sts.filter(
      ({ lead, deltaLevel }) =>
        !names.includes(lead) &&
        (basis === 'present' ? criteria.reciprocal.includes(lead) : deltaLevel <= DEPRESSION_MV),
    )
    return { basis, leads, onsetMs, criteria, reciprocal }
  }
  // One lead must have been elevated long enough; a neighbour that was seen elevated twice stands by it, also where the attack bends its
  // complexes so that it cannot be measured for a while.
  const elevated = sts.filter((st) => isSustained(st, context, nowMs) || isElevatedTwice(st))
  const names = contiguousAmong(
    elevated.map(({ lead }) => lead),
    measured,
  )
  const contiguous = elevated.filter(({ lead }) => names.includes(lead))
  if (contiguous.some((st) => isSustained(st, context, nowMs))) {
    return caseOf('contiguous', contiguous, onsetOf(contiguous))
  }
  if (state.presentSinceMs !== undefined && nowMs - state.presentSinceMs >= PRESENT_MS) {
    const leads = now.filter(({ lead }) => criteria.leads.includes(lead))
    if (leads.length > 0) return caseOf('present', leads, state.presentSinceMs)
  }
  const single = sts.filter((st) => st.episode !== undefined && doubtOf(st) === undefined)
  const first = single.find(({ episode }) => episode !== undefined && episode.sign > 0) ?? single[0]
  return first?.episode === undefined ? undefined : caseOf('one-lead', [first], first.episode.onsetMs)
}

function isElevatedTwice({ elevatedSinceMs, lastMs }: StState): boolean {
  return elevatedSinceMs !== undefined && lastMs > elevatedSinceMs
}

function isSustained(st: StState, context: PatientContext, nowMs: number): boolean {
  if (st.elevatedSinceMs === undefined) return false
  const thresholdMv = elevationThresholdMv(st.lead, context, nowMs)
  const neededMs = newElevation(st) >= WELL_ABOVE * thresholdMv ? SUSTAINED_MS : SMALL_SUSTAINED_MS
  return st.lastMs - st.elevatedSinceMs >= neededMs
}

/** Where the first of the leads left its reference. */
function onsetOf(leads: readonly StState[]): number {
  return Math.min(...leads.map((st) => st.departedJ?.sinceMs ?? st.elevatedSinceMs ?? st.lastMs))
}

/** `undefined`: not enough for more than an ST episode. */
function priorityOf(attack: Case, support: Support, afterArrest: boolean): AlarmPriority | undefined {
  const { basis, leads, reciprocal } = attack
  // One lead's episode needs a strong witness in any case.
  if (afterArrest && !support.strong && basis !== 'one-lead') return 'medium'
  const { priority } = ALARM_RULES['myocardial-infarction']
  const witness = support.strong || support.weak > 0
  switch (basis) {
    case 'contiguous': {
      // A sensor that filters the ST segment away or bends it (high-pass above 0.05 Hz) needs a second witness; so does a change of position.
      const certain = leads.filter(({ uncertain }) => !uncertain).length >= 2
      const turned = leads.every((st) => st.otherComplex || isOfPosture(st)) && reciprocal.length === 0
      return (certain && !turned) || witness ? priority : 'medium'
    }
    case 'present': {
      // Elevation that is new in one of the leads, and that the criteria for broad complexes or a depression opposite speak for. One lead alone
      // is not enough, nor is what came with another complex.
      const several = leads.length + reciprocal.length >= 2
      const came = leads.some(({ deltaJ, otherComplex }) => deltaJ >= EPISODE_MV && (!otherComplex || reciprocal.length > 0)) // prettier-ignore
      const isNew = several && came && attack.criteria.reasonsFor.some((reason) => PLAIN.has(reason))
      return support.strong || isNew || (witness && reciprocal.length > 0) ? priority : 'medium'
    }
    case 'one-lead': {
      if (!support.strong) return undefined
      return leads.some(({ episode }) => (episode?.sign ?? 0) > 0) ? priority : 'medium'
    }
  }
}

const PLAIN: ReadonlySet<StReason> = new Set(['concordant-st', 'out-of-proportion', 'reciprocal-depression'])
const BASE_CONFIDENCE: Readonly<Record<Basis, number>> = { contiguous: 0.7, present: 0.5, 'one-lead': 0.4 }

/** Each piece of evidence adds to it, none takes away; what speaks against it does. */
function confidenceOf({ basis, leads, criteria, reciprocal }: Case, support: Support): number {
  const more = 0.05 * Math.min(Math.max(0, leads.length - 2), 2) + (reciprocal.length > 0 ? 0.05 : 0)
  const doubts = [
    leads.some(({ otherComplex }) => otherComplex),
    basis !== 'present' && leads.some(isOfPosture),
    criteria.reasonsAgainst.includes('diffuse-without-reciprocal'),
  ]
  const against = 0.1 * doubts.filter(Boolean).length
  return Math.min(0.95, BASE_CONFIDENCE[basis] + more - against + (support.strong ? 0.15 : 0) + 0.05 * support.weak)
}

function messageOf(attack: Case, support: Support, onsetMs: number, priority: AlarmPriority): string {
  const { basis, leads, reciprocal } = attack
  const most = leads.map((st) => mvOf(basis, st)).toSorted((a, b) => Math.abs(b) - Math.abs(a))[0] ?? 0
  const opposite = reciprocal.length > 0 ? `, down in ${list(reciprocal.map(({ lead }) => nameOf(lead)))}` : ''
  const since = basis === 'present' ? 'seen first at' : 'since'
  const facts = support.facts.length > 0 ? `; ${support.facts.join('; ')}` : ''
  const called = basis === 'contiguous' ? 'call the team' : 'call the team, record 12 leads'
  // What is down in front may be up at the back.
  const which = attack.criteria.reasonsFor.includes('posterior-pattern') ? '12 leads and V7 to V9' : '12 leads'
  const action = priority === 'high' ? called : `look at the patient, record ${which}`
  return `Possible heart attack: ST ${signed(most)} mV in ${list(leads.map(({ lead }) => nameOf(lead)))}${opposite} ${since} ${clockTime(onsetMs)} UTC${facts}: ${action}`
}

const nameOf = (lead: string): string => (lead === 'aVR' ? '−aVR' : lead)

function mvOf(basis: Basis, st: StState): number {
  if (basis === 'contiguous') return newElevation(st)
  return basis === 'present' ? st.j : st.deltaLevel
}

function evidenceOf(
  { basis, leads, onsetMs, criteria, reciprocal }: Case,
  support: Support,
  context: PatientContext,
  nowMs: number,
): { [key: string]: JsonValue } {
  const by = (sts: readonly StState[], level: (st: StState) => number): { [key: string]: JsonValue } =>
    Object.fromEntries(sts.map((st) => [st.lead === 'aVR' ? '-aVR' : st.lead, rounded(level(st), 2)]))
  const regions: Readonly<Record<Basis, string | null>> = {
    contiguous: regionOf(leads.map(({ lead }) => lead)),
    present: criteria.region ?? null,
    'one-lead': null,
  }
  return {
    basis,
    region: regions[basis],
    leads: by(leads, (st) => mvOf(basis, st)),
    thresholds: by(leads, ({ lead }) => elevationThresholdMv(lead, context, nowMs)),
    reciprocalDepression: by(reciprocal, (st) => (basis === 'present' ? st.j : st.deltaLevel)),
    since: new Date(Math.round(onsetMs)).toISOString(),
    uncertain: leads.some(({ uncertain }) => uncertain),
    otherComplex: leads.some(({ otherComplex }) => otherComplex),
    bodyTurned: leads.some(isOfPosture),
    criteria: criteria.suspected ? 'met' : 'not met',
    speaksFor: [...criteria.reasonsFor],
    speaksAgainst: [...criteria.reasonsAgainst],
    support: [...support.facts],
    ...support.evidence,
  }
}
