import { envelopeDelay, createQrsFeature, qrsFeature, type QrsFeature } from './qrs-feature.ts'

/** A peak of the envelope: a QRS complex, or noise that a later look may revive. */
export interface Candidate {
  /** Sample number of the middle of the steep part. */
  index: number
  value: number
  /** Steepest slope near it. */
  slope: number
}

/**
 * Decides which peaks of the envelope are QRS complexes, by the rules of Hamilton & Tompkins (1986): medians of the last eight QRS
 * and noise peaks set the threshold; of peaks within 200 ms the largest counts; a gentle peak soon after a QRS is its T wave;
 * where a beat is overdue, the best rejected peak above half the threshold is taken after all.
 */
export interface QrsDetector {
  feature: QrsFeature
  /** Sample number of the next sample. */
  next: number
  peakValue: number
  peakIndex: number
  sincePeak: number
  lastFeature: number
  pending: Candidate | null
  rejected: Candidate[]
  learned: boolean
  learnFrom: number
  qrsPeaks: number[]
  noisePeaks: number[]
  intervals: number[]
  /** Medians of the three lists. */
  qrsLevel: number
  noiseLevel: number
  interval: number
  lastQrs: number
  lastSlope: number
  slopeMax: Float64Array
}

/** Tuned on twelve records of MIT-BIH (see the README); the rules themselves are Hamilton's and Tompkins' where not said otherwise. */
export const QRS = {
  learnMs: 3000,
  /** Two complexes are at least so far apart. */
  blankMs: 200,
  /** A peak is over after so long, even if the envelope stays high. */
  peakHoldMs: 95,
  /** Within this after a complex, a peak with less than this part of its slope is its T wave. */
  tWaveMs: 400,
  tWaveSlope: 0.5,
  /** The threshold's place between noise and QRS level. */
  threshold: 0.3,
  /** In usual intervals, how late a beat is missed; and the part of the threshold that then is enough. */
  searchBackFactor: 1.5,
  searchBackThreshold: 0.45,
  /** The least envelope of a complex, mV per 10 ms: about 0.15 mV of QRS. */
  floor: 0.01,
  /** Peaks and intervals remembered. */
  memory: 8,
  /** Ours: a peak below `weak` of the usual, followed within this by one so many times larger and steeper, is its P wave. */
  pWaveMs: 280,
  pWaveRatio: 1.2,
  weak: 1,
  /** Ours: a peak earlier than this part of the usual interval must pass a higher threshold, up to double. */
  earlyPart: 0.6,
  earlyFactor: 1,
}

const SEARCH_BACK_LEAST = 0.4
/** So long without a complex: everything is learned anew. */
const FORGET_SECONDS = 10
const SLOPE_BLOCK_MS = 20
const SLOPE_BLOCKS = 16

export function createQrsDetector(rateHz: number): QrsDetector {
  return {
    feature: createQrsFeature(rateHz),
    next: 0,
    peakValue: 0,
    peakIndex: 0,
    sincePeak: 0,
    lastFeature: 0,
    pending: null,
    rejected: [],
    learned: false,
    learnFrom: 0,
    qrsPeaks: [],
    noisePeaks: [],
    intervals: [],
    qrsLevel: 0,
    noiseLevel: 0,
    interval: 0,
    lastQrs: -1,
    lastSlope: 0,
    slopeMax: new Float64Array(SLOPE_BLOCKS),
  }
}

export function median(values: readonly number[]): number {
  if (values.length === 0) return 0
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}

/** Puts a value into a list of the last few; returns their median. */
function remember(list: number[], value: number): number {
  list.push(value)
  if (list.length > QRS.memory) list.shift()
  return median(list)
}

/** The threshold that a peak must pass now. */
export function thresholdOf(detector: QrsDetector): number {
  const { noiseLevel, qrsLevel } = detector
  return Math.max(QRS.floor, noiseLevel + QRS.threshold * (qrsLevel - noiseLevel))
}

function steepest(detector: QrsDetector): number {
  let max = 0
  for (const value of detector.slopeMax) max = Math.max(max, value)
  return max
}

