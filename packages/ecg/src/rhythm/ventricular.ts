import type { Beat } from '../beats/beat.ts'
import { hold, isOpen, release, type EpisodeBook } from './episodes.ts'
import type { EcgOutput } from '../types.ts'

/** The run of ventricular beats that is going on. */
export interface VentricularState {
  run: number[]
  /** Of the last beats of the run: width over the normal beat's, and shape. */
  widths: number[]
  ratios: number[]
  families: number[]
  /** The beat before: of the same shape as the first ventricular one, it began the run. */
  lastMs: number
  lastFamily: number
  /** Beats in a row that are not part of it. */
  others: number
  /** Beats in a row that are wide and fast, whatever their class. */
  wideFast: number[]
}

// CinC 2015: at least five ventricular beats at more than 100 /min.
const BEATS = 5
const MAX_INTERVAL_MS = 600
/** A wide-complex tachycardia without a known normal beat counts as ventricular from here. */
const WIDE_MS = 140
const WIDE_INTERVAL_MS = 400
const WIDE_BEATS = 8
const MEMORY = 64
const UNEVEN = 1.9
const STEADY = 1.5
const VERY_STEADY = 1.25
const WIDER = 1.2
const SLIGHTLY_WIDER = 1.05

export function createVentricularState(): VentricularState {
  return { run: [], widths: [], ratios: [], families: [], lastMs: NaN, lastFamily: -1, others: 0, wideFast: [] }
}

/** Something is missing: the run is parted. When its last beat was is still known, as that is where an open episode ends. */
export function breakVentricular(state: VentricularState): void {
  Object.assign(state, { ...createVentricularState(), lastMs: state.lastMs })
}

function add(list: number[], timeMs: number): void {
  list.push(timeMs)
  if (list.length > MEMORY) list.splice(1, 1)
}

function keep(list: number[], value: number): void {
  list.push(value)
  if (list.length > BEATS) list.shift()
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** Longest over shortest of the last intervals. */
function unevenness(times: readonly number[]): number {
  let shortest = Infinity
  let longest = 0
  for (let i = Math.max(1, times.length - BEATS + 1); i < times.length; i++) {
    const interval = (times[i] ?? 0) - (times[i - 1] ?? 0)
    shortest = Math.min(shortest, interval)
    longest = Math.max(longest, interval)
  }
  return longest / shortest
}

function meanInterval(times: readonly number[], beats: number): number {
  const last = times.at(-1) ?? NaN
  const first = times.at(-beats) ?? NaN
  return (last - first) / (beats - 1)
}

export function ventricularOnBeat(
  state: VentricularState,
  book: EpisodeBook,
  beat: Beat,
  quality: number,
  nowMs: number,
  out: EcgOutput[],
): void {
  const ventricular = beat.beatClass === 'V'
  if (ventricular) {
    if (Number.isNaN(beat.rrMs) || beat.rrMs > 2 * MAX_INTERVAL_MS) state.run = []
    if (state.run.length === 0 && beat.family === state.lastFamily && beat.rrMs < MAX_INTERVAL_MS)
      add(state.run, state.lastMs)
    add(state.run, beat.timeMs)
    keep(state.widths, beat.widthMs)
    keep(state.ratios, beat.widthMs / beat.normalWidthMs)
    keep(state.families, beat.family)
    state.others = 0
  } else {
    state.others += 1
    if (!isOpen(book, 'ventricular-tachycardia') || state.others >= 2) state.run = []
  }
  state.lastMs = beat.timeMs
  state.lastFamily = beat.likeness < 0.9 ? beat.family : -1
  if (beat.widthMs >= WIDE_MS && beat.rrMs <= WIDE_INTERVAL_MS) add(state.wideFast, beat.timeMs)
  else state.wideFast = []
  const runMs = meanInterval(state.run, BEATS)
  const even = unevenness(state.run)
  const ratio = mean(state.ratios)
  // Artefacts come unevenly and as narrow as anything; a ventricular run is wider than the normal beat, or at least steady.
  const alike = new Set(state.families).size <= 2 && even < VERY_STEADY
  const likely = even < UNEVEN && (ratio > WIDER || (ratio > SLIGHTLY_WIDER && even < STEADY) || alike)
  const isRun = state.run.length >= BEATS && runMs < MAX_INTERVAL_MS && likely
  const isWide = state.wideFast.length >= WIDE_BEATS
  if ((isRun || isWide) && quality >= 0.5) {
    const times = isRun ? state.run : state.wideFast
    const meanMs = isRun ? runMs : meanInterval(state.wideFast, BEATS)
    const evidence = {
      heartRate: Math.round(60_000 / meanMs),
      beats: times.length,
      widthMs: Math.round(mean(state.widths)),
      widthRatio: Math.round(100 * mean(state.ratios)) / 100,
      unevenness: Math.round(100 * unevenness(state.run)) / 100,
      shapes: new Set(state.families).size,
    }
    hold(
      book,
      'ventricular-tachycardia',
      times[0] ?? beat.timeMs,
      { timeMs: nowMs, confidence: isRun ? 0.85 : 0.6, evidence },
      out,
    )
  } else if (state.others >= 2 || (state.run.length >= BEATS && !(runMs < 1.15 * MAX_INTERVAL_MS)))
    release(book, 'ventricular-tachycardia', beat.timeMs - (Number.isNaN(beat.rrMs) ? 0 : beat.rrMs), nowMs, out)
}

/** A run ends also by silence, and where samples are missing (`lastBeatMs` is NaN then). */
export function ventricularOnSecond(
  state: VentricularState,
  book: EpisodeBook,
  lastBeatMs: number,
  nowMs: number,
  out: EcgOutput[],
): void {
  if (!(nowMs - lastBeatMs < 3000)) release(book, 'ventricular-tachycardia', state.lastMs, nowMs, out)
}
