import type { PeakOutput } from '../types.ts'
import { createPaceMemory, learnInterval, paceOf, type PaceMemory } from './qrs-pace.ts'
import { bestEnd, extendPaths, firstOf, PATH, type PathPeak } from './qrs-path.ts'

/**
 * QRS complexes out of several leads that see the same heart at the same time. What each lead says of a peak are log odds; those of the
 * leads are added, weighted by how far each lead's peaks agreed with the beats so far, and the most probable sequence of beats is
 * looked for in what comes out, as in one lead (`qrs-path.ts`). A lead that can be read and shows no peak where another has one speaks
 * against it; a lead that is off says nothing. Plain data; times in ms.
 */
export interface JointQrs {
  leads: Record<string, JointLead>
  /** Heard, and not yet looked at: their time to be told has not come. */
  waiting: Heard[]
  /** Peaks since the last certain beat, in order. */
  open: JointPeak[]
  pace: PaceMemory
  /** The last certain beat; index -1 = none. */
  root: { index: number; slope: number; interval: number }
  /** Up to where it was decided; -1 = nowhere. */
  decidedMs: number
}

/** What a lead was worth lately, fading; and how good its signal was in the last seconds. */
interface JointLead {
  /** Beats that it had too, that it missed, and peaks that it alone held for beats. */
  agreed: number
  missed: number
  invented: number
  /** Its newest peak that it held for a beat; absent = none yet. */
  heardMs?: number
  /** End of the second, and 0 (off) to 1. */
  seconds: [endMs: number, quality: number][]
}

interface LeadPeak {
  timeMs: number
  odds: number
  slope: number
}

interface Heard extends LeadPeak {
  lead: string
  saidMs: number
}

/** A peak as the leads together see it; `seen`: of each lead that has one here. */
interface JointPeak extends PathPeak {
  index: number
  slope: number
  odds: number
  seen: Record<string, LeadPeak>
}

/** A beat, and the middle of its steep part in each lead that shows a peak there. */
export interface JointBeat {
  timeMs: number
  seenMs: Record<string, number>
}

/** Decisions are made on this grid of event time, so that they do not depend on when the samples came. */
export const JOINT_STEP_MS = 200
/** A beat is said at most so long after it, unless it is searched for afterwards. */
export const JOINT_DELAY_MS = 1000

// Chosen on the tuned half of mitdb (odd places), two leads, with noise, silence and nothing on one of them; see the README.
/** Peaks of two leads within this are one. */
const TOGETHER_MS = 100
/** The most that one lead can say for or against a beat. */
const MOST_ODDS = 8
/** What it says against a beat of which it shows nothing. */
const ABSENT_ODDS = 4
/** What a lead did counts so much less with each beat; before it has done anything it is taken to have had some right. */
const FADE = 0.95
const PRIOR_BEATS = 4
/** How much less a lead counts for what it did wrong: the power of the part that it had right. */
const SHARPNESS = 2
/**
 * A lead that has held nothing for a beat for longer is less and less of a witness: its electrode may hardly touch. Else no beat would be
 * found that could show that it misses them.
 */
const PATIENCE_MS = 2500
/** So sure before a beat is said early. */
const CLEAR = 4
/** See `PEAK_TOLD_MS`: all peaks that are older have been heard. */
const HEARD_MS = 620
/** Peaks that nothing came of are kept so long. */
const FORGET_MS = 10_000
/** A clock that goes back by more was set back. */
const SET_BACK_MS = 2000
const SECONDS_KEPT = 4
/** The most that pace and silence can add to the odds of a peak. */
const MOST_GAIN = 6
/** The unit of time, per second. */
const RATE = 1000

export function createJointQrs(): JointQrs {
  const root = { index: -1, slope: 0, interval: 0 }
  return { leads: {}, waiting: [], open: [], pace: createPaceMemory(), root, decidedMs: -1 }
}

function leadOf(joint: JointQrs, lead: string): JointLead {
  return (joint.leads[lead] ??= { agreed: PRIOR_BEATS, missed: 0, invented: 0, seconds: [] })
}

