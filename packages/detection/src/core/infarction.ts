import type { JsonValue } from '@pulsewire/contracts'
import { ALARM_RULES } from '../priorities.ts'
import type { Moment, PatientContext } from '../types.ts'
import { clockTime, list, rounded, signed } from '../words.ts'
import type { FindingBook } from './finding-book.ts'
import { contiguousAmong, elevationThresholdMv, regionOf } from './lead-geometry.ts'
import { newElevation, type StState } from './st-tracker.ts'
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

/** Where the search for a heart attack stands. Plain data. */
export interface InfarctionState {
  goneSinceMs?: number | undefined
  basis?: 'contiguous' | 'one-lead' | undefined
}

interface Case {
  readonly basis: 'contiguous' | 'one-lead'
  readonly leads: readonly StState[]
  readonly onsetMs: number
}

/**
 * States `st-episode` per lead and `myocardial-infarction`, after each measurement. High priority needs new J-point elevation in two
 * contiguous leads, or one lead's episode of elevation with independent evidence; one lead alone asks for 12 leads.
 */
export function judgeSt(
  state: InfarctionState,
  sts: readonly StState[],
  memory: VitalMemoryState,
  context: PatientContext,
  moment: Moment,
  book: FindingBook,
): void {
  const current = sts.filter(({ lastMs }) => moment.timeMs - lastMs <= CURRENT_MS)
  const attack = findCase(current, context, moment.timeMs)
  const support = supportFor(memory, attack?.onsetMs ?? moment.timeMs, moment.timeMs)
  const priority = attack === undefined ? undefined : priorityOf(attack, support)

  if (attack !== undefined && priority !== undefined) {
    state.goneSinceMs = undefined
    book.raise(
      {
        type: 'myocardial-infarction',
        onset: attack.onsetMs,
        device: attack.leads[0]?.device,
        confidence: confidenceOf(attack, support),
        quality: attack.leads.some(({ uncertain }) => uncertain) ? 0.7 : 1,
        priority,
        message: messageOf(attack, support, book.get('myocardial-infarction')?.onset ?? attack.onsetMs),
        evidence: evidenceOf(attack, support, current, context, moment.timeMs),
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
  for (const st of current) if (st.lastMs === moment.timeMs || st.episode !== undefined) raiseEpisode(st, moment, book)
}

function raiseEpisode(st: StState, moment: Moment, book: FindingBook): void {
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
      confidence: st.uncertain ? 0.4 : 0.7,
      quality: st.uncertain ? 0.7 : 1,
      // The heart attack rings already.
      priority: included ? undefined : ALARM_RULES['st-episode'].priority,
      message: `ST ${kind} ${signed(st.deltaLevel)} mV in lead ${st.lead} since ${clockTime(episode.onsetMs)} UTC: record 12 leads`,
      evidence: {
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

function findCase(sts: readonly StState[], context: PatientContext, nowMs: number): Case | undefined {
  const measured = sts.filter(({ lastMs }) => nowMs - lastMs <= MEASURED_MS).map(({ lead }) => lead)
  // One lead must have been elevated long enough; a neighbour that was seen elevated twice stands by it, also where the attack bends its
  // complexes so that it cannot be measured for a while.
  const elevated = sts.filter((st) => isSustained(st, context, nowMs) || isElevatedTwice(st))
  const names = contiguousAmong(
    elevated.map(({ lead }) => lead),
    measured,
  )
  const contiguous = elevated.filter(({ lead }) => names.includes(lead))
  if (contiguous.some((st) => isSustained(st, context, nowMs))) {
    return { basis: 'contiguous', leads: contiguous, onsetMs: onsetOf(contiguous) }
  }
  const single = sts.filter(({ episode }) => episode !== undefined)
  const first = single.find(({ episode }) => episode !== undefined && episode.sign > 0) ?? single[0]
  if (first?.episode === undefined) return undefined
  return { basis: 'one-lead', leads: [first], onsetMs: first.episode.onsetMs }
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
function priorityOf({ basis, leads }: Case, support: Support) {
  if (basis === 'contiguous') {
    // A sensor that filters the ST segment away or bends it (high-pass above 0.05 Hz) needs a second witness.
    const certain = leads.filter(({ uncertain }) => !uncertain).length >= 2
    return certain || support.strong || support.weak > 0 ? ALARM_RULES['myocardial-infarction'].priority : 'medium'
  }
  const elevated = leads.some(({ episode }) => (episode?.sign ?? 0) > 0)
  if (support.strong) return elevated ? ALARM_RULES['myocardial-infarction'].priority : 'medium'
  return undefined
}

function confidenceOf({ basis, leads }: Case, support: Support): number {
  const base = basis === 'contiguous' ? 0.7 + 0.05 * Math.min(leads.length - 2, 2) : 0.4
  return Math.min(0.95, base + (support.strong ? 0.15 : 0) + 0.05 * support.weak)
}

function messageOf({ basis, leads }: Case, support: Support, onsetMs: number): string {
  const names = leads.map(({ lead }) => (lead === 'aVR' ? '−aVR' : lead))
  const most = Math.max(...leads.map((st) => (basis === 'contiguous' ? newElevation(st) : st.deltaLevel)))
  const facts = support.facts.length > 0 ? `; ${support.facts.join('; ')}` : ''
  const action = basis === 'contiguous' ? 'call the team' : 'call the team, record 12 leads'
  return `Possible heart attack: ST ${signed(most)} mV in ${list(names)} since ${clockTime(onsetMs)} UTC${facts}: ${action}`
}

function evidenceOf(
  { basis, leads, onsetMs }: Case,
  support: Support,
  all: readonly StState[],
  context: PatientContext,
  nowMs: number,
): { [key: string]: JsonValue } {
  const names = leads.map(({ lead }) => lead)
  const reciprocal = all.filter(({ lead, deltaLevel }) => !names.includes(lead) && deltaLevel <= DEPRESSION_MV)
  const delta = (sts: readonly StState[], level: (st: StState) => number): { [key: string]: JsonValue } =>
    Object.fromEntries(sts.map((st) => [st.lead === 'aVR' ? '-aVR' : st.lead, rounded(level(st), 2)]))
  return {
    basis,
    region: basis === 'contiguous' ? regionOf(names) : null,
    leads: delta(leads, basis === 'contiguous' ? newElevation : (st) => st.deltaLevel),
    thresholds: delta(leads, ({ lead }) => elevationThresholdMv(lead, context, nowMs)),
    reciprocalDepression: delta(reciprocal, (st) => st.deltaLevel),
    since: new Date(Math.round(onsetMs)).toISOString(),
    uncertain: leads.some(({ uncertain }) => uncertain),
    support: [...support.facts],
    ...support.evidence,
  }
}
