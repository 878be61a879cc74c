import type { Beat } from '../beats/beat.ts'
import { at, type Ring } from '../signal/ring.ts'
import type { StOutput } from '../types.ts'

/** The isoelectric point before a beat. */
interface BaselinePoint {
  index: number
  level: number
}

/** A normal beat, its wander removed, sampled every `STEP_MS` around the R peak. */
interface AlignedBeat {
  timeMs: number
  values: number[]
  onsetMs: number
  offsetMs: number
}

export interface StState {
  /** The last three beats of any class that have a baseline point, with what is needed to cut the middle one. */
  points: BaselinePoint[]
  waiting: Beat | null
  beats: AlignedBeat[]
  saidMs: number
}

const STEP_MS = 4
const FROM_MS = -260
const TO_MS = 460
const POINTS = (TO_MS - FROM_MS) / STEP_MS + 1
const KEEP_MS = 7000
const KEEP_BEATS = 12
const MIN_BEATS = 3
const EVERY_MS = 2500
const MIN_LIKENESS = 0.85
/** The PR segment lies in here, before the QRS onset. */
const PR_FROM_MS = 90
const PR_TO_MS = 8
const PR_SPAN_MS = 20
const FAST_RATE = 120
const DISTORTING_HIGH_PASS_HZ = 0.05
const AVERAGE_MS = 8
const END_SLOPE = 0.1
const END_QUIET_MS = 20

export function createStState(): StState {
  return { points: [], waiting: null, beats: [], saidMs: NaN }
}

/** After a gap the neighbours are lost. */
export function breakSt(state: StState): void {
  state.points = []
  state.waiting = null
}

/** The flattest stretch before the QRS onset. */
function baselinePoint(ring: Ring, beat: Beat, rateHz: number): BaselinePoint | undefined {
  const samples = (ms: number): number => Math.round((ms / 1000) * rateHz)
  const span = Math.max(2, samples(PR_SPAN_MS))
  let best: BaselinePoint | undefined
  let flattest = Infinity
  for (let end = beat.onset - samples(PR_TO_MS); end >= beat.onset - samples(PR_FROM_MS) + span; end -= 1) {
    let low = Infinity
    let high = -Infinity
    let sum = 0
    for (let i = end - span + 1; i <= end; i++) {
      const value = at(ring, i)
      low = Math.min(low, value)
      high = Math.max(high, value)
      sum += value
    }
    // The nearer to the complex, the better: 5 µV are worth 10 ms.
    const cost = high - low + (0.0005 * ((beat.onset - end) * 1000)) / rateHz
    if (cost < flattest) {
      flattest = cost
      best = { index: end - span / 2, level: sum / span }
    }
  }
  return best
}

/** Cubic Hermite curve through three points (Catmull-Rom slopes inside, straight ones at the ends). */
function wanderAt(points: readonly BaselinePoint[], index: number): number {
  const [a, b, c] = points
  if (a === undefined || b === undefined || c === undefined) return 0
  const slopeAb = (b.level - a.level) / (b.index - a.index)
  const slopeBc = (c.level - b.level) / (c.index - b.index)
  const slopeB = (c.level - a.level) / (c.index - a.index)
  const left = index < b.index
  const [from, to] = left ? [a, b] : [b, c]
  const [slopeFrom, slopeTo] = left ? [slopeAb, slopeB] : [slopeB, slopeBc]
  const width = to.index - from.index
  const t = Math.min(1, Math.max(0, (index - from.index) / width))
  const h01 = t * t * (3 - 2 * t)
  const h10 = t * (1 - t) * (1 - t)
  const h11 = t * t * (t - 1)
  return from.level + h01 * (to.level - from.level) + width * (h10 * slopeFrom + h11 * slopeTo)
}

function align(ring: Ring, points: readonly BaselinePoint[], beat: Beat, rateHz: number): AlignedBeat | undefined {
  const values: number[] = []
  for (let p = 0; p < POINTS; p++) {
    const index = beat.index + ((FROM_MS + p * STEP_MS) / 1000) * rateHz
    const low = Math.floor(index)
    const part = index - low
    const value = at(ring, low) * (1 - part) + (part === 0 ? 0 : at(ring, low + 1) * part) - wanderAt(points, index)
    if (Number.isNaN(value)) return undefined
    values.push(value)
  }
  const ms = (index: number): number => ((index - beat.index) / rateHz) * 1000
  return { timeMs: beat.timeMs, values, onsetMs: ms(beat.onset), offsetMs: ms(beat.offset) }
}

