import type { Beat } from '../beats/beat.ts'
import type { Ring } from '../signal/ring.ts'
import type { EcgOutput, EcgProbe } from '../types.ts'
import { hold, isOpen, release, type EpisodeBook } from './episodes.ts'
import { BEFORE_STEP_MS, pointBefore, smoothedAt } from './before-beat.ts'
import { createPrAverage, findP, pushPr, tEndMs, type PrAverage } from './pr-interval.ts'

/**
 * Hints at an atrioventricular block, no diagnosis: a long PR interval (first degree), or P waves that no complex follows (second degree). Only where the P
 * wave is dependable; a complete block, whose P waves have no place before the complexes, is not found so.
 */
export interface AvBlockState {
  pr: PrAverage
  /** Normal beats since the P wave was last looked for. */
  beatsSince: number
  /** Since when the PR interval has been long, and when that was last seen; NaN = it is not. */
  longSinceMs: number
  longSeenMs: number
  /** The last intervals before normal beats, ms. */
  readonly intervalsMs: Float64Array
  count: number
  /** When P waves were seen that no complex followed, the newest last. */
  droppedMs: number[]
}

const TYPE = 'av-block'
const LOOK_EVERY = 4
const MIN_QUALITY = 0.7
const LIKE_NORMAL = 0.9
/** P waves that keep their place (see `p-wave.ts`): only then one is looked for. */
const COHERENT = 0.5
/** Where conduction takes longer from beat to beat they keep it less well. */
const LESS_COHERENT = 0.3
/** First degree: PR above 200 ms. By this measure 2 of 100 normal ones are above 202 ms (PTB-XL, lead II). */
const LONG_PR_MS = 215
const STILL_LONG_MS = 200
const LONG_ENOUGH_MS = 30_000
/** A P wave that cannot be seen for a while does not end it. */
const UNSEEN_MS = 60_000
/** An interval longer than the usual one by so much may hide a complex that is missing; a slow one, a second P wave. */
const PAUSE = 1.4
const SLOW_MS = 1200
const KEPT = 8
/** P waves without complex that make the hint, within this time. */
const DROPS = 2
const DROPS_WITHIN_MS = 60_000
/** How much a blocked P wave looks like the others, and is as large as they are. */
const ALIKE = 0.85
const SMALLEST = 0.5
const LARGEST = 1.8
/** It stands in the middle between the P waves of the beats around it, or nearly: one that comes early is a blocked ectopic beat. */
const UNEVEN = 1.35
const SHAPE = 11
const REACH = 5
const MOST_POINTS = 300

const snippet = new Float64Array(MOST_POINTS)

export function createAvBlockState(): AvBlockState {
  return {
    pr: createPrAverage(),
    beatsSince: 0,
    longSinceMs: NaN,
    longSeenMs: NaN,
    intervalsMs: new Float64Array(KEPT),
    count: 0,
    droppedMs: [],
  }
}

export interface AvContext {
  readonly ring: Ring
  readonly rateHz: number
  /** See `readBefore`. */
  readonly before: Float64Array
  readonly quality: number
  /** Onset of the QRS complex from its R peak, ms; NaN = not known. */
  readonly qrsOnsetMs: number
  /** See `coherenceOf`. */
  readonly coherence: number
  readonly nowMs: number
  readonly probe: EcgProbe | undefined
}

/** The usual interval: the third longest of the last eight is not raised by two pauses. */
function usualIntervalMs({ intervalsMs, count }: AvBlockState): number {
  if (count < KEPT) return NaN
  let [first, second, third] = [0, 0, 0]
  for (let i = 0; i < KEPT; i++) {
    const value = intervalsMs[i] ?? 0
    if (value > first) [first, second, third] = [value, first, second]
    else if (value > second) [second, third] = [value, second]
    else if (value > third) third = value
  }
  return third
}

/** Correlation of the average P wave with the snippet around `centre`, and its size against the average's. */
function compareP({ mean, pPeakMs }: PrAverage, centre: number): { likeness: number; size: number } {
  const place = pointBefore(pPeakMs)
  let [sumA, sumB, squareA, squareB, product] = [0, 0, 0, 0, 0]
  for (let i = -REACH; i <= REACH; i++) {
    const a = mean[place + i] ?? 0
    const b = snippet[centre + i] ?? 0
    sumA += a
    sumB += b
    squareA += a * a
    squareB += b * b
    product += a * b
  }
  const spreadA = squareA - (sumA * sumA) / SHAPE
  const spreadB = squareB - (sumB * sumB) / SHAPE
  const shared = product - (sumA * sumB) / SHAPE
  return {
    likeness: shared / Math.sqrt(Math.max(1e-12, spreadA * spreadB)),
    size: Math.sqrt(Math.max(0, spreadB) / Math.max(1e-12, spreadA)),
  }
}

