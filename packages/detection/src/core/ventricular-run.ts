import { joinBeats, type JoinedBeat } from './joined-beats.ts'
import { strangeness, type LeadView } from './lead-view.ts'

// CinC 2015: at least five ventricular beats at more than 100 /min.
const RUN_BEATS = 5
const MAX_INTERVAL_MS = 600
/** A beat of a run looks as little like the normal one as that: see `strangeness`. */
const STRANGE = 1.5
/** What came before a run is looked at so far back. */
const BEFORE_BEATS = 8
const LOOK_BACK_MS = 15_000
/** Cheap test: so many of a lead's last beats are strange, else nothing is joined. */
const LAST_BEATS = 6
const LAST_STRANGE = 3
/** A run is over after so many other beats, or so long without any. */
const OTHER_BEATS = 2
const SILENT_MS = 3_000
const SAME_ONSET_MS = 60

/**
 * What makes a run out of strange beats of two leads: numbers from 136 false and 13 true stretches of five such beats in MIT-BIH, and those
 * before the alarms of challenge 2015 (see the package's README). In noise the leads see beats at different times, or the pace goes on.
 */
const UNLIKE = [
  { strangeness: 5, shared: 0.5, pace: 0.92 },
  { strangeness: 4.2, shared: 0.7, pace: 0.92 },
] as const
/** Out of a clean rhythm, abruptly, in both leads: then less unlike is enough (a ventricular focus near the normal path). */
const ABRUPT = { strangeness: 2.5, shared: 0.8, pace: 0.7, before: 1, inEach: 1.2 } as const
/** With the pulse falling at the same time, the leads need not mark the same wave. */
const PULSELESS = { strangeness: 5.8, pace: 0.92 } as const
/**
 * A run that one lead says, and that the leads together must bear out. Seen by both, and: as above; or moderately unlike,
 * evenly, and each of its beats; or abruptly much faster, and evenly.
 */
const BORNE_OUT = [
  { strangeness: 2.4, least: 2.4, shared: 0.9, pace: 1.02, unevenness: 0.25 },
  { strangeness: 2.8, least: -1, shared: 0.75, pace: 0.55, unevenness: 0.2 },
] as const
/** A lead that goes on saying it for so long is believed with less. */
const LONG_MS = 8_000
const LONG = { strangeness: 3, shared: 0.65, pace: 1.02 } as const

/** So clear in both leads that a pulse which goes on does not speak against it: slow ones are perfused. */
const CLEAR = { strangeness: 5.9, least: 5.5, shared: 0.7 } as const

