import type { Beat } from '../beats/beat.ts'
import type { Ring } from '../signal/ring.ts'
import type { StOutput } from '../types.ts'
import { averageNoise, averageOf, cutBeat, FROM_MS, POINTS, STEP_MS, type CutBeat } from './average-beat.ts'
import { axisShiftIn } from './axis-shift.ts'
import { addSlopes, qrsEdges } from './delineation.ts'
import { levelError, measureAt } from './measure.ts'
import { levelBefore, type LevelPoint } from './wander.ts'

export interface StState {
  /** The levels before the last three beats of any class: what is needed to cut the middle one. */
  levels: LevelPoint[]
  waiting: Beat | null
  /** The last normal beats, oldest first. */
  beats: CutBeat[]
  /** The average of the last measurement: the beats after it are laid on it. */
  average: Float32Array
  hasAverage: boolean
  /** Onset of its complex and J point, ms from the R peak; NaN = not known yet. */
  onsetMs: number
  jMs: number
  /** Seconds seen. */
  seconds: number
}

/** A beat stays in the average so long, and so many at the most. */
const KEEP_MS = 12_000
const KEEP_BEATS = 12
const MIN_BEATS = 3
/** Uncertain: a standard error above this (or none known: fewer than four beats): the level would be off by more than 25 µV in one of twenty. */
const CERTAIN_ERROR_MV = 0.0125
/** So often the level is measured: leads that began together are measured together. */
export const ST_EVERY_S = 3
const MIN_LIKENESS = 0.85
const DISTORTING_HIGH_PASS_HZ = 0.05
/** A complex that seems to be longer has no end that can be seen. */
export const WIDEST_MS = 220

export function createStState(): StState {
  return {
    levels: [],
    waiting: null,
    beats: [],
    average: new Float32Array(POINTS),
    hasAverage: false,
    onsetMs: NaN,
    jMs: NaN,
    seconds: 0,
  }
}

/** After a gap the neighbours are lost. */
export function breakSt(state: StState): void {
  state.levels = []
  state.waiting = null
}

/** Takes every beat in order; normal ones are cut out once the level before the next beat is known. */
export function stOnBeat(state: StState, ring: Ring, beat: Beat, rateHz: number, usable: boolean): void {
  const { levels, waiting } = state
  state.waiting = null
  if (Number.isNaN(beat.rrMs)) levels.length = 0
  const normal = beat.beatClass === 'N' || beat.beatClass === 'S'
  // An injured wall bends the beat, not its complex.
  const alike = normal && Math.max(beat.likeness, beat.slopeLikeness) >= MIN_LIKENESS
  // At one place in all alike beats: so that what is wrong with the place is the same in all, and gone against the average's own level.
  const onset = alike && !Number.isNaN(state.onsetMs) ? beat.index + (state.onsetMs / 1000) * rateHz : beat.onset
  const point = levelBefore(ring, onset, rateHz)
  if (Number.isNaN(point.level)) {
    levels.length = 0
    return
  }
  levels.push(point)
  if (levels.length > 3) levels.shift()
  if (waiting !== null && levels.length === 3) {
    const full = state.beats.length >= KEEP_BEATS ? state.beats.shift() : undefined
    const cut = full ?? { timeMs: 0, values: new Float32Array(POINTS) }
    const reference = state.hasAverage ? state.average : undefined
    if (cutBeat(cut, ring, levels, waiting, reference, rateHz)) state.beats.push(cut)
  }
  if (usable && alike) state.waiting = beat
}

/** Filled anew at each measurement; kept to spare the garbage. */
const slopes = new Float64Array(POINTS)

/**
 * Every 3 s the ST level of the average of the last normal beats, against the level before their QRS complex; undefined where it is not time
 * yet or there are too few beats.
 */
export function stOnSecond(
  state: StState,
  nowMs: number,
  heartRate: number,
  options: { highPassHz: number },
): StOutput | undefined {
  state.seconds += 1
  if (state.seconds % ST_EVERY_S !== 0) return undefined
  while ((state.beats[0]?.timeMs ?? Infinity) < nowMs - KEEP_MS) state.beats.shift()
  const { beats, average } = state
  if (beats.length < MIN_BEATS) {
    state.hasAverage = false
    state.onsetMs = NaN
    state.jMs = NaN
    return undefined
  }
  const shift = axisShiftIn(beats, state.onsetMs, state.jMs)
  if (shift > 0) beats.splice(0, shift)
  averageOf(beats, average)
  state.hasAverage = true
  slopes.fill(0)
  const noiseMv = averageNoise(beats)
  const noise = Math.sqrt(addSlopes(average, noiseMv, 0, 1, slopes))
  for (let p = 0; p < POINTS; p++) slopes[p] = Math.sqrt(slopes[p] ?? 0)
  const { onsetMs, jMs, clear: atRest } = qrsEdges(slopes, noise)
  const clear = atRest && jMs - onsetMs <= WIDEST_MS
  state.onsetMs = onsetMs
  state.jMs = jMs
  const errorMv = levelError(beats, onsetMs, jMs)
  const steady = options.highPassHz <= DISTORTING_HIGH_PASS_HZ && errorMv <= CERTAIN_ERROR_MV
  return {
    kind: 'st',
    timeMs: nowMs,
    ...measureAt(average, onsetMs, jMs, heartRate),
    axisShift: shift > 0,
    beats: beats.length,
    errorMv,
    clear,
    uncertain: !steady || !clear,
    average: {
      fromMs: FROM_MS,
      stepMs: STEP_MS,
      valuesMv: average.slice(),
      beatsMs: beats.map(({ timeMs }) => timeMs),
      onsetMs,
      jMs,
      noiseMv,
      heartRate,
      steady,
    },
  }
}