/** Time of a P wave that stands alone between two beats, or NaN. */
function loneP(state: AvBlockState, beat: Beat, usualMs: number, { ring, rateHz }: AvContext): number {
  const { pr } = state
  const { rrMs } = beat
  const fromMs = tEndMs(usualMs) - rrMs
  // Far enough from the P wave of the beat itself.
  const toMs = pr.pPeakMs - 200
  const points = Math.min(MOST_POINTS, Math.floor((toMs - fromMs) / BEFORE_STEP_MS) + 1)
  if (points < SHAPE) return NaN
  for (let i = 0; i < points; i++) snippet[i] = smoothedAt(ring, beat.index, fromMs + i * BEFORE_STEP_MS, rateHz)
  let best = ALIKE
  let foundMs = NaN
  for (let centre = REACH; centre < points - REACH; centre++) {
    const { likeness, size } = compareP(pr, centre)
    if (likeness <= best || size < SMALLEST || size > LARGEST) continue
    best = likeness
    foundMs = fromMs + centre * BEFORE_STEP_MS
  }
  const before = foundMs - (pr.pPeakMs - rrMs)
  const after = pr.pPeakMs - foundMs
  return before > after * UNEVEN || after > before * UNEVEN ? NaN : foundMs
}

export function avBlockOnBeat(
  state: AvBlockState,
  book: EpisodeBook,
  beat: Beat,
  context: AvContext,
  out: EcgOutput[],
): void {
  const { before, quality, qrsOnsetMs, coherence, nowMs, probe } = context
  const { pr, droppedMs, intervalsMs } = state
  const { rrMs, timeMs } = beat
  const isNormal = beat.beatClass === 'N' && beat.likeness >= LIKE_NORMAL && quality >= MIN_QUALITY
  if (isNormal && !Number.isNaN(rrMs)) {
    const usualMs = usualIntervalMs(state)
    pushPr(pr, before, Math.min(rrMs, Number.isNaN(usualMs) ? rrMs : usualMs))
    state.beatsSince += 1
    if (state.beatsSince >= LOOK_EVERY && !Number.isNaN(qrsOnsetMs)) {
      state.beatsSince = 0
      findP(pr, qrsOnsetMs)
      probe?.(TYPE, Float64Array.of(qrsOnsetMs - pr.pOnsetMs, 1000 * pr.amplitudeMv, 100 * coherence), timeMs, timeMs)
    }
    const isSlow = rrMs > PAUSE * usualMs || (rrMs > SLOW_MS && usualMs > SLOW_MS)
    if (isSlow && coherence >= LESS_COHERENT && !Number.isNaN(pr.pPeakMs) && rrMs < 3000) {
      const aloneMs = loneP(state, beat, usualMs, context)
      if (!Number.isNaN(aloneMs)) droppedMs.push(timeMs + aloneMs)
    }
    intervalsMs.copyWithin(0, 1)
    intervalsMs[KEPT - 1] = rrMs
    state.count = Math.min(KEPT, state.count + 1)
  }
  while ((droppedMs[0] ?? Infinity) < timeMs - DROPS_WITHIN_MS) droppedMs.shift()
  const prMs = qrsOnsetMs - pr.pOnsetMs
  if (coherence >= COHERENT && prMs > (Number.isNaN(state.longSinceMs) ? LONG_PR_MS : STILL_LONG_MS)) {
    if (Number.isNaN(state.longSinceMs)) state.longSinceMs = timeMs
    state.longSeenMs = timeMs
  } else if (prMs <= STILL_LONG_MS || timeMs - state.longSeenMs > UNSEEN_MS) state.longSinceMs = NaN
  const known = Number.isNaN(prMs) ? {} : { prMs: Math.round(prMs) }
  if (droppedMs.length >= DROPS) {
    const evidence = { degree: 'second', dropped: droppedMs.length, ...known }
    hold(book, TYPE, droppedMs[0] ?? timeMs, { timeMs: nowMs, confidence: 0.6, evidence }, out)
  } else if (state.longSeenMs - state.longSinceMs >= LONG_ENOUGH_MS) {
    const evidence = { degree: 'first', ...known }
    hold(book, TYPE, state.longSinceMs, { timeMs: nowMs, confidence: 0.6, evidence }, out)
  } else if (isOpen(book, TYPE)) release(book, TYPE, timeMs, nowMs, out)
}