function accept(detector: QrsDetector, candidate: Candidate, rateHz: number, found: Candidate[]): void {
  detector.qrsLevel = remember(detector.qrsPeaks, candidate.value)
  if (detector.lastQrs >= 0) {
    const interval = candidate.index - detector.lastQrs
    if (interval < 3 * rateHz) detector.interval = remember(detector.intervals, interval)
  }
  detector.lastQrs = candidate.index
  detector.lastSlope = candidate.slope
  detector.rejected = detector.rejected.filter(({ index }) => index > candidate.index)
  found.push(candidate)
}

function judge(detector: QrsDetector, candidate: Candidate, rateHz: number, found: Candidate[]): void {
  const since = candidate.index - detector.lastQrs
  const tWave =
    detector.lastQrs >= 0 &&
    since < (QRS.tWaveMs / 1000) * rateHz &&
    candidate.slope < QRS.tWaveSlope * detector.lastSlope
  const expected = detector.interval
  const early = expected > 0 && detector.lastQrs >= 0 ? Math.max(0, 1 - since / (QRS.earlyPart * expected)) : 0
  const needed = thresholdOf(detector) * (1 + QRS.earlyFactor * early)
  if (candidate.value > needed && !tWave) accept(detector, candidate, rateHz, found)
  else {
    if (!tWave) detector.noiseLevel = remember(detector.noisePeaks, candidate.value)
    detector.rejected.push(candidate)
    if (detector.rejected.length > 64) detector.rejected.shift()
  }
}

/** Where a beat is overdue, takes the best rejected peak. */
function searchBack(detector: QrsDetector, rateHz: number, found: Candidate[]): void {
  const expected = detector.intervals.length === 0 ? rateHz : detector.interval
  const since = detector.next - envelopeDelay(detector.feature) - detector.lastQrs
  if (detector.lastQrs < 0 || since < QRS.searchBackFactor * expected + (QRS.blankMs / 1000) * rateHz) return
  const earliest = detector.lastQrs + (QRS.tWaveMs / 1000) * rateHz
  // After a loud disturbance the thresholds may be too high: the longer the silence, the less is asked.
  const silentSeconds = since / rateHz
  const patience = Math.max(SEARCH_BACK_LEAST, 1 - 0.25 * Math.max(0, silentSeconds - 2))
  const limit = Math.max(QRS.floor, patience * QRS.searchBackThreshold * thresholdOf(detector))
  let best: Candidate | undefined
  for (const candidate of detector.rejected)
    if (candidate.index >= earliest && candidate.value > limit && candidate.value > (best?.value ?? 0)) best = candidate
  if (best !== undefined) accept(detector, best, rateHz, found)
}

function learn(detector: QrsDetector, rateHz: number, found: Candidate[]): void {
  const perSecond = new Map<number, number>()
  for (const { index, value } of detector.rejected) {
    const second = Math.floor((index - detector.learnFrom) / rateHz)
    perSecond.set(second, Math.max(value, perSecond.get(second) ?? 0))
  }
  const largest = median([...perSecond.values()])
  if (largest < QRS.floor) return
  detector.learned = true
  detector.qrsPeaks = Array.from({ length: QRS.memory }, () => largest)
  detector.qrsLevel = largest
  const candidates = detector.rejected
  detector.rejected = []
  for (const [i, candidate] of candidates.entries()) {
    const following = candidates[i + 1]
    if (following !== undefined && isPWave(detector, candidate, following, rateHz)) continue
    judge(detector, candidate, rateHz, found)
  }
}

function holdMs(detector: QrsDetector, pending: Candidate): number {
  return QRS.peakHoldMs + (isWeak(detector, pending) ? QRS.pWaveMs : QRS.blankMs)
}

function settle(detector: QrsDetector, rateHz: number, found: Candidate[]): void {
  const { pending } = detector
  if (pending === null) return
  detector.pending = null
  if (detector.learned) judge(detector, pending, rateHz, found)
  else detector.rejected.push(pending)
}

function isWeak(detector: QrsDetector, candidate: Candidate): boolean {
  return detector.learned && candidate.value < QRS.weak * detector.qrsLevel
}

/** A weak peak that a much steeper one follows at the distance of a P wave is that one's P wave. */
function isPWave(detector: QrsDetector, first: Candidate, second: Candidate, rateHz: number): boolean {
  return (
    second.index - first.index < (QRS.pWaveMs / 1000) * rateHz &&
    isWeak(detector, first) &&
    second.value > QRS.pWaveRatio * first.value &&
    second.slope > QRS.pWaveRatio * first.slope
  )
}

