import type { RhythmType } from '@pulsewire/ecg'
import {
  MIN_QUALITY,
  beatsBetween,
  countsAllWaves,
  isCurrent,
  isOn,
  isUsable,
  strangeness,
  type ElectrodesOff,
  type LeadView,
  type SeenBeat,
} from './lead-view.ts'
import { lookSince } from './strange-run.ts'
import { isBorneOut } from './ventricular-run.ts'
import { pulseAgainst, pulseFalls, pulseThroughRun } from './pulse-witness.ts'
import { hasMoved, type PostureState } from './posture.ts'
import type { PulseWaveState } from './pulse-wave.ts'
import type { VitalMemoryState } from './vital-memory.ts'

/** A lead must be this good to contradict another. */
const GOOD_QUALITY = MIN_QUALITY + 0.1
/** What a lead shows now is looked for in so much of the past. */
const RECENT_MS = 6_000
/** A beat so much like the patient's normal one is no ventricular one. Noise is never that much alike. */
const NORMAL_LIKENESS = 0.9
/** The same in a lead that is not clearer than the one that it contradicts. */
const SAME_LIKENESS = 0.95
/** And no stranger than this, as the lead's normal beats go. */
const NORMAL_STRANGENESS = 1.2
/** A short run of a single lead while its wearer moves is movement; one that lasts longer is believed. */
const BELIEVED_IN_MOVEMENT_MS = 8_000
const BEFORE_MOVEMENT_MS = 1_000
/** A regular beat that is stranger may be one of the run. */
const LESS_STRANGE = 2
/** A run whose beats both leads saw, while the pulse falls, needs no more. */
const SEEN_BY_BOTH = 0.8
/** A beat less alike than this may be noise: it is no sign of life. */
const SOME_LIKENESS = 0.5
/** Beats that stand out so far, and so many of them at even distances, are a heart's. */
const STANDS_OUT = 0.7
const REGULAR_BEATS = 3
/** More between the complexes by this factor: the lead is much less clear than its neighbour. */
const MUCH_LESS_CLEAR = 2.5
/** A lead that contradicted is believed for so long while it cannot be read, or while it says nothing either way. */
const UNREADABLE_MS = 30_000
const UNDECIDED_MS = 2_000
/** A lead that is much less clear waits so long for one that cannot be read at the moment. */
const WAIT_FOR_CLEARER_MS = 10_000
/** A pulse oximeter averages over about 8 s and holds: its rate speaks against an arrest only when measured so long after it. */
const PULSE_RATE_LAG_MS = 15_000
/** And only while it is still being measured: the last word of an oximeter that has lost the pulse proves nothing. */
const PULSE_RATE_CURRENT_MS = 4_000
const MIN_PULSE_RATE = 20

/** Rhythms that were contradicted a moment ago: when, by which lead, and which leads' claims. Plain data. */
export type Doubts = Record<string, { atMs: number; by: string; of: string[]; reason: string }>

/** That some leads say that a life-threatening rhythm goes on. */
export interface Claim {
  readonly type: RhythmType
  readonly onsetMs: number
  readonly reporters: readonly LeadView[]
  /** So clear in two leads that the pulse does not speak against it. */
  readonly isClear?: boolean
  /** Shown by the leads together, not by one of them. */
  readonly isJoint?: boolean
}

export interface Witnesses {
  readonly leads: readonly LeadView[]
  readonly electrodesOff: ElectrodesOff
  readonly memory: VitalMemoryState
  /** The patient's pulse and pressure waves. */
  readonly waves: readonly PulseWaveState[]
  /** Movement of the devices' wearer, by `device/accel`. */
  readonly postures: Readonly<Record<string, PostureState>>
  /** Changed in place. */
  readonly doubts: Doubts
}

/**
 * Why the rhythm cannot be what it seems, in words; `undefined` = nothing speaks against it. What another good lead shows counts first, also a
 * while after that lead became unreadable; then the pulse.
 */
export function contradictionOf(claim: Claim, witnesses: Witnesses, nowMs: number): string | undefined {
  const { leads, electrodesOff, doubts } = witnesses
  const keys = claim.reporters.map(({ key }) => key)
  const others = leads.filter(({ key }) => !keys.includes(key))
  for (const view of others) {
    if (!isGood(view, nowMs, electrodesOff)) continue
    const reason = leadAgainst(claim, view, nowMs)
    if (reason === undefined) continue
    doubts[claim.type] = { atMs: nowMs, by: view.key, of: keys, reason }
    return reason
  }
  return (
    doubtOf(claim, others, witnesses, nowMs) ??
    clearerUnread(claim, others, witnesses, nowMs) ??
    circulationAgainst(claim, witnesses, nowMs) ??
    notBorneOut(claim, witnesses, nowMs)
  )
}

