import { hold, isOpen, release, type EpisodeBook } from './episodes.ts'
import type { Beat } from '../beats/beat.ts'
import type { EcgOutput } from '../types.ts'

/** The last intervals between beats without a gap, and when they ended; the newest last. Plain data. */
export interface Intervals {
  intervalsMs: number[]
  timesMs: number[]
}

export interface RateState extends Intervals {
  lastBeatMs: number
}

/** What a mean of four intervals may be off: each of the two beats at its ends is known to some 20 ms. */
const MEAN_ERROR_MS = 10

/** Rules of the CinC 2015 alarms (extreme ones, asystole) and usual ward defaults; hysteresis is ours. */
export const RATE = {
  extremeTachycardia: { beats: 16, belowMs: 60_000 / 140, endMs: 60_000 / 130 },
  extremeBradycardia: { beats: 4, aboveMs: 60_000 / 40 + MEAN_ERROR_MS, endMs: 60_000 / 43 },
  tachycardia: { beats: 16, belowMs: 60_000 / 120, endMs: 60_000 / 110 },
  bradycardia: { beats: 8, aboveMs: 60_000 / 50, endMs: 60_000 / 55 },
  pauseMs: 2000,
  pauseOfUsual: 1.3,
  asystoleMs: 4000,
  /** A beat is found so long after its time. */
  lateMs: 700,
} as const

/** In an irregular rhythm a mean of a few beats swings about the limit: there, and to end, the rate is that of so long. */
const LONG_MEAN_MS = 30_000
const MEMORY = 64
/** Neighbouring intervals differ by more than this part of the mean where the rhythm is irregular. */
const IRREGULAR = 0.08
const IRREGULAR_BEATS = { least: 8, most: 16 } as const
const RATE_BEATS = 8
const RATE_WINDOW_MS = 10_000

export function createRateState(): RateState {
  return { intervalsMs: [], timesMs: [], lastBeatMs: NaN }
}

function meanOfLast(values: readonly number[], count: number): number {
  if (values.length < count) return NaN
  let sum = 0
  for (let i = values.length - count; i < values.length; i++) sum += values[i] ?? 0
  return sum / count
}

/** Mean of the last eight intervals, or as many as there are; NaN where there are none. */
export function usualMsOf({ intervalsMs }: Intervals): number {
  return meanOfLast(intervalsMs, Math.min(RATE_BEATS, Math.max(1, intervalsMs.length)))
}

/** Mean of the intervals of the last half minute, or of all that are kept; NaN where less is known. */
function longMeanOf({ intervalsMs }: RateState): number {
  let sum = 0
  for (let count = 1; count <= intervalsMs.length; count++) {
    sum += intervalsMs[intervalsMs.length - count] ?? 0
    if (sum >= LONG_MEAN_MS || count === MEMORY) return sum / count
  }
  return NaN
}

/** Whether the last intervals are so uneven that a mean of a few says little of the rate. */
function isIrregular({ intervalsMs }: RateState): boolean {
  const last = intervalsMs.length - 1
  const pairs = Math.min(IRREGULAR_BEATS.most - 1, last)
  if (pairs < IRREGULAR_BEATS.least - 1) return false
  let sum = 0
  let changes = 0
  for (let i = last; i > last - pairs; i--) {
    sum += intervalsMs[i] ?? 0
    changes += Math.abs((intervalsMs[i] ?? 0) - (intervalsMs[i - 1] ?? 0))
  }
  return changes > IRREGULAR * sum
}

/** The rate that a ward's limit is held against: the mean of a few intervals where the rhythm is regular, of half a minute where it is not. */
function steadyMeanOf(state: RateState, mean: number): number {
  return isIrregular(state) ? longMeanOf(state) : mean
}

/** Beats per minute over the last eight intervals, of the last ten seconds at most; NaN where there are not two. */
export function heartRateOf(state: Intervals, nowMs: number): number {
  let count = 0
  let sum = 0
  for (let i = state.intervalsMs.length - 1; i >= 0 && count < RATE_BEATS; i--) {
    if ((state.timesMs[i] ?? 0) < nowMs - RATE_WINDOW_MS) break
    sum += state.intervalsMs[i] ?? 0
    count += 1
  }
  return count < 2 ? NaN : (60_000 * count) / sum
}

