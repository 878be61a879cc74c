import type { BeatClass } from '@pulsewire/contracts'
import { trustIn, type EcgOutput, type QualityReason, type RhythmType } from '@pulsewire/ecg'
import type { DeviceBeats } from './device-beats.ts'

/** Below this quality (0 to 1) what a lead says is not believed. */
export const MIN_QUALITY = 0.5
/** A lead that has said nothing for so long is not looked at. */
const STALE_AFTER_MS = 3_000
/** After an electrode was put on again, what its lead says is not believed for so long: it speaks of the time before. */
const SETTLE_MS = 8_000
/** Weight of a second's clarity. */
const CLARITY_SMOOTHING = 1 / 60
/** Weight of a second in the part that is missing. */
const MISSING_SMOOTHING = 1 / 30
/** What is missing for longer is no hole but a lead that is off. */
const LONGEST_HOLE_MS = 3_000
/** A lead that leaves out waves more than half as tall as the beats that it counts is less clear than this. */
const COUNTS_ALL_CLARITY = 0.5
/** Weight of a beat in what is usual for the lead's likeness. */
const USUAL_SMOOTHING = 0.05
/** A beat that is less alike than this, or ventricular, does not tell what is usual. */
const LEAST_USUAL = 0.6
const MAX_DEVIATION = 0.3
const MOST_STRANGE = 6
/** Beats are kept so long to compare leads with each other. */
const KEEP_BEATS_MS = 20_000

export interface LeadRhythm {
  type: RhythmType
  onsetMs: number
  confidence: number
  evidence: Record<string, number | string>
  endMs?: number
}

/** Time (ms), class, and how much it looks like the patient's normal beat in this lead (-1 to 1; 0 = not known). */
export type SeenBeat = [timeMs: number, beatClass: BeatClass, likeness: number]

/** What a lead has said lately. Plain data. */
export interface LeadView {
  /** `device/signal` */
  key: string
  device: string
  signal: string
  lead: string
  seenMs: number
  /** Length of its last block. */
  blockMs: number
  saidUntilMs: number
  quality: number
  /** The same, smoothed over some seconds. */
  steadyQuality: number
  reasons: QualityReason[]
  /** Part of the last half minute's seconds in which a quarter and more was missing. */
  missingPart: number
  /** Since when the quality has been bad, and since when no signal at all has come (electrode). */
  badSinceMs?: number | undefined
  offSinceMs?: number | undefined
  goodSinceMs?: number | undefined
  /** When it was last bad; 0 = never. */
  lastBadMs: number
  /** When the device last said that the electrode is off. */
  saidOffMs?: number
  beats: SeenBeat[]
  /** Likeness of the beats that are not ventricular, and how far they are from it: 1 ± 0.01 in a clear lead, 0.85 ± 0.1 in a noisy one. */
  usualLikeness: number
  likenessSpread: number
  /** How far its complexes stand out, 0 to 1, over the last minutes of good signal; a rhythm of a minute does not change it much. */
  clarity: number
  /** The same of its last beats. */
  clarityNow: number
  rhythms: LeadRhythm[]
}

export function createLeadView(device: string, signal: string, lead: string): LeadView {
  return {
    key: `${device}/${signal}`,
    device,
    signal,
    lead,
    seenMs: 0,
    blockMs: 0,
    saidUntilMs: 0,
    quality: 0,
    steadyQuality: 0,
    missingPart: 0,
    reasons: [],
    lastBadMs: 0,
    beats: [],
    usualLikeness: 0.97,
    likenessSpread: 0.03,
    clarity: 0,
    clarityNow: 1,
    rhythms: [],
  }
}