function isGood(view: LeadView, nowMs: number, electrodesOff: ElectrodesOff): boolean {
  return view.quality >= GOOD_QUALITY && isUsable(view, nowMs, electrodesOff)
}

/** The contradiction of a moment ago still stands where no further lead has joined the claim and the one that spoke is unreadable. */
function doubtOf(
  claim: Claim,
  others: readonly LeadView[],
  { electrodesOff, doubts }: Witnesses,
  nowMs: number,
): string | undefined {
  const doubt = doubts[claim.type]
  if (doubt === undefined || claim.reporters.some(({ key }) => !doubt.of.includes(key))) return undefined
  const by = others.find(({ key }) => key === doubt.by)
  if (by === undefined || by.rhythms.some(({ type, endMs }) => type === claim.type && endMs === undefined)) {
    return undefined
  }
  const holdsMs = isGood(by, nowMs, electrodesOff) ? UNDECIDED_MS : UNREADABLE_MS
  return nowMs - doubt.atMs <= holdsMs ? doubt.reason : undefined
}

/** A lead that is much less clear than its neighbour does not speak alone while that one is disturbed for some seconds. */
function clearerUnread(
  { reporters }: Claim,
  others: readonly LeadView[],
  { electrodesOff }: Witnesses,
  nowMs: number,
): string | undefined {
  const best = Math.max(...reporters.map(({ clarity }) => clarity))
  const clearer = others.find(
    (view) =>
      isMuchClearer(view, best) &&
      isCurrent(view, nowMs) &&
      isOn(view, nowMs, electrodesOff) &&
      view.badSinceMs !== undefined &&
      nowMs - view.badSinceMs < WAIT_FOR_CLEARER_MS,
  )
  return clearer === undefined ? undefined : `lead ${clearer.lead}, which is clearer, cannot be read at the moment`
}

/** A ventricular run is one in every lead: where two can be read, what one of them says must be there in both. */
function notBorneOut(
  claim: Claim,
  { leads, electrodesOff, waves, postures }: Witnesses,
  nowMs: number,
): string | undefined {
  if (claim.type !== 'ventricular-tachycardia' || claim.isJoint === true) return undefined
  const readable = leads.filter((view) => isUsable(view, nowMs, electrodesOff))
  const [first] = claim.reporters
  if (readable.length < 2) {
    const posture = first === undefined ? undefined : postures[first.device]
    const isShort = nowMs - claim.onsetMs < BELIEVED_IN_MOVEMENT_MS
    const moves = hasMoved(posture, claim.onsetMs - BEFORE_MOVEMENT_MS, nowMs)
    return isShort && moves && !pulseFalls(claim.onsetMs, nowMs, waves) ? 'the patient moves' : undefined
  }
  const look = lookSince(readable, claim.onsetMs, nowMs)
  if (look === undefined || isBorneOut(look, nowMs - claim.onsetMs)) return undefined
  if (look.shared >= SEEN_BY_BOTH && pulseFalls(claim.onsetMs, nowMs, waves)) return undefined
  return 'the leads together do not show it'
}

function isMuchClearer({ clarity }: LeadView, than: number): boolean {
  return clarity > 0 && (1 - clarity) * MUCH_LESS_CLEAR <= 1 - than
}

function leadAgainst(claim: Claim, view: LeadView, nowMs: number): string | undefined {
  const { type, onsetMs, reporters } = claim
  if (view.rhythms.some((rhythm) => rhythm.type === type && rhythm.endMs === undefined)) return undefined
  if (type !== 'asystole' && type !== 'extreme-bradycardia' && !countsAllWaves(view)) return undefined
  const than = Math.max(...reporters.map(({ clarity }) => clarity))
  const isClearer = view.clarity > than
  // Whatever its beats look like (its electrodes may have been exchanged): they are no noise.
  const isBeating = isClearer && view.clarityNow >= STANDS_OUT
  const seen = (fromMs: number): SeenBeat[] => {
    const beats = beatsBetween(view, fromMs, nowMs)
    const isRhythm = isBeating && beats.length >= REGULAR_BEATS && isRegular(beats.map(([timeMs]) => timeMs))
    return isRhythm ? beats : beats.filter(isAlive)
  }
  const shows = (what: string): string => `lead ${view.lead} shows ${what}`
  const look: Look = {
    view,
    fromMs: Math.max(onsetMs + 100, nowMs - RECENT_MS),
    nowMs,
    likeness: isClearer ? NORMAL_LIKENESS : SAME_LIKENESS,
  }
  switch (type) {
    case 'asystole': {
      const alive = seen(onsetMs + 300)
      return alive.length >= 2 ? shows(`${alive.length} beats since then`) : undefined
    }
    case 'ventricular-fibrillation':
      return showsNormalBeats(look, isMuchClearer(view, than) ? 0.4 : 0.6) ? shows('normal beats') : undefined
    case 'ventricular-tachycardia':
      return speaksAgainstRun(look, isMuchClearer(view, than)) ? shows('normal beats') : undefined
    case 'extreme-bradycardia': {
      const rate = rateOf(seen(onsetMs - 100))
      return rate >= (isClearer ? 43 : 50) ? shows(`${Math.round(rate)} /min`) : undefined
    }
    case 'extreme-tachycardia': {
      const beats = beatsBetween(view, onsetMs - 100, nowMs)
      const rate = beats.length < 4 ? NaN : rateOf(beats)
      return rate <= (isClearer ? 135 : 125) ? shows(`${Math.round(rate)} /min`) : undefined
    }
    default:
      return undefined
  }
}