/** Takes every beat in order; normal ones are cut out once the next beat's baseline is known. */
export function stOnBeat(state: StState, ring: Ring, beat: Beat, rateHz: number, usable: boolean): void {
  const point = Number.isNaN(beat.rrMs) ? undefined : baselinePoint(ring, beat, rateHz)
  if (Number.isNaN(beat.rrMs)) state.points = []
  const waiting = state.waiting
  state.waiting = null
  if (point === undefined || Number.isNaN(point.level)) {
    state.points = []
    return
  }
  state.points.push(point)
  if (state.points.length > 3) state.points.shift()
  if (waiting !== null && state.points.length === 3) {
    const aligned = align(ring, state.points, waiting, rateHz)
    if (aligned !== undefined) state.beats.push(aligned)
    if (state.beats.length > KEEP_BEATS) state.beats.shift()
  }
  const normal = beat.beatClass === 'N' || beat.beatClass === 'S'
  // An injured wall bends the beat, not its complex.
  const alike = Math.max(beat.likeness, beat.slopeLikeness) >= MIN_LIKENESS
  if (usable && normal && alike) state.waiting = beat
}

function medianOf(values: number[]): number {
  values.sort((a, b) => a - b)
  const middle = values.length >> 1
  return values.length % 2 === 1 ? (values[middle] ?? 0) : ((values[middle - 1] ?? 0) + (values[middle] ?? 0)) / 2
}

function medianBeat(beats: readonly AlignedBeat[]): number[] {
  return Array.from({ length: POINTS }, (_, p) => medianOf(beats.map(({ values }) => values[p] ?? 0)))
}

const pointAt = (ms: number): number => Math.round((ms - FROM_MS) / STEP_MS)

function meanAround(values: readonly number[], ms: number): number {
  const from = pointAt(ms - AVERAGE_MS)
  const to = Math.min(values.length - 1, pointAt(ms + AVERAGE_MS))
  let sum = 0
  for (let p = from; p <= to; p++) sum += values[p] ?? 0
  return sum / (to - from + 1)
}

/** The J point of a median beat: after the R peak, the first place from which the slope stays small. NaN where there is none. */
function jPointMs(values: readonly number[], typicalMs: number): number {
  let steepest = 0
  const slopeAt = (p: number): number => Math.abs((values[p + 1] ?? 0) - (values[p - 1] ?? 0))
  for (let p = pointAt(-80); p <= pointAt(100); p++) steepest = Math.max(steepest, slopeAt(p))
  const quiet = END_QUIET_MS / STEP_MS
  let calm = 0
  for (let p = pointAt(Math.max(8, typicalMs - 30)); p <= pointAt(Math.min(160, typicalMs + 40)); p++) {
    calm = slopeAt(p) < END_SLOPE * steepest ? calm + 1 : 0
    if (calm >= quiet) return FROM_MS + (p - quiet + 1) * STEP_MS
  }
  return NaN
}

/**
 * Every 2.5 s the ST level of the median of the last seconds' normal beats, against their PR level; undefined where it is not time
 * yet or there are too few beats.
 */
export function stOnSecond(
  state: StState,
  nowMs: number,
  heartRate: number,
  options: { highPassHz: number; noisy: boolean },
): StOutput | undefined {
  while ((state.beats[0]?.timeMs ?? Infinity) < nowMs - KEEP_MS) state.beats.shift()
  if (nowMs - state.saidMs < EVERY_MS || state.beats.length < MIN_BEATS) return undefined
  state.saidMs = nowMs
  const values = medianBeat(state.beats)
  const typicalMs = medianOf(state.beats.map(({ offsetMs }) => offsetMs))
  const onsetMs = medianOf(state.beats.map((beat) => beat.onsetMs))
  const foundMs = jPointMs(values, typicalMs)
  const jMs = Number.isNaN(foundMs) ? typicalMs : foundMs
  const level = meanAround(values, onsetMs - PR_TO_MS - AVERAGE_MS)
  const jMv = meanAround(values, jMs) - level
  const j60Mv = meanAround(values, jMs + 60) - level
  const j80Mv = meanAround(values, jMs + 80) - level
  const endMs = Math.min(TO_MS, Number.isNaN(heartRate) ? TO_MS : 0.6 * (60_000 / heartRate))
  let tAmplitudeMv = 0
  for (let p = pointAt(jMs + 90); p <= pointAt(endMs); p++) {
    const value = (values[p] ?? 0) - level
    if (Math.abs(value) > Math.abs(tAmplitudeMv)) tAmplitudeMv = value
  }
  const uncertain =
    options.highPassHz > DISTORTING_HIGH_PASS_HZ ||
    options.noisy ||
    Number.isNaN(foundMs) ||
    state.beats.length < MIN_BEATS + 1 ||
    jMs - onsetMs > 140
  const levelMv = heartRate > FAST_RATE ? j60Mv : j80Mv
  return { kind: 'st', timeMs: nowMs, levelMv, jMv, j60Mv, j80Mv, beats: state.beats.length, uncertain, tAmplitudeMv }
}
