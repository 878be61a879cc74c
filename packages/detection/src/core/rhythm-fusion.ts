import type { AlarmPriority } from '@pulsewire/contracts'
import type { RhythmType } from '@pulsewire/ecg'
import { ALARM_RULES } from '../priorities.ts'
import type { Moment } from '../types.ts'
import { clockTime, list } from '../words.ts'
import type { FindingBook } from './finding-book.ts'
import {
  MIN_QUALITY,
  beatsBetween,
  isCurrent,
  isOn,
  isUsable,
  type ElectrodesOff,
  type LeadRhythm,
  type LeadView,
} from './lead-view.ts'
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
]
const INCLUDES: Readonly<Partial<Record<RhythmType, readonly RhythmType[]>>> = {
  'ventricular-fibrillation': ['asystole', 'ventricular-tachycardia', 'extreme-tachycardia', 'tachycardia', 'atrial-fibrillation', 'pause', 'extreme-bradycardia', 'bradycardia'],
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
}
/** A pulse oximeter averages over about 8 s and holds: its rate speaks against an arrest only when measured so long after it. */
const PULSE_RATE_LAG_MS = 15_000
const MIN_PULSE_RATE = 20

export interface FusionInputs {
  readonly leads: readonly LeadView[]
  readonly primary: string | undefined
  readonly electrodesOff: ElectrodesOff
  readonly memory: VitalMemoryState
  /** Times of pulses in the patient's PPG, ms. */
  readonly pulses: readonly number[]
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
  const against = contradictionOf(
    type,
    onsetMs,
    reporters.map(({ view }) => view.key),
    inputs,
    moment.timeMs,
  )
  book.raise(
    {
      type,
      onset: onsetMs,
      device: first.view.device,
      confidence: against === undefined ? Math.max(...reporters.map(({ rhythm }) => rhythm.confidence)) : 0.2,
      quality: Math.max(...reporters.map(({ view }) => view.quality)),
      priority: against === undefined ? priorityOf(type) : undefined,
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

/** Why the rhythm cannot be what it seems, in words; `undefined` = nothing speaks against it. */
function contradictionOf(
  type: RhythmType,
  onsetMs: number,
  reporters: readonly string[],
  inputs: FusionInputs,
  nowMs: number,
): string | undefined {
  if (!LIFE_THREATENING.has(type)) return undefined
  for (const view of inputs.leads) {
    if (reporters.includes(view.key) || !isUsable(view, nowMs, inputs.electrodesOff)) continue
    const reason = leadAgainst(type, view, onsetMs, nowMs)
    if (reason !== undefined) return reason
  }
  return pulseAgainst(type, onsetMs, inputs, nowMs)
}

function leadAgainst(type: RhythmType, view: LeadView, onsetMs: number, nowMs: number): string | undefined {
  if (
    view.quality < MIN_QUALITY + 0.1 ||
    view.rhythms.some((rhythm) => rhythm.type === type && rhythm.endMs === undefined)
  ) {
    return undefined
  }
  const since = beatsBetween(view, onsetMs + 300, nowMs)
  const recent = beatsBetween(view, nowMs - 5_000, nowMs)
  const normal = recent.filter(([, beatClass]) => beatClass === 'N')
  const bpm = view.bpm !== undefined && nowMs - view.bpm.timeMs <= 5_000 ? view.bpm.value : undefined
  switch (type) {
    case 'asystole':
      return since.length >= 2 ? `lead ${view.lead} shows ${since.length} beats since then` : undefined
    case 'ventricular-fibrillation':
    case 'ventricular-tachycardia':
      return normal.length >= 3 && normal.length >= 0.7 * recent.length && isRegular(normal.map(([timeMs]) => timeMs))
        ? `lead ${view.lead} shows regular normal beats`
        : undefined
    case 'extreme-bradycardia':
      return bpm !== undefined && bpm >= 50 ? `lead ${view.lead} shows ${Math.round(bpm)} /min` : undefined
    case 'extreme-tachycardia':
      return bpm !== undefined && bpm <= 125 ? `lead ${view.lead} shows ${Math.round(bpm)} /min` : undefined
    default:
      return undefined
  }
}

function pulseAgainst(type: RhythmType, onsetMs: number, inputs: FusionInputs, nowMs: number): string | undefined {
  if (type !== 'asystole' && type !== 'ventricular-fibrillation') return undefined
  const pulses = inputs.pulses.filter((timeMs) => timeMs > onsetMs + 700 && timeMs <= nowMs)
  if (pulses.length >= 2 && isRegular(pulses, 0.35)) return `the pulse wave shows ${pulses.length} beats since then`
  const pulseRate = inputs.memory.latest['pulseRate']
  if (pulseRate === undefined || pulseRate.timeMs > nowMs || pulseRate.timeMs - onsetMs < PULSE_RATE_LAG_MS)
    return undefined
  return pulseRate.value > MIN_PULSE_RATE
    ? `the device still measures a pulse of ${Math.round(pulseRate.value)} /min`
    : undefined
}

function isRegular(times: readonly number[], maxVariation = 0.2): boolean {
  const intervals = times.slice(1).map((timeMs, index) => timeMs - (times[index] ?? timeMs))
  if (intervals.length === 0) return false
  const mean = intervals.reduce((sum, interval) => sum + interval, 0) / intervals.length
  if (mean < 300 || mean > 2_000) return false
  const variance = intervals.reduce((sum, interval) => sum + (interval - mean) ** 2, 0) / intervals.length
  return Math.sqrt(variance) <= maxVariation * mean
}

function messageOf(type: RhythmType, rhythm: LeadRhythm, onsetMs: number, against: string | undefined): string {
  const rate = rhythm.evidence['heartRate']
  const facts = typeof rate === 'number' ? [`${Math.round(rate)} /min`] : []
  const text = [`${WORDS[type]} since ${clockTime(onsetMs)} UTC`, ...facts]
  return against === undefined ? list(text) : `${list(text)}; no alarm: ${against}`
}
