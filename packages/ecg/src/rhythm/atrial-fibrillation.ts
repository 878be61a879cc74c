import type { Beat } from '../beats/beat.ts'
import { hold, isOpen, release, type EpisodeBook } from './episodes.ts'
import type { EcgOutput } from '../types.ts'

/**
 * Atrial fibrillation by irregular intervals alone, after Petrėnas, Marozas and Sörnmo (Comput Biol Med 2015): the part of pairs
 * among the last eight intervals that differ by more than 30 ms, smoothed and divided by the mean interval; a second figure tells
 * bigeminy (its 3-beat median is regular).
 */
export interface AtrialState {
  intervals: number[]
  beats: number
  irregularity: number
  meanInterval: number
  medianShare: number
  /** Mean square of what neighbouring intervals differ by, s². */
  differenceSquare: number
  irregularSinceMs: number
  ventricularBefore: boolean
}

const WINDOW = 8
const DIFFERENCE = 0.03
const SMOOTHING = 0.02
const BIGEMINY = 2e-4
const LEAST_JUMP = 0.12
const ONSET = 0.85
const END = 0.65
const SUSTAINED_MS = 30_000
/** The smoothed figures mean nothing before. */
const MIN_BEATS = 30

export function createAtrialState(): AtrialState {
  return {
    intervals: [],
    beats: 0,
    irregularity: 0,
    meanInterval: 0.8,
    medianShare: 0,
    differenceSquare: 0,
    irregularSinceMs: NaN,
    ventricularBefore: false,
  }
}

/** Forgets the last intervals, as they are not neighbours of the next; what was learned slowly stays. */
export function breakAtrial(state: AtrialState): void {
  state.intervals = []
}

function pairsThatDiffer(intervals: readonly number[]): number {
  let count = 0
  for (let i = 0; i < intervals.length; i++)
    for (let j = i + 1; j < intervals.length; j++)
      if (Math.abs((intervals[i] ?? 0) - (intervals[j] ?? 0)) >= DIFFERENCE) count += 1
  return (2 * count) / (intervals.length * (intervals.length - 1))
}

function medianOfThree(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c))
}

/** How far the sum of 3-beat medians is from the sum of the intervals, squared: near 0 for bigeminy and for regular rhythms. */
function medianDeviation(intervals: readonly number[]): number {
  let medians = 0
  let sum = 0
  for (let i = 2; i < intervals.length; i++) {
    medians += medianOfThree(intervals[i - 2] ?? 0, intervals[i - 1] ?? 0, intervals[i] ?? 0)
    sum += intervals[i] ?? 0
  }
  return (medians / sum - 1) ** 2
}

export function atrialOnBeat(
  state: AtrialState,
  book: EpisodeBook,
  beat: Beat,
  quality: number,
  nowMs: number,
  out: EcgOutput[],
): void {
  const ventricular = beat.beatClass === 'V' || beat.beatClass === 'Q'
  const skip = ventricular || state.ventricularBefore || Number.isNaN(beat.rrMs) || beat.rrMs > 3000
  state.ventricularBefore = ventricular
  if (skip || quality < 0.5) return
  const interval = beat.rrMs / 1000
  state.intervals.push(interval)
  if (state.intervals.length > WINDOW) state.intervals.shift()
  if (state.intervals.length < WINDOW) return
  state.beats += 1
  const rate = Math.max(SMOOTHING, 1 / state.beats)
  const differing = pairsThatDiffer(state.intervals)
  state.irregularity += rate * (differing - state.irregularity)
  state.meanInterval += rate * (interval - state.meanInterval)
  state.medianShare += rate * (medianDeviation(state.intervals) - state.medianShare)
  if (differing < 0.5) state.irregularSinceMs = NaN
  else if (Number.isNaN(state.irregularSinceMs)) state.irregularSinceMs = beat.timeMs
  const before = state.intervals.at(-2) ?? interval
  state.differenceSquare += rate * ((interval - before) ** 2 - state.differenceSquare)
  // Breathing changes the interval gradually; in fibrillation each differs from the one before.
  const jump = Math.sqrt(state.differenceSquare) / state.meanInterval
  const score = state.medianShare < BIGEMINY || jump < LEAST_JUMP ? 0 : state.irregularity / state.meanInterval
  const type = 'atrial-fibrillation'
  const long = beat.timeMs - state.irregularSinceMs >= SUSTAINED_MS
  const open = isOpen(book, type)
  if (state.beats >= MIN_BEATS && score > ONSET && (long || open)) {
    const evidence = { irregularity: Math.round(1000 * score) / 1000, heartRate: Math.round(60 / state.meanInterval) }
    hold(
      book,
      type,
      state.irregularSinceMs,
      { timeMs: nowMs, confidence: Math.min(0.9, 0.4 + score / 3), evidence },
      out,
    )
  } else if (open && score < END) release(book, type, beat.timeMs, nowMs, out)
}