/** Takes in the interval before the beat at `timeMs`. */
export function takeInterval(state: Intervals, timeMs: number, rrMs: number): void {
  state.intervalsMs.push(rrMs)
  state.timesMs.push(timeMs)
  if (state.intervalsMs.length <= MEMORY) return
  state.intervalsMs.shift()
  state.timesMs.shift()
}

/** Forgets the intervals: something is missing between the beats. */
export function breakRate(state: RateState): void {
  state.intervalsMs = []
  state.timesMs = []
  state.lastBeatMs = NaN
}

/** The rhythms that follow from the intervals alone. `quality` is that of the last seconds. */
export function rateOnBeat(
  state: RateState,
  book: EpisodeBook,
  beat: Beat,
  quality: number,
  nowMs: number,
  out: EcgOutput[],
): void {
  const usualMs = usualMsOf(state)
  state.lastBeatMs = beat.timeMs
  const afterAsystole = isOpen(book, 'asystole')
  release(book, 'asystole', beat.timeMs, nowMs, out)
  // The standstill is said: it is no slow rate, and the rhythm after it begins anew. An interval that is not known is left out.
  if (Number.isNaN(beat.rrMs) || afterAsystole) {
    if (afterAsystole) {
      state.intervalsMs = []
      state.timesMs = []
    }
    release(book, 'pause', beat.timeMs, nowMs, out)
    return
  }
  if (beat.rrMs > RATE.pauseMs && !(beat.rrMs < RATE.pauseOfUsual * usualMs) && quality >= 0.5)
    hold(book, 'pause', beat.timeMs - beat.rrMs, pauseSaid(nowMs, beat.rrMs), out)
  release(book, 'pause', beat.timeMs, nowMs, out, { lengthMs: Math.round(beat.rrMs) })
  takeInterval(state, beat.timeMs, beat.rrMs)
  // The graver name is enough.
  if (isOpen(book, 'ventricular-tachycardia') || isOpen(book, 'ventricular-fibrillation')) {
    release(book, 'tachycardia', beat.timeMs, nowMs, out)
    release(book, 'extreme-tachycardia', beat.timeMs, nowMs, out)
    return
  }
  watchRate(state, book, EXTREME_TACHYCARDIA, quality, nowMs, out)
  watchRate(state, book, EXTREME_BRADYCARDIA, quality, nowMs, out)
  // What is open beneath the graver one stays so: it is no news when that is over.
  if (!isOpen(book, 'extreme-tachycardia')) watchRate(state, book, TACHYCARDIA, quality, nowMs, out)
  if (!isOpen(book, 'extreme-bradycardia')) watchRate(state, book, BRADYCARDIA, quality, nowMs, out)
}

function pauseSaid(timeMs: number, lengthMs: number) {
  return { timeMs, confidence: 0.8, evidence: { lengthMs: Math.round(lengthMs) } }
}

function startOfLast(state: RateState, count: number): number {
  const index = state.timesMs.length - count
  return (state.timesMs[index] ?? state.lastBeatMs) - (state.intervalsMs[index] ?? 0)
}

/** What is said of a rate: the mean of `intervals` intervals, ms. */
function saidOfRate(meanMs: number, intervals: number, quality: number, nowMs: number) {
  return {
    timeMs: nowMs,
    confidence: Math.min(0.95, 0.4 + 0.55 * quality),
    evidence: { heartRate: Math.round(60_000 / meanMs), beats: intervals + 1 },
  }
}

/** One side of the rates, by their mean interval: shorter than a limit is fast, longer is slow. NaN is on neither. */
type Beyond = (meanMs: number, limitMs: number) => boolean
const FASTER: Beyond = (meanMs, limitMs) => meanMs < limitMs
const SLOWER: Beyond = (meanMs, limitMs) => meanMs > limitMs

