import type { BeatClass } from '@pulsewire/contracts'
import {
  createJointQrs,
  decideJointly,
  dropLead,
  forgetHeard,
  hearPeak,
  hearSecond,
  heartRateOf,
  JOINT_STEP_MS,
  openQuestionMs,
  takeInterval,
  trustIn,
  type EcgOutput,
  type Intervals,
  type JointBeat,
  type JointQrs,
} from '@pulsewire/ecg'
import { isCurrent, isOff, MIN_QUALITY, type ElectrodesOff, type LeadView, type SeenBeat } from './lead-view.ts'

/** The beats of one device, out of all its leads together. Plain data. */
export interface DeviceBeats {
  joint: JointQrs
  /** Up to where it has gone, on the grid of `JOINT_STEP_MS`; -1 = not begun. */
  atMs: number
  /** Found, and waiting for the marks of the leads. */
  pending: JointBeat[]
  /** The last beat that was given; -1 = none. */
  lastMs: number
  /** By how much the marks of the other leads are late against those of `marksOf`. */
  lateMs: Record<string, number>
  marksOf: string
  intervals: Intervals
  /** End of the last second of which no lead could be read; -1 = none. */
  blindMs: number
}

/** What came out of a step. */
export interface DeviceSaid {
  readonly beats: readonly [timeMs: number, beatClass: BeatClass][]
  /** Every beat before this has been given. */
  readonly saidUntilMs: number
  readonly rates: readonly [timeMs: number, bpm: number][]
}

/** By then each lead has said of a beat what it is. */
const GIVE_AFTER_MS = 1_200
/** The mark of a beat lies so near the middle of its steep part. */
const MARK_MS = 130
/** Marks of one beat that lie further from each other than they usually do are not of one wave. */
const ASTRAY_MS = 60
/** Weight of a beat in how late a lead's marks are. */
const LATE_SMOOTHING = 0.1
/** What is heard of a lead that is alone is kept so long, for when another one joins it. */
const KEEP_HEARD_MS = 2_000
/** After so long without samples everything begins anew; also where the clock was set back. */
const LONGEST_STEP_MS = 15_000
const SET_BACK_MS = 2_000
/** An interval that is longer says nothing of the rate, and so long after the last beat there is none. */
const LONGEST_INTERVAL_MS = 3_000
const SECOND_MS = 1_000
/** A rate needs a lead that is at least this good. */
const LEAST_QUALITY = 0.3

export function createDeviceBeats(): DeviceBeats {
  return {
    joint: createJointQrs(),
    atMs: -1,
    pending: [],
    lastMs: -1,
    lateMs: {},
    marksOf: '',
    intervals: { intervalsMs: [], timesMs: [] },
    blindMs: -1,
  }
}

/** Takes in what a lead's analyser said. */
export function hearLead(
  { joint }: DeviceBeats,
  view: LeadView,
  outputs: readonly EcgOutput[],
  electrodesOff: ElectrodesOff,
): void {
  for (const output of outputs) {
    if (output.kind === 'peak') hearPeak(joint, view.key, output)
    else if (output.kind === 'quality') {
      const quality = isOff(view, electrodesOff) ? 0 : Math.min(1, output.quality / MIN_QUALITY)
      hearSecond(joint, view.key, output.timeMs, quality)
    }
  }
}

/** A lead that is alone says its beats itself: they are remembered for when another one joins it. */
export function followLone(beats: DeviceBeats, view: LeadView): void {
  forgetHeard(beats.joint, view.seenMs - KEEP_HEARD_MS)
  beats.lastMs = view.beats.at(-1)?.[0] ?? -1
}

