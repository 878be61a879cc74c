import { joinBeats, type JoinedBeat } from './joined-beats.ts'
import { strangeness, type LeadView } from './lead-view.ts'
import {
  abruptRunOf,
  looseRunOf,
  LOOK_BACK_MS,
  MAX_INTERVAL_MS,
  RUN_BEATS,
  runAroundOne,
  runOf,
  STRANGE,
  type StrangeRun,
} from './strange-run.ts'

/** Cheap test: so many of a lead's last beats are strange, else nothing is joined. */
const LAST_BEATS = 6
const LAST_STRANGE = 3
const HASTENED = 0.85
/** A run is over after so many other beats, or so long without any. */
const OTHER_BEATS = 2
const SILENT_MS = 3_000

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
/** Around one beat that is not strange only what is plain in both leads: couplets and bigeminy are not. */
const AROUND_ONE = { strangeness: 5.5, least: 4, shared: 0.75, pace: 0.85 } as const
/**
 * With the pulse falling at the same time: then the leads need not mark the same wave; or less unlike is enough where the pace jumps; or one of
 * the five beats may be missed where the others are wholly unlike.
 */
const PULSELESS = [
  { strangeness: 5.8, pace: 0.92, beats: RUN_BEATS },
  { strangeness: 2.5, pace: 0.8, beats: RUN_BEATS },
  { strangeness: 4, pace: 0.92, beats: RUN_BEATS - 1 },
] as const
/** A tachycardia that begins abruptly and takes the pulse with it is one, whatever its shape (a focus in or near the normal path). */
const COLLAPSE = { shared: 0.8, unevenness: 0.25 } as const
/** The pulse tells so long after a beat, in which the next may come. */
const PULSE_LAG_MS = 2_000
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

/** A ventricular run that the leads show together. Plain data. */
export interface JointRun {
  onsetMs: number
  lastMs: number
  isClear: boolean
  evidence: Record<string, number | string>
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
  if (open === undefined && !leads.some((view) => isRestless(view) || isHastened(view))) return undefined
  const beats = joinBeats(leads, nowMs - LOOK_BACK_MS)
  if (open !== undefined) return goOn(open, beats, nowMs)
  const shown = shownRunOf(beats)
  const run = shown ?? fallingRunOf(beats, nowMs, hasPulseFallen)
  // What a lead shows while it is disturbed is not what another one confirms.
  if (run === undefined || leads.some(({ lastBadMs }) => lastBadMs > run.onsetMs)) return undefined
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
      ...(shown === undefined ? { pulse: 'falls' } : {}),
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

/** Cheap test: a lead's last beats come sooner than those before, as in a tachycardia that begins abruptly. */
function isHastened({ beats }: LeadView): boolean {
  const at = (back: number): number => beats[beats.length - back]?.[0] ?? NaN
  const lastMs = (at(1) - at(RUN_BEATS)) / (RUN_BEATS - 1)
  return lastMs < MAX_INTERVAL_MS && lastMs < HASTENED * ((at(RUN_BEATS) - at(2 * RUN_BEATS)) / RUN_BEATS)
}

function goOn(open: JointRun, beats: readonly JoinedBeat[], nowMs: number): JointRun {
  const strange = beats.findLast((beat) => beat.strangeness >= STRANGE && beat.timeMs >= open.lastMs)
  const lastMs = Math.max(open.lastMs, strange?.timeMs ?? 0)
  const others = beats.filter(({ timeMs }) => timeMs > lastMs).length
  const isOver = others >= OTHER_BEATS || nowMs - lastMs > SILENT_MS
  return { ...open, lastMs, ...(isOver ? { endMs: lastMs } : {}) }
}

/** The run that the leads show, whatever the pulse does. */
function shownRunOf(beats: readonly JoinedBeat[]): StrangeRun | undefined {
  const run = runOf(beats)
  if (run !== undefined && isVentricular(run)) return run
  const around = runAroundOne(beats)
  return around !== undefined && isPlain(around) ? around : undefined
}

/** The run that the pulse bears out, also where it ended a moment ago. */
function fallingRunOf(
  beats: readonly JoinedBeat[],
  nowMs: number,
  hasPulseFallen: (onsetMs: number) => boolean,
): StrangeRun | undefined {
  for (let to = beats.length; to > 0 && (beats[to - 1]?.timeMs ?? 0) > nowMs - PULSE_LAG_MS; to--) {
    const run = pulselessRunOf(to === beats.length ? beats : beats.slice(0, to))
    if (run !== undefined && hasPulseFallen(run.onsetMs)) return run
  }
  return undefined
}

function isVentricular(run: StrangeRun): boolean {
  const { strangeness, shared, pace, before } = run
  if (UNLIKE.some((least) => strangeness >= least.strangeness && shared >= least.shared && pace <= least.pace)) {
    return true
  }
  const isAbrupt = shared >= ABRUPT.shared && pace <= ABRUPT.pace && before <= ABRUPT.before
  return isAbrupt && strangeness >= ABRUPT.strangeness && run.inEach >= ABRUPT.inEach
}

function isPlain({ strangeness, least, shared, pace }: StrangeRun): boolean {
  return (
    strangeness >= AROUND_ONE.strangeness &&
    least >= AROUND_ONE.least &&
    shared >= AROUND_ONE.shared &&
    pace <= AROUND_ONE.pace
  )
}

/** A run that is one if the pulse falls with it. */
function pulselessRunOf(beats: readonly JoinedBeat[]): StrangeRun | undefined {
  for (const { strangeness, pace, beats: least } of PULSELESS) {
    const run = looseRunOf(beats, least)
    if (run !== undefined && run.strangeness >= strangeness && run.pace <= pace) return run
  }
  const abrupt = abruptRunOf(beats)
  const isSeen = abrupt !== undefined && abrupt.shared >= COLLAPSE.shared && abrupt.unevenness <= COLLAPSE.unevenness
  return isSeen ? abrupt : undefined
}

/** Whether the leads together bear out a run that one of them says. */
export function isBorneOut(look: StrangeRun, lastsMs: number): boolean {
  const { strangeness, shared, pace } = look
  // Where nothing is known of the beats, their shape speaks neither way; nor does the pace where nothing is known of the time before.
  if (Number.isNaN(strangeness)) return true
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