interface RateRule {
  type: 'tachycardia' | 'extreme-tachycardia' | 'bradycardia' | 'extreme-bradycardia'
  beats: number
  limitMs: number
  endMs: number
  beyond: Beyond
  /** Where the rhythm is irregular, half a minute must say the same. */
  steadily: boolean
}
const EXTREME_TACHYCARDIA: RateRule = {
  ...RATE.extremeTachycardia,
  type: 'extreme-tachycardia',
  limitMs: RATE.extremeTachycardia.belowMs,
  beyond: FASTER,
  steadily: false,
}
const TACHYCARDIA: RateRule = {
  ...RATE.tachycardia,
  type: 'tachycardia',
  limitMs: RATE.tachycardia.belowMs,
  beyond: FASTER,
  steadily: true,
}
const EXTREME_BRADYCARDIA: RateRule = {
  ...RATE.extremeBradycardia,
  type: 'extreme-bradycardia',
  limitMs: RATE.extremeBradycardia.aboveMs,
  beyond: SLOWER,
  steadily: false,
}
const BRADYCARDIA: RateRule = {
  ...RATE.bradycardia,
  type: 'bradycardia',
  limitMs: RATE.bradycardia.aboveMs,
  beyond: SLOWER,
  steadily: true,
}

function watchRate(
  state: RateState,
  book: EpisodeBook,
  { type, beats, limitMs, endMs, beyond, steadily }: RateRule,
  quality: number,
  nowMs: number,
  out: EcgOutput[],
): void {
  const mean = meanOfLast(state.intervalsMs, beats)
  const steady = steadily ? steadyMeanOf(state, mean) : mean
  const open = isOpen(book, type)
  if (beyond(mean, limitMs) && (open || beyond(steady, limitMs)) && quality >= 0.5)
    hold(book, type, startOfLast(state, beats), saidOfRate(mean, beats, quality, nowMs), out)
  else if (open && !beyond(mean, endMs) && !beyond(steady, endMs)) release(book, type, state.lastBeatMs, nowMs, out)
}

/** What is known of the silence since the last beat. */
export interface Silence {
  nowMs: number
  /** The last beat, or since when the signal can be judged; NaN = it cannot. */
  sinceMs: number
  /** How much of the time since then was seen; NaN = too little. */
  seenMs: number
  /** A beat may have gone unseen in a hole since the last one. */
  hidden: boolean
  /** Peaks between the beats, in parts of a QRS complex: near 0 on a quiet line. */
  activity: number
  fibrillating: boolean
}

/** Looked at every second: a pause or asystole shows by what does not come. */
export function rateOnSecond(state: RateState, book: EpisodeBook, silence: Silence, out: EcgOutput[]): void {
  const { nowMs, sinceMs: onsetMs, seenMs, hidden, activity, fibrillating } = silence
  if (Number.isNaN(onsetMs) || Number.isNaN(seenMs)) return
  const silentMs = nowMs - onsetMs
  if (fibrillating || activity > 0.4) return
  if (seenMs >= RATE.asystoleMs + RATE.lateMs) {
    release(book, 'pause', onsetMs + RATE.asystoleMs, nowMs, out)
    for (const type of ['bradycardia', 'extreme-bradycardia', 'tachycardia', 'extreme-tachycardia'] as const)
      release(book, type, onsetMs, nowMs, out)
    const evidence = { silentMs: Math.round(silentMs), activity: Math.round(100 * activity) / 100 }
    hold(book, 'asystole', onsetMs, { timeMs: nowMs, confidence: activity < 0.2 ? 0.95 : 0.75, evidence }, out)
    return
  }
  const usualMs = usualMsOf(state)
  const needed = Math.max(RATE.pauseMs, Number.isNaN(usualMs) ? 0 : RATE.pauseOfUsual * usualMs)
  // Where something is missing a beat may be, too.
  if (!hidden && onsetMs === state.lastBeatMs && silentMs >= needed + RATE.lateMs)
    hold(book, 'pause', onsetMs, pauseSaid(nowMs, silentMs), out)
}