function peakEnded(detector: QrsDetector, rateHz: number, found: Candidate[]): void {
  const index = detector.peakIndex - envelopeDelay(detector.feature)
  const candidate = { index, value: detector.peakValue, slope: steepest(detector) }
  detector.peakValue = 0
  detector.sincePeak = 0
  const { pending } = detector
  if (pending !== null && index - pending.index < (QRS.blankMs / 1000) * rateHz) {
    if (candidate.value > pending.value) detector.pending = candidate
    return
  }
  if (pending !== null && isPWave(detector, pending, candidate, rateHz)) {
    detector.pending = candidate
    return
  }
  settle(detector, rateHz, found)
  detector.pending = candidate
}

/** Takes a sample (mV, no NaN); puts the complexes that became certain into `found`. */
export function detectQrs(detector: QrsDetector, sample: number, rateHz: number, found: Candidate[]): void {
  const value = qrsFeature(detector.feature, sample)
  const n = detector.next
  detector.next = n + 1
  const block = Math.floor((n * 1000) / (rateHz * SLOPE_BLOCK_MS)) % SLOPE_BLOCKS
  const lastBlock = Math.floor(((n - 1) * 1000) / (rateHz * SLOPE_BLOCK_MS)) % SLOPE_BLOCKS
  const slope = Math.abs(detector.feature.slopeNow)
  if (block !== lastBlock) detector.slopeMax[block] = 0
  if (slope > (detector.slopeMax[block] ?? 0)) detector.slopeMax[block] = slope
  if (detector.sincePeak > 0) detector.sincePeak += 1
  if (value > detector.lastFeature && value > detector.peakValue) {
    detector.peakValue = value
    detector.peakIndex = n
    detector.sincePeak = 1
  } else if (
    detector.sincePeak > 0 &&
    (value < detector.peakValue / 2 || detector.sincePeak > (QRS.peakHoldMs / 1000) * rateHz)
  )
    peakEnded(detector, rateHz, found)
  detector.lastFeature = value
  const { pending } = detector
  const delay = envelopeDelay(detector.feature)
  if (pending !== null && n - delay - pending.index > (holdMs(detector, pending) / 1000) * rateHz)
    settle(detector, rateHz, found)
  if (!detector.learned) {
    if (n - detector.learnFrom === Math.round((QRS.learnMs / 1000) * rateHz)) {
      learn(detector, rateHz, found)
      if (!detector.learned) {
        detector.rejected = []
        detector.learnFrom = n
      }
    }
  } else {
    searchBack(detector, rateHz, found)
    if (n - detector.lastQrs > FORGET_SECONDS * rateHz && n - detector.learnFrom > FORGET_SECONDS * rateHz)
      forget(detector)
  }
}

function forget(detector: QrsDetector): void {
  detector.learned = false
  detector.learnFrom = detector.next
  detector.rejected = []
  detector.noisePeaks = []
  detector.noiseLevel = 0
}

/** The largest rejected peak of the last `samples`, in parts of a usual complex: near 0 on a quiet line. */
export function activityOf(detector: QrsDetector, samples: number): number {
  const level = Math.max(detector.qrsLevel, 8 * QRS.floor)
  let largest = 0
  for (const { index, value } of detector.rejected)
    if (index > detector.next - samples && value > largest) largest = value
  return largest / level
}

/** Sample number from which on it is not yet certain where complexes are. */
export function oldestOpenQuestion(detector: QrsDetector): number {
  if (!detector.learned) return detector.learnFrom
  const limit = SEARCH_BACK_LEAST * QRS.searchBackThreshold * thresholdOf(detector)
  for (const { index, value } of detector.rejected) if (value > limit) return index
  return detector.pending?.index ?? detector.next
}

/** How far complexes stand out of the other peaks of the envelope: 0 = not at all, 1 = from a quiet line. */
export function clarityOf(detector: QrsDetector): number {
  const { learned, qrsLevel, noiseLevel } = detector
  return learned && qrsLevel > 0 ? Math.max(0, 1 - noiseLevel / qrsLevel) : 0
}
