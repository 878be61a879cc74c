import { remember } from '../signal/median.ts'
import type { Pace } from './qrs-path.ts'

/** The last intervals between certain beats, and what is usual of them. Plain data. */
export interface PaceMemory {
  /** Samples, or ms: whatever the beats are counted in. */
  intervals: number[]
  /** What neighbouring ones differ by, as logarithms. */
  changes: number[]
  /** Medians of the lists. */
  interval: number
  irregularity: number
}

/** Intervals remembered. */
const MEMORY = 8
const LONGEST_S = 3

export function createPaceMemory(): PaceMemory {
  return { intervals: [], changes: [], interval: 0, irregularity: 0 }
}

/** Takes in an interval; one above 3 s says nothing of the pace. */
export function learnInterval(pace: PaceMemory, interval: number, rateHz: number): void {
  if (interval >= LONGEST_S * rateHz) return
  const last = pace.intervals.at(-1)
  if (last !== undefined) pace.irregularity = remember(pace.changes, Math.abs(Math.log(interval / last)), MEMORY)
  pace.interval = remember(pace.intervals, interval, MEMORY)
}

/** What is known of the pace: nothing before two intervals, no regularity before four. */
export function paceOf({ intervals, interval, irregularity }: PaceMemory): Pace {
  return { interval: intervals.length < 2 ? 0 : interval, irregularity: intervals.length < 4 ? 1 : irregularity }
}