/** Takes in what the lead's analyser said up to `endMs`. */
export function viewSlice(view: LeadView, endMs: number, saidUntilMs: number, outputs: readonly EcgOutput[]): void {
  view.seenMs = endMs
  view.saidUntilMs = saidUntilMs
  view.rhythms = view.rhythms.filter(({ endMs: ended }) => ended === undefined)
  for (const output of outputs) {
    switch (output.kind) {
      case 'beat':
        view.beats.push([output.timeMs, output.beatClass, output.likeness])
        viewLikeness(view, output.beatClass, output.likeness)
        break
      case 'beats-revised':
        view.beats = [
          ...view.beats.filter(([timeMs]) => timeMs < output.fromMs || timeMs >= output.toMs),
          ...output.beats.map(([timeMs, beatClass]): SeenBeat => [timeMs, beatClass, 0]),
        ].sort((a, b) => a[0] - b[0])
        break
      case 'peak':
      case 'heart-rate':
      case 'respiration':
      case 'st':
        break
      case 'quality':
        viewQuality(view, output.timeMs, output.quality, output.reasons)
        viewClarity(view, output.clarity)
        break
      case 'rhythm':
        viewRhythm(view, output)
        break
    }
  }
  while ((view.beats[0]?.[0] ?? endMs) < endMs - KEEP_BEATS_MS) view.beats.shift()
}

function viewQuality(view: LeadView, timeMs: number, quality: number, reasons: QualityReason[]): void {
  view.steadyQuality = view.quality === 0 ? quality : view.steadyQuality + SMOOTHING * (quality - view.steadyQuality)
  view.quality = quality
  view.reasons = reasons
  const off = reasons.includes('flat') || reasons.includes('missing') || reasons.includes('saturated')
  const bad = quality < MIN_QUALITY
  const secondAgo = timeMs - 1_000
  view.offSinceMs = off ? (view.offSinceMs ?? secondAgo) : undefined
  view.badSinceMs = bad ? (view.badSinceMs ?? secondAgo) : undefined
  const hole = reasons.includes('missing') && timeMs - (view.offSinceMs ?? timeMs) <= LONGEST_HOLE_MS
  view.missingPart += MISSING_SMOOTHING * ((hole ? 1 : 0) - view.missingPart)
  if (bad || off) view.lastBadMs = timeMs
  view.goodSinceMs = bad || off ? undefined : (view.goodSinceMs ?? secondAgo)
}

function viewLikeness(view: LeadView, beatClass: BeatClass, likeness: number): void {
  if (beatClass === 'V' || likeness < LEAST_USUAL) return
  const deviation = Math.min(Math.abs(view.usualLikeness - likeness), MAX_DEVIATION)
  view.likenessSpread += USUAL_SMOOTHING * (deviation - view.likenessSpread)
  view.usualLikeness += USUAL_SMOOTHING * (likeness - view.usualLikeness)
}

/**
 * How much less a beat looks like the normal one than is usual in this lead, in units of what is usual: below 1 in nearly all normal
 * beats, above 3 in most ventricular ones (MIT-BIH). NaN where it is not known: of the seconds in which a lead was learned (anew, after a gap).
 */
export function strangeness({ usualLikeness, likenessSpread }: LeadView, [, , likeness]: SeenBeat): number {
  if (likeness === 0) return NaN
  const z = (usualLikeness - likeness) / (0.03 + 1.5 * likenessSpread)
  return Math.min(MOST_STRANGE, Math.max(-1, z))
}

function viewClarity(view: LeadView, clarity: number): void {
  view.clarityNow = clarity
  if (view.quality < MIN_QUALITY || clarity === 0) return
  view.clarity = view.clarity === 0 ? clarity : view.clarity + CLARITY_SMOOTHING * (clarity - view.clarity)
}

function viewRhythm(view: LeadView, output: Extract<EcgOutput, { kind: 'rhythm' }>): void {
  const { type, onsetMs, confidence, evidence, phase } = output
  const rhythm: LeadRhythm = { type, onsetMs, confidence, evidence }
  if (phase === 'end') rhythm.endMs = output.endMs ?? output.timeMs
  view.rhythms = [...view.rhythms.filter((other) => other.type !== type || other.endMs !== undefined), rhythm]
}

/** Its beats are all the tall waves that there are. Else it may count every other wave of a flutter, and call them regular beats. */
export function countsAllWaves({ clarityNow }: LeadView): boolean {
  return clarityNow >= COUNTS_ALL_CLARITY
}