/** Takes in a peak of a lead. */
export function hearPeak(joint: JointQrs, lead: string, { timeMs, saidMs, odds, slope }: PeakOutput): void {
  joint.waiting.push({ lead, timeMs, saidMs, odds: Math.max(-MOST_ODDS, Math.min(MOST_ODDS, odds)), slope })
}

/** Takes in how good a lead's second was that ended at `endMs`, 0 (off) to 1. */
export function hearSecond(joint: JointQrs, lead: string, endMs: number, quality: number): void {
  const { seconds } = leadOf(joint, lead)
  seconds.push([endMs, quality])
  if (seconds.length > SECONDS_KEPT) seconds.shift()
}

/** How much a lead is to be believed after how its peaks agreed with the beats of late, 0 to 1; 1 where nothing is known. */
export function trustIn(joint: JointQrs, lead: string): number {
  const known = joint.leads[lead]
  return known === undefined ? 1 : (known.agreed / (known.agreed + known.missed + known.invented)) ** SHARPNESS
}

/** How much of a witness a lead still is at a time, 0 to 1. */
function presence({ heardMs }: JointLead, timeMs: number): number {
  return heardMs === undefined || timeMs - heardMs <= PATIENCE_MS ? 1 : PATIENCE_MS / (timeMs - heardMs)
}

function qualityAt({ seconds }: JointLead, timeMs: number): number {
  for (const [endMs, quality] of seconds) if (endMs > timeMs) return quality
  return seconds.at(-1)?.[1] ?? 1
}

/** Puts a peak to that of another lead, or stands it alone. */
function place(joint: JointQrs, { lead, timeMs, odds, slope }: Heard): void {
  const { open, root } = joint
  const known = leadOf(joint, lead)
  if (odds > 0) known.heardMs = Math.max(timeMs, known.heardMs ?? timeMs)
  if (root.index >= 0 && timeMs - root.index < PATH.blankMs) return
  const seen = { timeMs, odds, slope }
  let nearest: JointPeak | undefined
  let distance = TOGETHER_MS
  for (const peak of open) {
    const apart = Math.abs(peak.index - timeMs)
    if (apart > distance || peak.seen[lead] !== undefined) continue
    distance = apart
    nearest = peak
  }
  if (nearest === undefined)
    open.push({ index: timeMs, slope, odds, seen: { [lead]: seen }, path: 0, before: -1, interval: 0 }) // prettier-ignore
  else nearest.seen[lead] = seen
}

/** The odds of a peak out of those of the leads: their weighted sum, less than that because leads are wrong together. */
function weigh(joint: JointQrs, peak: JointPeak): void {
  let sum = 0
  let weights = 0
  let most = 0
  let slope = 0
  let index = 0
  let votes = 0
  let best = -MOST_ODDS
  for (const key in joint.leads) {
    const lead = joint.leads[key]
    if (lead === undefined) continue
    const weight = qualityAt(lead, peak.index) * trustIn(joint, key) * presence(lead, peak.index)
    const seen = peak.seen[key]
    weights += weight
    most = Math.max(most, weight)
    sum += weight * (seen === undefined ? -ABSENT_ODDS : seen.odds)
    if (seen === undefined) continue
    best = Math.max(best, seen.odds)
    const vote = (weight + 1e-3) * Math.exp(seen.odds / 2)
    slope += vote * seen.slope
    index += vote * seen.timeMs
    votes += vote
  }
  // Where no lead can be read, the one that sees most is all there is.
  peak.odds = most === 0 ? best : sum / Math.sqrt(most * weights)
  if (votes === 0) return
  peak.slope = slope / votes
  peak.index = index / votes
}

