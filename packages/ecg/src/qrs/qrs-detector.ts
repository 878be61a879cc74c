import { bandDelay, createQrsFilter, ENVELOPE, envelopeDelay, filterQrs, type QrsFilter } from './qrs-filter.ts'
import {
  afterSteeper,
  AFTER_MUCH_STEEPER,
  AFTER_STEEPER,
  beforeSteeper,
  BEFORE_STEEPER,
  besideLarger,
  BESIDE_LARGER,
  createCandidate,
  cutSnippet,
  featuresOf,
  noisinessOf,
  measureCandidate,
  MEASURE_AFTER_MS,
  type Candidate,
} from './qrs-candidate.ts'
import { oddsOf } from './qrs-odds.ts'
import { createPaceMemory, learnInterval, paceOf, type PaceMemory } from './qrs-pace.ts'
import { bestEnd, extendPaths, firstOf, PATH, type Pace } from './qrs-path.ts'
import { inOrder, median, remember } from '../signal/median.ts'
import { createQrsShapes, learnShape, SNIPPET, type QrsShapes } from './qrs-shapes.ts'

export type { Candidate } from './qrs-candidate.ts'

/** What a detector has found out since it was asked last; its reader empties the lists. */
export interface QrsFindings {
  /** Complexes that became certain, in order. */
  readonly beats: Candidate[]
  /** Every peak that was judged, beat or not, once nothing more is heard of it (at most `PEAK_TOLD_MS` after it); not in order. */
  readonly peaks: Candidate[]
}

export function createQrsFindings(): QrsFindings {
  return { beats: [], peaks: [] }
}

/** What comes after a peak says no more of it: its neighbours have been measured. */
export const PEAK_TOLD_MS = 620

/**
 * Decides which peaks of the envelope are QRS complexes: the most probable sequence of beats. Each peak has odds of its own (size, slope,
 * likeness to the complexes so far, noise around), each interval what the pace says of it; P and T waves are known by their place
 * beside a steeper complex. What is certain is said soon, what is doubtful when more has been seen.
 */
export interface QrsDetector {
  filter: QrsFilter
  /** Sample number of the next sample. */
  next: number
  /** The envelope's peak since the last one was over, and its last value (`PEAK`, `LAST`): in an array, as the filter's sums. */
  envelope: Float64Array
  peakIndex: number
  /** Sample number at which there is something to do, and at which a peak is to be told. */
  due: number
  tellAt: number
  /** Peaks whose surroundings are still to come. */
  waiting: Candidate[]
  /** Peaks since the last certain beat. */
  open: Candidate[]
  /** Peaks that were no beats. */
  rejected: { index: number; value: number }[]
  learned: boolean
  learnFrom: number
  qrsPeaks: number[]
  slopePeaks: number[]
  noisePeaks: number[]
  /** Medians of the lists. */
  qrsLevel: number
  slopeLevel: number
  noiseLevel: number
  noiseTop: number
  pace: PaceMemory
  /** The last certain beat; index -1 = none. */
  root: { index: number; value: number; slope: number; interval: number }
  /** Sample number of the last beat, however long ago; -1 = none. */
  lastQrs: number
  shapes: QrsShapes
  snippet: Float64Array
}

export const QRS = {
  learnMs: 3000,
  /** A peak is over after so long, even if the envelope stays high. */
  peakHoldMs: 95,
  /** The least envelope of a complex, mV per 10 ms: about 0.15 mV of QRS. */
  floor: 0.01,
  /** Peaks below this part of the usual are not looked at. */
  least: 0.06,
  /** Peaks and intervals remembered. */
  memory: 8,
  upper: 0.75,
  /** A beat is said so long after it where its odds against all else are clear, or where they are not. */
  clearMs: 430,
  doubtfulMs: 950,
  clear: 4,
  checkMs: 100,
  leastLearning: 0.25,
  /** So much lower than before, complexes are only learned anew after so long. */
  faint: 0.2,
  faintSeconds: 60,
  doubtAfter: 1.3,
  doubtBefore: 0.6,
}

const PEAK = 0
const LAST = 1
/** So long without a complex: everything is learned anew. */
const FORGET_SECONDS = 10
const MOST_OPEN = 40
/** So long a line is looked at to call it quiet. */
const QUIET_SECONDS = 10
/** Intervals of a rhythm that is too quick for that. */
const QUICK_S = 0.55
const MOST_REJECTED = 32
/** The most that pace and silence can add to a candidate's odds. */
const MOST_GAIN = 6