/** What of a lead is looked at, and how much alike a beat must be there to be a normal one. */
interface Look {
  readonly view: LeadView
  readonly fromMs: number
  readonly nowMs: number
  readonly likeness: number
}

/** A ventricular run is one in every lead: normal beats in it, or a normal beat at a rate that is none of a run, speak against it. */
function speaksAgainstRun(look: Look, muchClearer: boolean): boolean {
  const { view, nowMs } = look
  const { normal } = normalBeats(look)
  if (normal >= 1 && (muchClearer || !(rateOfLast(view, 5, nowMs) > 100))) return true
  return showsNormalBeats(look, 0.6)
}

/** Two normal beats and more, and this share of all; or, where their shape is not known, regular ones. */
function showsNormalBeats(look: Look, share: number): boolean {
  const { view, fromMs, nowMs } = look
  const { normal, all } = normalBeats(look)
  if (normal >= 2 && normal >= share * all) return true
  const recent = beatsBetween(view, fromMs, nowMs)
  const regular = recent.filter((beat) => beat[1] === 'N' && (beat[2] === 0 || strangeness(view, beat) <= LESS_STRANGE))
  return regular.length >= 3 && regular.length >= 0.7 * recent.length && isRegular(regular.map(([timeMs]) => timeMs))
}

function normalBeats({ view, fromMs, nowMs, likeness: least }: Look): {
  readonly normal: number
  readonly all: number
} {
  const seen = beatsBetween(view, fromMs, nowMs)
  const normal = seen.filter(
    (beat) => beat[1] !== 'V' && beat[2] >= least && strangeness(view, beat) <= NORMAL_STRANGENESS,
  )
  return { normal: normal.length, all: seen.length }
}

function isAlive([, beatClass, likeness]: SeenBeat): boolean {
  return beatClass === 'N' || beatClass === 'S' || likeness >= SOME_LIKENESS
}

/** Per minute; NaN where there are no two beats. */
function rateOf(beats: readonly SeenBeat[]): number {
  const [first, last] = [beats[0]?.[0], beats.at(-1)?.[0]]
  return first === undefined || last === undefined || last <= first
    ? NaN
    : (60_000 * (beats.length - 1)) / (last - first)
}

function rateOfLast(view: LeadView, count: number, nowMs: number): number {
  const beats = beatsBetween(view, nowMs - 2 * RECENT_MS, nowMs).slice(-count)
  return beats.length < count ? NaN : rateOf(beats)
}

/** The pulse, now or a moment ago. */
function circulationAgainst(claim: Claim, witnesses: Witnesses, nowMs: number): string | undefined {
  const { doubts } = witnesses
  const key = pulseDoubt(claim.type)
  const reason = pulseSays(claim, witnesses, nowMs)
  if (reason !== undefined) {
    doubts[key] = { atMs: nowMs, by: 'pulse', of: [], reason }
    return reason
  }
  const doubt = doubts[key]
  return doubt !== undefined && nowMs - doubt.atMs <= UNDECIDED_MS ? doubt.reason : undefined
}

/** Under which the pulse's contradiction is remembered. */
export function pulseDoubt(type: RhythmType): string {
  return `${type}/pulse`
}

function pulseSays({ type, onsetMs, isClear }: Claim, { waves, memory }: Witnesses, nowMs: number): string | undefined {
  if (type === 'ventricular-tachycardia') {
    return isClear === true ? undefined : pulseThroughRun(onsetMs, nowMs, waves)
  }
  const wave = pulseAgainst(type, onsetMs, nowMs, waves)
  if (wave !== undefined || (type !== 'asystole' && type !== 'ventricular-fibrillation')) return wave
  const pulseRate = memory.latest['pulseRate']
  if (pulseRate === undefined || pulseRate.timeMs > nowMs || pulseRate.timeMs - onsetMs < PULSE_RATE_LAG_MS) {
    return undefined
  }
  if (nowMs - pulseRate.timeMs > PULSE_RATE_CURRENT_MS) return undefined
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