/** Goes on to `nowMs`, up to which all leads have been heard; gives the beats that became certain, in order. */
export function decideJointly(joint: JointQrs, nowMs: number): JointBeat[] {
  const beats: JointBeat[] = []
  const last = Math.floor(nowMs / JOINT_STEP_MS) * JOINT_STEP_MS
  // The clock was set back: what is known lies in the future.
  if (last < joint.decidedMs - SET_BACK_MS) Object.assign(joint, createJointQrs())
  if (joint.decidedMs < 0) joint.decidedMs = last - JOINT_STEP_MS
  while (joint.decidedMs < last) {
    if (joint.open.length === 0 && joint.waiting.length === 0) joint.decidedMs = last
    else decideStep(joint, (joint.decidedMs += JOINT_STEP_MS), beats)
  }
  return beats
}

function decideStep(joint: JointQrs, nowMs: number, beats: JointBeat[]): void {
  const due = joint.waiting.filter(({ saidMs }) => saidMs <= nowMs)
  if (due.length > 0) {
    joint.waiting = joint.waiting.filter(({ saidMs }) => saidMs > nowMs)
    // In one order, whichever lead came first.
    due.sort((a, b) => a.timeMs - b.timeMs || (a.lead < b.lead ? -1 : 1))
    for (const heard of due) place(joint, heard)
  }
  const seenMs = nowMs - HEARD_MS
  while (joint.open.length > 0) {
    const { open, root } = joint
    for (const peak of open) weigh(joint, peak)
    open.sort((a, b) => a.index - b.index)
    const pace = paceOf(joint.pace)
    extendPaths(open, 0, root, pace, RATE)
    const { end, odds } = bestEnd(open, root, seenMs, pace)
    const first = end < 0 ? -1 : firstOf(open, end)
    const beat = open[first]
    if (beat === undefined || beat.index > seenMs - TOGETHER_MS) break
    if (nowMs - beat.index < JOINT_DELAY_MS) {
      extendPaths(open, first, root, pace, RATE, first)
      if (odds - bestEnd(open, root, seenMs, pace).odds < CLEAR) break
    }
    accept(joint, first, beat)
    beats.push({ timeMs: beat.index, seenMs: Object.fromEntries(Object.entries(beat.seen).map(([key, { timeMs }]) => [key, timeMs])) }) // prettier-ignore
  }
  joint.open = joint.open.filter(({ index }) => nowMs - index < FORGET_MS)
}

function accept(joint: JointQrs, first: number, beat: JointPeak): void {
  const { root, open, leads } = joint
  for (const key in leads) {
    const lead = leads[key]
    if (lead === undefined || qualityAt(lead, beat.index) === 0) continue
    const own = beat.seen[key]
    const isSeen = own !== undefined && own.odds > 0
    let invented = 0
    for (let i = 0; i < first; i++) if ((open[i]?.seen[key]?.odds ?? 0) > 0) invented += 1
    lead.agreed = FADE * lead.agreed + (isSeen ? 1 : 0)
    lead.missed = FADE * lead.missed + (isSeen ? 0 : 1)
    lead.invented = FADE * lead.invented + invented
  }
  if (root.index >= 0) learnInterval(joint.pace, beat.index - root.index, RATE)
  joint.root = { index: beat.index, slope: beat.slope, interval: root.index < 0 ? 0 : beat.index - root.index }
  joint.open = open.filter(({ index }) => index - beat.index >= PATH.blankMs)
}

/** From when on it is not yet certain where beats are. */
export function openQuestionMs({ open, decidedMs }: JointQrs): number {
  for (const { index, odds } of open) if (odds + MOST_GAIN > 0) return index
  return decidedMs - HEARD_MS - TOGETHER_MS
}

/** Forgets a lead that is no longer there. */
export function dropLead(joint: JointQrs, lead: string): void {
  delete joint.leads[lead]
  joint.waiting = joint.waiting.filter((heard) => heard.lead !== lead)
}

/** Forgets what was heard before `beforeMs` and has not been looked at: nobody asks for it while a lead is alone. */
export function forgetHeard(joint: JointQrs, beforeMs: number): void {
  if ((joint.waiting[0]?.timeMs ?? Infinity) < beforeMs) joint.waiting = joint.waiting.filter(({ timeMs }) => timeMs >= beforeMs) // prettier-ignore
}