/** Goes on to where all of the device's leads have come. `primary`: the lead whose marks and classes are taken where it has the beat. */
export function followTogether(
  beats: DeviceBeats,
  leads: readonly LeadView[],
  primary: string | undefined,
  electrodesOff: ElectrodesOff,
): DeviceSaid {
  const newestMs = Math.max(...leads.map(({ seenMs }) => seenMs))
  const current = leads.filter((view) => isCurrent(view, newestMs))
  for (const view of leads) if (!current.includes(view)) dropLead(beats.joint, view.key)
  const untilMs = Math.floor(Math.min(...current.map(({ seenMs }) => seenMs)) / JOINT_STEP_MS) * JOINT_STEP_MS
  const said: { beats: [number, BeatClass][]; rates: [number, number][] } = { beats: [], rates: [] }
  const step = (nowMs: number): void => {
    beats.pending.push(...decideJointly(beats.joint, nowMs))
    while (beats.pending[0] !== undefined && nowMs - beats.pending[0].timeMs >= GIVE_AFTER_MS) {
      const [next, ...rest] = beats.pending
      beats.pending = rest
      const beat = markOf(beats, next, current, primary)
      if (beat[0] - beats.lastMs < JOINT_STEP_MS / 2) continue
      said.beats.push(beat)
      rememberInterval(beats, beat[0])
    }
    if (nowMs % SECOND_MS !== 0) return
    if (current.every((view) => view.quality === 0 || isOff(view, electrodesOff))) beats.blindMs = nowMs
    const bpm = heartRateOf(beats.intervals, nowMs)
    const canBeRead = current.some(({ steadyQuality }) => steadyQuality >= LEAST_QUALITY)
    if (!Number.isNaN(bpm) && canBeRead && nowMs - beats.lastMs < LONGEST_INTERVAL_MS) said.rates.push([nowMs, bpm])
  }
  if (beats.atMs < 0) beats.atMs = untilMs - JOINT_STEP_MS
  const isJump = untilMs > beats.atMs + LONGEST_STEP_MS || untilMs < beats.atMs - SET_BACK_MS
  const runToMs = isJump ? beats.atMs + 2 * GIVE_AFTER_MS : untilMs
  while (beats.atMs < runToMs) step((beats.atMs += JOINT_STEP_MS))
  if (isJump) Object.assign(beats, { ...createDeviceBeats(), atMs: untilMs })
  return { ...said, saidUntilMs: saidUntilOf(beats, current) }
}

function saidUntilOf({ joint, pending, atMs }: DeviceBeats, current: readonly LeadView[]): number {
  const settledMs = Math.max(...current.map(({ saidUntilMs }) => saidUntilMs))
  const openMs = Math.min(openQuestionMs(joint), pending[0]?.timeMs ?? Infinity) - MARK_MS
  return Math.min(atMs - GIVE_AFTER_MS, openMs, settledMs)
}

function rememberInterval(beats: DeviceBeats, timeMs: number): void {
  const { intervals, lastMs, blindMs } = beats
  const rrMs = timeMs - lastMs
  if (rrMs > LONGEST_INTERVAL_MS || blindMs > lastMs) beats.intervals = { intervalsMs: [], timesMs: [] }
  else takeInterval(intervals, timeMs, rrMs)
  beats.lastMs = timeMs
}

/** Time and class of a beat: those of the primary lead, else of the most trusted that has it, its mark moved to where the primary's would be. */
function markOf(
  beats: DeviceBeats,
  beat: JointBeat,
  leads: readonly LeadView[],
  primary: string | undefined,
): [number, BeatClass] {
  if (primary !== undefined && beats.marksOf !== primary) {
    beats.marksOf = primary
    beats.lateMs = {}
  }
  const { lateMs } = beats
  const own = new Map<string, SeenBeat>()
  for (const view of leads) {
    const marked = nearest(view.beats, beat.seenMs[view.key])
    if (marked !== undefined) own.set(view.key, marked)
  }
  const byTrust = leads
    .map(({ key }) => ({ key, trust: trustIn(beats.joint, key) }))
    .toSorted((a, b) => b.trust - a.trust || (a.key < b.key ? -1 : 1))
    .flatMap(({ key, trust }) => {
      const marked = own.get(key)
      return marked === undefined ? [] : [{ key, trust, timeMs: marked[0] - (lateMs[key] ?? 0), beatClass: marked[1] }]
    })
  const first = byTrust.find(({ key }) => key === primary)
  const best = byTrust[0]
  if (first !== undefined && best !== undefined) {
    // Where a better lead has it elsewhere, noise was taken for it.
    const isAstray = best.trust > first.trust && Math.abs(best.timeMs - first.timeMs) > ASTRAY_MS
    if (isAstray) return [best.timeMs, best.beatClass]
    for (const { key, timeMs } of byTrust) {
      const known = lateMs[key]
      const late = timeMs + (known ?? 0) - first.timeMs
      lateMs[key] = known === undefined ? late : known + LATE_SMOOTHING * (late - known)
    }
    return [first.timeMs, first.beatClass]
  }
  if (best !== undefined) return [best.timeMs, best.beatClass]
  // No lead took it for a beat by itself: its class cannot be known.
  return [beat.timeMs, 'Q']
}

function nearest(beats: readonly SeenBeat[], timeMs: number | undefined): SeenBeat | undefined {
  if (timeMs === undefined) return undefined
  let best: SeenBeat | undefined
  let distance = MARK_MS
  for (const beat of beats) {
    const apart = Math.abs(beat[0] - timeMs)
    if (apart > distance) continue
    distance = apart
    best = beat
  }
  return best
}