export function createQrsDetector(rateHz: number): QrsDetector {
  return {
    filter: createQrsFilter(rateHz),
    next: 0,
    envelope: new Float64Array(2),
    peakIndex: 0,
    due: Math.round((QRS.learnMs / 1000) * rateHz),
    tellAt: Infinity,
    waiting: [],
    open: [],
    rejected: [],
    learned: false,
    learnFrom: 0,
    qrsPeaks: [],
    slopePeaks: [],
    noisePeaks: [],
    qrsLevel: 0,
    slopeLevel: 0,
    noiseLevel: 0,
    noiseTop: 0,
    pace: createPaceMemory(),
    root: { index: -1, value: 0, slope: 0, interval: 0 },
    lastQrs: -1,
    shapes: createQrsShapes(),
    snippet: new Float64Array(SNIPPET),
  }
}

/** Puts a value into a list of the last few; returns what a quarter of them reach: complexes stay the measure even where every other one is ventricular and gentle. */
function rememberUpper(list: number[], value: number): number {
  list.push(value)
  if (list.length > QRS.memory) list.shift()
  return inOrder(list)[Math.floor(QRS.upper * (list.length - 1))] ?? 0
}

function tell(candidate: Candidate, { peaks }: QrsFindings): void {
  if (candidate.told) return
  candidate.told = true
  peaks.push(candidate)
}

function reject(detector: QrsDetector, candidate: Candidate): void {
  const { index, value } = candidate
  detector.rejected.push({ index, value })
  if (detector.rejected.length > MOST_REJECTED) detector.rejected.shift()
}

/** The candidate at place `first` of the open ones is a beat; what lies before it is none. */
function accept(detector: QrsDetector, first: number, rateHz: number, found: QrsFindings): void {
  const { open, root } = detector
  const beat = open[first]
  if (beat === undefined) return
  const blank = (PATH.blankMs / 1000) * rateHz
  const isBeside = ({ index }: Candidate): boolean =>
    Math.abs(index - beat.index) < blank || (root.index >= 0 && index - root.index < blank)
  for (let i = 0; i < first; i++) {
    const other = open[i]
    if (other === undefined || isBeside(other)) continue
    reject(detector, other)
    // A T wave is no noise.
    if (root.index >= 0 && afterSteeper(other, root, rateHz) > 1) continue
    detector.noiseLevel = remember(detector.noisePeaks, other.value, QRS.memory)
    detector.noiseTop = Math.max(...detector.noisePeaks)
  }
  detector.qrsLevel = rememberUpper(detector.qrsPeaks, beat.value)
  detector.slopeLevel = rememberUpper(detector.slopePeaks, beat.slope)
  if (root.index >= 0) learnInterval(detector.pace, beat.index - root.index, rateHz)
  // What may be a T or P wave must not become a shape that is known.
  const isDoubtful =
    (beat.features[AFTER_STEEPER] ?? 0) > QRS.doubtAfter || (beat.features[BEFORE_STEEPER] ?? 0) > QRS.doubtBefore
  if (!isDoubtful && detector.next - beat.index < detector.filter.band.length - rateHz) {
    cutSnippet(beat, detector.filter, rateHz, detector.snippet)
    learnShape(detector.shapes, detector.snippet)
  }
  detector.root = {
    index: beat.index,
    value: beat.value,
    slope: beat.slope,
    interval: root.index < 0 ? 0 : beat.index - root.index,
  }
  const left: Candidate[] = []
  for (const other of open) {
    if (other.index - beat.index >= blank) left.push(other)
    else tell(other, found)
  }
  detector.open = left
  extendPaths(detector.open, 0, detector.root, paceOf(detector.pace), rateHz)
  detector.lastQrs = beat.index
  found.beats.push(beat)
}

/** Accepts what has become certain; says when to look again. */
function decide(detector: QrsDetector, rateHz: number, found: QrsFindings): void {
  const samples = (ms: number): number => Math.round((ms / 1000) * rateHz)
  const seen = detector.next - samples(MEASURE_AFTER_MS) - bandDelay(detector.filter)
  for (;;) {
    const { open, root } = detector
    if (open.length === 0) return
    const pace = paceOf(detector.pace)
    const { end, odds } = bestEnd(open, root, seen, pace)
    const first = end < 0 ? -1 : firstOf(open, end)
    const beat = open[first]
    if (beat === undefined) {
      // The longer the silence, the more is taken for a beat.
      detector.due = Math.min(detector.due, detector.next + samples(QRS.checkMs))
      return
    }
    const age = detector.next - beat.index
    if (age < samples(QRS.clearMs)) {
      detector.due = Math.min(detector.due, beat.index + samples(QRS.clearMs))
      return
    }
    if (age < samples(QRS.doubtfulMs) && odds - oddsWithout(detector, first, seen, pace, rateHz) < QRS.clear) {
      detector.due = Math.min(detector.due, beat.index + samples(QRS.doubtfulMs))
      return
    }
    accept(detector, first, rateHz, found)
  }
}

