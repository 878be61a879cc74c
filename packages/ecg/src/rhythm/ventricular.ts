import type { Beat } from '../beats/beat.ts'
import { hold, isOpen, release, type EpisodeBook } from './episodes.ts'
import type { EcgOutput } from '../types.ts'

/** The run of ventricular beats that is going on. */
export interface VentricularState {
  /** When its first and its last beat were, and how many there are. */
  firstMs: number
  runLastMs: number
  beats: number
  /** Of its last beats, newest last: the intervals (ms), width over the normal beat's, likeness to it, and shape. */
  intervalsMs: number[]
  widthsMs: number[]
  ratios: number[]
  likenesses: number[]
  families: number[]
  /** The beat before: of the same shape as the first ventricular one, it began the run. */
  lastMs: number
  lastFamily: number
  /** Beats in a row that are not part of it. */
  others: number
  /** How much the beats that are not ventricular have looked like the normal one of late; NaN = there were none. */
  clarity: number
  /** Beats in a row that are wide and fast, whatever their class; when the first was. */
  wideFast: number
  wideFastFirstMs: number
}

// CinC 2015: at least five ventricular beats at more than 100 /min.
const BEATS = 5
const MAX_INTERVAL_MS = 600
/** A wide-complex tachycardia without a known normal beat counts as ventricular from here. */
const WIDE_MS = 140
const WIDE_INTERVAL_MS = 400
const WIDE_BEATS = 8
/** Longest over shortest of the last intervals: what is more uneven is artefact; complexes that are wholly unlike may be less even. */
const UNEVEN = 1.9
const UNEVEN_UNLIKE = 3
const STEADY = 1.5
const VERY_STEADY = 1.25
const WIDER = 1.2
const SLIGHTLY_WIDER = 1.05
const WHOLLY_UNLIKE = 0.5
/** Where the patient's own beats are less alike than this among themselves, a shape says little: noise is wide, and unlike anything. */
const CLEAR = 0.8
const CLEAR_UNEVEN = 0.9
const CLARITY_SMOOTHING = 1 / 32
/** The run goes on over missing samples of up to this, where the beats after them have its shapes. */
const LONGEST_GAP_MS = 3000
const SILENCE_MS = 3000

export function createVentricularState(): VentricularState {
  return {
    firstMs: NaN,
    runLastMs: NaN,
    beats: 0,
    intervalsMs: [],
    widthsMs: [],
    ratios: [],
    likenesses: [],
    families: [],
    lastMs: NaN,
    lastFamily: -1,
    others: 0,
    clarity: NaN,
    wideFast: 0,
    wideFastFirstMs: NaN,
  }
}

/** Something is missing: no interval reaches across. The run itself is not over, as a lost packet changes nothing in the heart. */
export function breakVentricular(state: VentricularState): void {
  state.lastFamily = -1
  state.wideFast = 0
}

function keep(list: number[], value: number, most: number): void {
  list.push(value)
  if (list.length > most) list.shift()
}

function mean(values: readonly number[]): number {
  let sum = 0
  for (const value of values) sum += value
  return sum / values.length
}

const unevenness = (intervalsMs: readonly number[]): number => Math.max(...intervalsMs) / Math.min(...intervalsMs)
const shapes = ({ families }: VentricularState): number => new Set(families).size

function parted(state: VentricularState): void {
  state.beats = 0
  state.firstMs = NaN
  state.intervalsMs = []
  state.widthsMs = []
  state.ratios = []
  state.likenesses = []
  state.families = []
}

function begin(state: VentricularState, firstMs: number): void {
  parted(state)
  state.firstMs = firstMs
  state.runLastMs = firstMs
  state.beats = 1
}

function takeIn(state: VentricularState, { timeMs, rrMs, widthMs, normalWidthMs, likeness, family }: Beat): void {
  const afterGap = Number.isNaN(rrMs)
  const goesOn =
    state.beats > 0 &&
    (afterGap
      ? timeMs - state.runLastMs <= LONGEST_GAP_MS && state.families.includes(family)
      : rrMs <= 2 * MAX_INTERVAL_MS)
  if (!goesOn) {
    // The beat before has the same shape: it was the first of the run.
    const before = family === state.lastFamily && rrMs < MAX_INTERVAL_MS
    begin(state, before ? state.lastMs : timeMs)
    if (before) {
      state.beats = 2
      keep(state.intervalsMs, rrMs, BEATS - 1)
    }
  } else {
    state.beats += 1
    if (!afterGap) keep(state.intervalsMs, timeMs - state.runLastMs, BEATS - 1)
  }
  state.runLastMs = timeMs
  keep(state.widthsMs, widthMs, BEATS)
  keep(state.ratios, widthMs / normalWidthMs, BEATS)
  keep(state.likenesses, likeness, BEATS)
  keep(state.families, family, BEATS)
  state.others = 0
}