/** Strange beats in a row, the last of them the last that was seen. */
export interface StrangeRun {
  readonly onsetMs: number
  readonly beats: number
  readonly meanIntervalMs: number
  /** Mean of the beats, and the least. */
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

/** A ventricular run that the leads show together. Plain data. */
export interface JointRun {
  onsetMs: number
  lastMs: number
  isClear: boolean
  evidence: Record<string, number>
  /** Set when it is over. */
  endMs?: number
}

/** Goes on with a run that is open, or opens one, as the leads that can be read show it. `undefined` = none. */
export function followRun(
  open: JointRun | undefined,
  leads: readonly LeadView[],
  nowMs: number,
  hasPulseFallen: (onsetMs: number) => boolean,
): JointRun | undefined {
  if (open?.endMs !== undefined) return followRun(undefined, leads, nowMs, hasPulseFallen)
  if (open === undefined && (leads.length < 2 || !leads.some(isRestless))) return undefined
  const beats = joinBeats(leads, nowMs - LOOK_BACK_MS)
  if (open !== undefined) return goOn(open, beats, nowMs)
  const run = runOf(beats)
  // What a lead shows while it is disturbed is not what another one confirms.
  if (
    run === undefined ||
    leads.some(({ lastBadMs }) => lastBadMs > run.onsetMs) ||
    !isVentricular(run, hasPulseFallen)
  )
    return undefined
  return {
    onsetMs: run.onsetMs,
    lastMs: beats.at(-1)?.timeMs ?? nowMs,
    isClear: run.strangeness >= CLEAR.strangeness && run.least >= CLEAR.least && run.shared >= CLEAR.shared,
    evidence: {
      heartRate: Math.round(60_000 / run.meanIntervalMs),
      beats: run.beats,
      unlike: rounded(run.strangeness),
      seenByTwoLeads: rounded(run.shared),
      pace: rounded(run.pace),
    },
  }
}

function rounded(value: number): number {
  return Math.round(100 * value) / 100
}

function isRestless(view: LeadView): boolean {
  let strange = 0
  for (let i = Math.max(0, view.beats.length - LAST_BEATS); i < view.beats.length; i++) {
    const beat = view.beats[i]
    if (beat !== undefined && strangeness(view, beat) >= STRANGE) strange += 1
  }
  return strange >= LAST_STRANGE
}

function goOn(open: JointRun, beats: readonly JoinedBeat[], nowMs: number): JointRun {
  const strange = beats.findLast((beat) => beat.strangeness >= STRANGE && beat.timeMs >= open.lastMs)
  const lastMs = Math.max(open.lastMs, strange?.timeMs ?? 0)
  const others = beats.filter(({ timeMs }) => timeMs > lastMs).length
  const isOver = others >= OTHER_BEATS || nowMs - lastMs > SILENT_MS
  return { ...open, lastMs, ...(isOver ? { endMs: lastMs } : {}) }
}

function isVentricular(run: StrangeRun, hasPulseFallen: (onsetMs: number) => boolean): boolean {
  const { strangeness, shared, pace, before } = run
  if (UNLIKE.some((least) => strangeness >= least.strangeness && shared >= least.shared && pace <= least.pace)) {
    return true
  }
  const isAbrupt = shared >= ABRUPT.shared && pace <= ABRUPT.pace && before <= ABRUPT.before
  if (isAbrupt && strangeness >= ABRUPT.strangeness && run.inEach >= ABRUPT.inEach) return true
  return strangeness >= PULSELESS.strangeness && pace <= PULSELESS.pace && hasPulseFallen(run.onsetMs)
}

/** Whether the leads together bear out a run that one of them says. */
export function isBorneOut(look: StrangeRun, lastsMs: number): boolean {
  const { strangeness, shared, pace } = look
  // Where nothing is known of the time before, the pace speaks neither way.
  if (UNLIKE.some((least) => strangeness >= least.strangeness && shared >= least.shared && !(pace > least.pace))) {
    return true
  }
  if (lastsMs >= LONG_MS && strangeness >= LONG.strangeness && shared >= LONG.shared && !(pace > LONG.pace)) return true
  return BORNE_OUT.some(
    (least) =>
      strangeness >= least.strangeness &&
      look.least >= least.least &&
      shared >= least.shared &&
      pace <= least.pace &&
      look.unevenness <= least.unevenness,
  )
}

/** What the leads together show since an onset, whatever it is. */
export function lookSince(leads: readonly LeadView[], onsetMs: number, nowMs: number): StrangeRun | undefined {
  const beats = joinBeats(leads, nowMs - LOOK_BACK_MS)
  const from = beats.findIndex(({ timeMs }) => timeMs >= onsetMs - SAME_ONSET_MS)
  return from < 0 ? undefined : describe(beats, from)
}

/** The run that the last beats make, if they make one: the last five at more than 100 /min, all of them strange. */
export function runOf(beats: readonly JoinedBeat[]): StrangeRun | undefined {
  let from = beats.length
  while ((beats[from - 1]?.strangeness ?? -1) >= STRANGE) from -= 1
  const run = beats.slice(from)
  const times = run.map(({ timeMs }) => timeMs)
  const lastFive = times.slice(-RUN_BEATS)
  const span = (lastFive.at(-1) ?? 0) - (lastFive[0] ?? 0)
  if (lastFive.length < RUN_BEATS || span >= (RUN_BEATS - 1) * MAX_INTERVAL_MS) return undefined
  return describe(beats, from)
}

function describe(beats: readonly JoinedBeat[], from: number): StrangeRun {
  const run = beats.slice(from)
  const times = run.map(({ timeMs }) => timeMs)
  const lastFive = times.slice(-RUN_BEATS)
  const before = beats.slice(Math.max(0, from - BEFORE_BEATS), from)
  return {
    onsetMs: times[0] ?? 0,
    beats: run.length,
    meanIntervalMs: ((lastFive.at(-1) ?? 0) - (lastFive[0] ?? 0)) / (lastFive.length - 1),
    unevenness: unevennessOf(intervalsOf(times)),
    strangeness: average(run.map(({ strangeness }) => strangeness)),
    least: Math.min(...run.map(({ strangeness }) => strangeness)),
    inEach: average(run.map(({ least }) => least)),
    shared: run.filter(({ seenBy }) => seenBy >= 2).length / run.length,
    pace: average(intervalsOf(times)) / average(intervalsOf(before.map(({ timeMs }) => timeMs))),
    before: average(before.map(({ strangeness }) => strangeness)),
  }
}

/** Standard deviation over the mean. */
function unevennessOf(intervals: readonly number[]): number {
  const mean = average(intervals)
  return Math.sqrt(average(intervals.map((interval) => (interval - mean) ** 2))) / mean
}

function intervalsOf(times: readonly number[]): number[] {
  return times.slice(1).map((timeMs, i) => timeMs - (times[i] ?? timeMs))
}

function average(values: readonly number[]): number {
  return values.length === 0 ? NaN : values.reduce((sum, value) => sum + value, 0) / values.length
}