function oddsWithout(detector: QrsDetector, first: number, seen: number, pace: Pace, rateHz: number): number {
  const { open, root } = detector
  extendPaths(open, first, root, pace, rateHz, first)
  const { odds } = bestEnd(open, root, seen, pace)
  extendPaths(open, first, root, pace, rateHz)
  return odds
}

function judge(detector: QrsDetector, candidate: Candidate, rateHz: number, found: QrsFindings): void {
  if (candidate.value < QRS.least * detector.qrsLevel) return
  cutSnippet(candidate, detector.filter, rateHz, detector.snippet)
  candidate.noisiness = noisinessOf(detector)
  candidate.features = featuresOf(candidate, detector.shapes, detector.snippet, detector)
  let after = detector.root.index < 0 ? 0 : afterSteeper(candidate, detector.root, rateHz)
  let beside = detector.root.index < 0 ? 0 : besideLarger(candidate, detector.root, rateHz)
  for (const earlier of detector.open) {
    after = Math.max(after, afterSteeper(candidate, earlier, rateHz))
    beside = Math.max(beside, besideLarger(candidate, earlier, rateHz))
  }
  candidate.features[BESIDE_LARGER] = beside
  candidate.features[AFTER_STEEPER] = after
  candidate.features[AFTER_MUCH_STEEPER] = Math.max(0, after - 1.2)
  candidate.odds = oddsOf(candidate.features, candidate.noisiness)
  let changed = detector.open.length
  for (let i = detector.open.length - 1; i >= 0; i--) {
    const earlier = detector.open[i]
    if (earlier === undefined) continue
    const before = beforeSteeper(earlier, candidate, rateHz)
    const larger = besideLarger(earlier, candidate, rateHz)
    const { features } = earlier
    if (before <= (features[BEFORE_STEEPER] ?? 0) && larger <= (features[BESIDE_LARGER] ?? 0)) continue
    features[BEFORE_STEEPER] = Math.max(before, features[BEFORE_STEEPER] ?? 0)
    features[BESIDE_LARGER] = Math.max(larger, features[BESIDE_LARGER] ?? 0)
    earlier.odds = oddsOf(earlier.features, earlier.noisiness)
    changed = i
  }
  detector.open.push(candidate)
  if (detector.open.length > MOST_OPEN) {
    const oldest = detector.open.shift()
    if (oldest !== undefined) {
      reject(detector, oldest)
      tell(oldest, found)
    }
    changed = 0
  }
  extendPaths(detector.open, changed, detector.root, paceOf(detector.pace), rateHz)
}

function learn(detector: QrsDetector, rateHz: number, found: QrsFindings): void {
  const { open, learnFrom, lastQrs, next } = detector
  const seconds = Math.round((next - learnFrom) / rateHz)
  const largest: Candidate[] = []
  for (let i = 0; i < seconds; i++) {
    const from = learnFrom + i * rateHz
    const inside = open.filter(({ index }) => index >= from && index < from + rateHz)
    if (inside.length > 0) largest.push(inside.reduce((a, b) => (b.value > a.value ? b : a)))
  }
  const level = median(largest.map(({ value }) => value))
  detector.open = []
  // P waves that go on while the ventricles stand still are not learned for complexes, not for a while at least.
  const isFaint = lastQrs >= 0 && level < QRS.faint * detector.qrsLevel && next - lastQrs < QRS.faintSeconds * rateHz
  if (level < QRS.floor || isFaint) {
    detector.learnFrom = next
    return
  }
  detector.learned = true
  detector.qrsLevel = level
  detector.qrsPeaks = Array.from({ length: QRS.memory }, () => level)
  detector.slopeLevel = median(largest.map(({ slope }) => slope))
  detector.slopePeaks = Array.from({ length: QRS.memory }, () => detector.slopeLevel)
  detector.noiseLevel = level / 16
  detector.noiseTop = level / 8
  for (const candidate of open)
    if (candidate.value > QRS.leastLearning * level) judge(detector, candidate, rateHz, found)
}

function forget(detector: QrsDetector, found: QrsFindings): void {
  for (const candidate of detector.open) tell(candidate, found)
  detector.learned = false
  detector.learnFrom = detector.next
  detector.open = []
  detector.noisePeaks = []
  detector.noiseLevel = 0
  detector.noiseTop = 0
  detector.root = { index: -1, value: 0, slope: 0, interval: 0 }
}