/** The lead sends, and its signal is good enough to be believed. */
export function isUsable(view: LeadView, nowMs: number, electrodesOff: ElectrodesOff): boolean {
  return isCurrent(view, nowMs) && view.quality >= MIN_QUALITY && isOn(view, nowMs, electrodesOff)
}

/** The electrode is on, and has been for a while. */
export function isOn(view: LeadView, nowMs: number, electrodesOff: ElectrodesOff): boolean {
  return !isOff(view, electrodesOff) && nowMs - (view.saidOffMs ?? 0) >= SETTLE_MS
}

export function isCurrent(view: LeadView, nowMs: number): boolean {
  return view.seenMs > 0 && nowMs - view.seenMs <= STALE_AFTER_MS
}

/** Signals whose electrode is off as the device says, by device; `*` = all of them. */
export type ElectrodesOff = Readonly<Record<string, readonly string[]>>

export function isOff(view: LeadView, electrodesOff: ElectrodesOff): boolean {
  const off = electrodesOff[view.device] ?? []
  return off.includes('*') || off.includes(view.signal)
}

/** The beats of a lead in `(fromMs, toMs]`. */
export function beatsBetween(view: LeadView, fromMs: number, toMs: number): SeenBeat[] {
  return view.beats.filter(([timeMs]) => timeMs > fromMs && timeMs <= toMs)
}

const PREFERRED_LEADS = ['II', 'MLII', 'V5', 'I', 'V2', 'single']
/** Weight of a second's quality in the smoothed one: a second of movement is no reason to change the lead. */
const SMOOTHING = 0.15
/** Another lead must be better by so much to be taken instead of one that is still good enough. */
const BETTER_BY = 0.4
/** A lead that is preferred is taken again once it has been this good for so long. */
const GOOD_WORTH = 0.8
const GOOD_AGAIN_AFTER_MS = 5_000

/**
 * The lead whose marks, classes and rhythms are taken: the one before, while it serves; else the best. A lead is as good as its signal, and as
 * its peaks agree with the beats that the leads of its device show together.
 */
export function choosePrimary(
  views: readonly LeadView[],
  before: string | undefined,
  nowMs: number,
  electrodesOff: ElectrodesOff,
  beats: Readonly<Record<string, DeviceBeats>> = {},
): LeadView | undefined {
  const canServe = (view: LeadView): boolean =>
    isCurrent(view, nowMs) && view.steadyQuality >= MIN_QUALITY && isOn(view, nowMs, electrodesOff)
  const [only, other] = views
  if (only !== undefined && other === undefined) return only.key === before || canServe(only) ? only : undefined
  const worthOf = ({ device, key, steadyQuality }: LeadView): number => {
    const joint = beats[device]?.joint
    return steadyQuality * (joint === undefined ? 1 : trustIn(joint, key))
  }
  const rank = ({ lead }: LeadView): number => {
    const index = PREFERRED_LEADS.indexOf(lead)
    return index < 0 ? PREFERRED_LEADS.length : index
  }
  const usable = views.filter(canServe)
  const byWorth = (a: LeadView, b: LeadView): number =>
    worthOf(b) - worthOf(a) || rank(a) - rank(b) || (a.key < b.key ? -1 : 1)
  const best = usable.toSorted(byWorth)[0]
  const current = usable.find(({ key }) => key === before)
  if (best === undefined) return views.find(({ key }) => key === before)
  if (current === undefined || worthOf(best) >= worthOf(current) + BETTER_BY) return best
  const isGoodAgain = (view: LeadView): boolean =>
    worthOf(view) >= GOOD_WORTH && view.goodSinceMs !== undefined && nowMs - view.goodSinceMs >= GOOD_AGAIN_AFTER_MS
  const preferred = usable.filter((view) => rank(view) < rank(current) && isGoodAgain(view))
  return preferred.toSorted((a, b) => rank(a) - rank(b) || byWorth(a, b))[0] ?? current
}