/** Artefacts come unevenly and as narrow as anything; a ventricular run is wider than the normal beat, or steady, or wholly unlike it. */
function isLikely(state: VentricularState): boolean {
  const even = unevenness(state.intervalsMs)
  const unclear = Number.isNaN(state.clarity) ? 0 : 1 - state.clarity
  if (even < UNEVEN_UNLIKE && mean(state.likenesses) <= WHOLLY_UNLIKE && unclear <= 1 - CLEAR_UNEVEN) return true
  if (even >= UNEVEN) return false
  if (shapes(state) <= 2 && even < VERY_STEADY) return true
  const ratio = mean(state.ratios)
  return unclear <= 1 - CLEAR && (ratio > WIDER || (ratio > SLIGHTLY_WIDER && even < STEADY))
}

export function ventricularOnBeat(
  state: VentricularState,
  book: EpisodeBook,
  beat: Beat,
  quality: number,
  nowMs: number,
  out: EcgOutput[],
): void {
  const { timeMs, rrMs, beatClass, widthMs } = beat
  // Samples are missing in it: it says nothing, and breaks nothing.
  if (beatClass === 'Q') return
  // A beat of the run's shape in the middle of it belongs to it, whatever its own class.
  const sameShape = state.beats >= 3 && rrMs < MAX_INTERVAL_MS && isShapeOfRun(state, beat)
  if (beatClass === 'V' || sameShape) takeIn(state, beat)
  else {
    state.others += 1
    const before = Number.isNaN(state.clarity) ? beat.likeness : state.clarity
    state.clarity = before + CLARITY_SMOOTHING * (beat.likeness - before)
    if (!isOpen(book, 'ventricular-tachycardia') || state.others >= 2) parted(state)
  }
  state.lastMs = timeMs
  state.lastFamily = beat.likeness < 0.9 ? beat.family : -1
  if (widthMs >= WIDE_MS && rrMs <= WIDE_INTERVAL_MS) {
    if (state.wideFast === 0) state.wideFastFirstMs = timeMs
    state.wideFast += 1
  } else state.wideFast = 0
  const runMs = mean(state.intervalsMs)
  const isFast = state.beats >= BEATS && state.intervalsMs.length >= BEATS - 2 && runMs < MAX_INTERVAL_MS
  const isRun = isFast && isLikely(state)
  const isWide = state.wideFast >= WIDE_BEATS
  if ((isRun || isWide) && quality >= 0.5) {
    const evidence = {
      heartRate: Math.round(60_000 / (isRun ? runMs : (timeMs - state.wideFastFirstMs) / (state.wideFast - 1))),
      beats: isRun ? state.beats : state.wideFast,
      widthMs: Math.round(isRun ? mean(state.widthsMs) : widthMs),
      widthRatio: Math.round(100 * (isRun ? mean(state.ratios) : widthMs / beat.normalWidthMs)) / 100,
      unevenness: isRun ? Math.round(100 * unevenness(state.intervalsMs)) / 100 : 1,
      shapes: isRun ? shapes(state) : 1,
    }
    const onsetMs = isRun ? state.firstMs : state.wideFastFirstMs
    if (!isRun) state.runLastMs = timeMs
    hold(book, 'ventricular-tachycardia', onsetMs, { timeMs: nowMs, confidence: isRun ? 0.85 : 0.6, evidence }, out)
  } else if (state.others >= 2 || (state.beats >= BEATS && !(runMs < 1.15 * MAX_INTERVAL_MS)))
    release(book, 'ventricular-tachycardia', state.runLastMs, nowMs, out)
}

/** The shape of most beats of the run, which is not that of the normal ones. */
function isShapeOfRun({ families }: VentricularState, { family, likeness }: Beat): boolean {
  let same = 0
  for (const one of families) if (one === family) same += 1
  return likeness < 0.97 && 2 * same > families.length
}

/** A run ends also by silence, and where samples are missing for long (`lastBeatMs` is NaN then). */
export function ventricularOnSecond(
  state: VentricularState,
  book: EpisodeBook,
  lastBeatMs: number,
  nowMs: number,
  out: EcgOutput[],
): void {
  const sinceMs = nowMs - (Number.isNaN(lastBeatMs) ? state.lastMs : lastBeatMs)
  if (!(sinceMs < SILENCE_MS)) release(book, 'ventricular-tachycardia', state.runLastMs, nowMs, out)
}