function attend(detector: QrsDetector, rateHz: number, found: QrsFindings): void {
  const samples = (ms: number): number => Math.round((ms / 1000) * rateHz)
  const measureAfter = samples(MEASURE_AFTER_MS) + bandDelay(detector.filter)
  const { waiting, next } = detector
  detector.due = Infinity
  while (waiting[0] !== undefined && next - waiting[0].index >= measureAfter) {
    const candidate = waiting.shift()
    if (candidate === undefined) break
    measureCandidate(candidate, detector.filter, rateHz)
    if (detector.learned) judge(detector, candidate, rateHz, found)
    else detector.open.push(candidate)
  }
  if (waiting[0] !== undefined) detector.due = waiting[0].index + measureAfter
  if (!detector.learned && next - detector.learnFrom >= samples(QRS.learnMs)) learn(detector, rateHz, found)
  if (!detector.learned) detector.due = Math.min(detector.due, detector.learnFrom + samples(QRS.learnMs))
  else {
    decide(detector, rateHz, found)
    const forgetAt = Math.max(detector.root.index, detector.learnFrom) + FORGET_SECONDS * rateHz
    if (next >= forgetAt) {
      forget(detector, found)
      detector.due = Math.min(detector.due, detector.learnFrom + samples(QRS.learnMs))
    } else detector.due = Math.min(detector.due, forgetAt)
  }
  if (detector.learned) tellOld(detector, rateHz, found)
  else detector.tellAt = Infinity
}

/** Tells the open candidates that are old enough; says when the next one is. */
function tellOld(detector: QrsDetector, rateHz: number, found: QrsFindings): void {
  const age = Math.round((PEAK_TOLD_MS / 1000) * rateHz)
  detector.tellAt = Infinity
  for (const candidate of detector.open) {
    if (candidate.told) continue
    if (detector.next - candidate.index < age) {
      detector.tellAt = Math.ceil(candidate.index) + age
      return
    }
    tell(candidate, found)
  }
}

/** Takes the sample `samplesMv[at]` (mV, no NaN); puts what became certain into `found`. */
export function detectQrs(
  detector: QrsDetector,
  samplesMv: Float64Array,
  at: number,
  rateHz: number,
  found: QrsFindings,
): void {
  const n = detector.next
  filterQrs(detector.filter, n, samplesMv, at)
  const { envelope } = detector
  const value = detector.filter.sums[ENVELOPE] ?? 0
  const peak = envelope[PEAK] ?? 0
  detector.next = n + 1
  if (value > (envelope[LAST] ?? 0) && value > peak) {
    envelope[PEAK] = value
    detector.peakIndex = n
  } else if (peak > 0 && (value < peak / 2 || n - detector.peakIndex > (QRS.peakHoldMs / 1000) * rateHz)) {
    if (peak >= QRS.floor) {
      const candidate = createCandidate(detector.peakIndex - envelopeDelay(detector.filter), peak)
      detector.waiting.push(candidate)
      detector.due = Math.min(
        detector.due,
        Math.ceil(candidate.index) + Math.round((MEASURE_AFTER_MS / 1000) * rateHz) + bandDelay(detector.filter),
      )
    }
    envelope[PEAK] = 0
  }
  envelope[LAST] = value
  if (detector.next >= detector.due) attend(detector, rateHz, found)
  else if (detector.next >= detector.tellAt) tellOld(detector, rateHz, found)
}

/** The largest peak of the last `samples` that is no beat, in parts of a usual complex: near 0 on a quiet line. */
export function activityOf(detector: QrsDetector, samples: number): number {
  const level = Math.max(detector.qrsLevel, 8 * QRS.floor)
  const from = detector.next - samples
  const largest = Math.max(
    ...[detector.rejected, detector.open, detector.waiting].map((peaks) => largestAfter(peaks, from)),
  )
  return largest / level
}

/** Sample number from which on it is not yet certain where complexes are. */
export function oldestOpenQuestion(detector: QrsDetector): number {
  if (!detector.learned) return detector.learnFrom
  for (const { index, odds } of detector.open) if (odds + MOST_GAIN > 0) return index
  return detector.waiting[0]?.index ?? detector.next
}

/**
 * How far complexes stand out of the other peaks of the envelope: 0 = not at all, 1 = from a quiet line. What disturbed the line of a slow rhythm
 * once is forgotten; a quick one may be every other wave of a flutter, whose others lie too near to be looked at.
 */
export function clarityOf(detector: QrsDetector, rateHz: number): number {
  const { learned, qrsLevel, noiseLevel, pace, rejected, next } = detector
  if (!learned || qrsLevel <= 0) return 0
  const isQuick = pace.interval < QUICK_S * rateHz
  const noise = isQuick ? noiseLevel : Math.min(noiseLevel, largestAfter(rejected, next - QUIET_SECONDS * rateHz))
  return Math.max(0, 1 - noise / qrsLevel)
}

/** The largest of the peaks after a sample; 0 where there is none. */
function largestAfter(peaks: readonly { readonly index: number; readonly value: number }[], from: number): number {
  let largest = 0
  for (const { index, value } of peaks) if (index > from && value > largest) largest = value
  return largest
}
