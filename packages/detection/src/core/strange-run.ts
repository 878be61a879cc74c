import { joinBeats, type JoinedBeat } from './joined-beats.ts'
import type { LeadView } from './lead-view.ts'

// CinC 2015: at least five ventricular beats at more than 100 /min.
export const RUN_BEATS = 5
export const MAX_INTERVAL_MS = 600
/** A beat of a run looks as little like the normal one as that: see `strangeness`. */
export const STRANGE = 1.5
/** One that a lead calls ventricular may be less strange: the mean over the leads hides what one of them sees. */
const CALLED_STRANGE = 0.5
/** What came before a run is looked at so far back. */
const BEFORE_BEATS = 8
export const LOOK_BACK_MS = 15_000
const SAME_ONSET_MS = 60
/** What is longer is a gap, and says nothing of the pace. */
const LONGEST_INTERVAL_MS = 3_000
/** So many of the beats around another one are in a row: what is around one beat of three or four is bigeminy, and couplets. */
const SALVO = 4
/** An abrupt run's intervals are at most this part of those before it. */
const ABRUPT = 0.8
/** Out of a regular rhythm: so many of the intervals before it lie so near their median. */
const REGULAR = { part: 0.75, within: 0.15 } as const

/** Beats in a row, the last of them the last that was seen. */
export interface StrangeRun {
  readonly onsetMs: number
  readonly beats: number
  readonly meanIntervalMs: number
  /** Mean of the beats of which it is known, and the least; NaN where it is of none. */
  readonly strangeness: number
  readonly least: number
  /** Mean of the beats in the lead in which each looks most normal. */
  readonly inEach: number
  /** Share of its beats that two leads saw at the same time. */
  readonly shared: number
  readonly unevenness: number
  /** Its mean interval over that of the beats before; NaN where there were none. */
  readonly pace: number
  /** Mean strangeness of the beats before it. */
  readonly before: number
}

/** What the leads together show since an onset, whatever it is. */
export function lookSince(leads: readonly LeadView[], onsetMs: number, nowMs: number): StrangeRun | undefined {
  const beats = joinBeats(leads, nowMs - LOOK_BACK_MS)
  const from = beats.findIndex(({ timeMs }) => timeMs >= onsetMs - SAME_ONSET_MS)
  return from < 0 ? undefined : describe(beats, from)
}

/** The run that the last beats make, if they make one: all of them strange, the last five at more than 100 /min. */
export function runOf(beats: readonly JoinedBeat[]): StrangeRun | undefined {
  const from = strangeFrom(beats, beats.length)
  return isFast(beats.slice(from), RUN_BEATS) ? describe(beats, from) : undefined
}

/** The same of beats that are strange, or that a lead calls ventricular; `least` of them, in the time of five. */
export function looseRunOf(beats: readonly JoinedBeat[], least: number): StrangeRun | undefined {
  const from = strangeFrom(beats, beats.length, CALLED_STRANGE)
  return isFast(beats.slice(from), least) ? describe(beats, from) : undefined
}

/**
 * The run that the last beats make around one beat that is not strange: the sinus node captured the ventricles for once (Dressler's
 * beat), or a beat is undecided. It is described without that beat, but for its intervals.
 */
export function runAroundOne(beats: readonly JoinedBeat[]): StrangeRun | undefined {
  const after = strangeFrom(beats, beats.length)
  const from = strangeFrom(beats, after - 1)
  const salvo = Math.max(beats.length - after, after - 1 - from)
  if (after === beats.length || after - 1 <= from || salvo < SALVO || !isFast(beats.slice(from), RUN_BEATS + 1))
    return undefined
  const whole = describe(beats, from)
  const own = describe(
    beats.filter((_, i) => i !== after - 1),
    from,
  )
  return { ...own, meanIntervalMs: whole.meanIntervalMs, pace: whole.pace, unevenness: whole.unevenness }
}

/** The run that the last beats make by their pace alone: five and more at more than 100 /min, each sooner by a fifth than in the regular rhythm before. */
export function abruptRunOf(beats: readonly JoinedBeat[]): StrangeRun | undefined {
  for (let from = beats.length - RUN_BEATS; from > 1; from--) {
    const before = intervalsOf(beats.slice(Math.max(0, from - BEFORE_BEATS), from)).toSorted((a, b) => a - b)
    const usualMs = before[Math.floor(before.length / 2)] ?? NaN
    const near = before.filter((interval) => Math.abs(interval - usualMs) <= REGULAR.within * usualMs)
    const most = Math.min(ABRUPT * usualMs, MAX_INTERVAL_MS)
    const isSooner = intervalsOf(beats.slice(from - 1)).every((interval) => interval <= most)
    if (isSooner && near.length >= REGULAR.part * before.length) return describe(beats, from)
  }
  return undefined
}

/** Where the strange beats before `to` begin; with `called`, one that a lead calls ventricular need only be so strange. */
function strangeFrom(beats: readonly JoinedBeat[], to: number, called = STRANGE): number {
  let from = to
  for (let beat = beats[from - 1]; beat !== undefined; beat = beats[from - 1]) {
    // One of which nothing is known is none.
    if (!(beat.strangeness >= (beat.isCalledVentricular ? called : STRANGE))) break
    from -= 1
  }
  return from
}

/** The last `least` beats within the time of five at 100 /min; of fewer than five one was missed. */
function isFast(run: readonly JoinedBeat[], least: number): boolean {
  const last = run.slice(-least)
  const spanMs = (last.at(-1)?.timeMs ?? 0) - (last[0]?.timeMs ?? 0)
  return last.length >= least && spanMs < (Math.max(RUN_BEATS, least) - 1) * MAX_INTERVAL_MS
}

function describe(beats: readonly JoinedBeat[], from: number): StrangeRun {
  const run = beats.slice(from)
  const times = run.map(({ timeMs }) => timeMs)
  const lastFive = times.slice(-RUN_BEATS)
  const before = beats.slice(Math.max(0, from - BEFORE_BEATS), from)
  const strange = known(run.map(({ strangeness }) => strangeness))
  return {
    onsetMs: times[0] ?? 0,
    beats: run.length,
    meanIntervalMs: ((lastFive.at(-1) ?? 0) - (lastFive[0] ?? 0)) / (lastFive.length - 1),
    unevenness: unevennessOf(intervalsOf(run)),
    strangeness: average(strange),
    least: Math.min(...strange),
    inEach: average(known(run.map(({ least }) => least))),
    shared: run.filter(({ seenBy }) => seenBy >= 2).length / run.length,
    pace:
      average(intervalsOf(run)) / average(intervalsOf(before).filter((interval) => interval <= LONGEST_INTERVAL_MS)),
    before: average(known(before.map(({ strangeness }) => strangeness))),
  }
}

function known(values: readonly number[]): number[] {
  return values.filter((value) => !Number.isNaN(value))
}

/** Standard deviation over the mean. */
function unevennessOf(intervals: readonly number[]): number {
  const mean = average(intervals)
  return Math.sqrt(average(intervals.map((interval) => (interval - mean) ** 2))) / mean
}

function intervalsOf(beats: readonly JoinedBeat[]): number[] {
  return beats.slice(1).map(({ timeMs }, i) => timeMs - (beats[i]?.timeMs ?? timeMs))
}

function average(values: readonly number[]): number {
  return values.length === 0 ? NaN : values.reduce((sum, value) => sum + value, 0) / values.length
}
