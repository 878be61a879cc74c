const MINUTE_MS = 60_000

/** How far ahead glucose is forecast. */
export const GLUCOSE_HORIZON_MS = 20 * MINUTE_MS
/** The interval of the usual continuous sensors, for which the weights hold. */
const STEP_MS = 5 * MINUTE_MS
/** A sensor that sends more often is thinned to this; what comes seldom (a finger prick) is never forecast. */
const THIN_TO_MS = 2 * MINUTE_MS
const MAX_GAP_MS = 12 * MINUTE_MS

/**
 * Weights of the last changes of five minutes each, newest first, for the change of the next 20 minutes: least squares over six subjects
 * of Hall 2018. `tests/verify/glucose` fits them again and reports the error on the six others; so for the numbers below.
 */
export const GLUCOSE_WEIGHTS: readonly number[] = [1.38, 0.19, 0.09, -0.3]
const KEEP_MS = GLUCOSE_WEIGHTS.length * STEP_MS + MAX_GAP_MS
/** The part of the distance to the patient's usual level that is made up in 20 minutes. */
const RETURN = 0.1
/** How slowly the usual level follows. */
const USUAL_OVER_MS = 500 * MINUTE_MS
/** What is known before the first forecast could be compared with what came, (mg/dL)²; and what is forgotten with each. */
const PRIOR = 3_000
const KEPT = 0.998
const MAX_GAIN = 1.3
/** More than this does not happen in 20 minutes, mg/dL. */
const MAX_CHANGE_MG_DL = 80

/** `[event time in ms, mg/dL]` */
export type GlucosePoint = [timeMs: number, mgDl: number]

/** The last readings of one continuous sensor, and how its forecasts have done. Plain data, bounded. */
export interface GlucoseState {
  points: GlucosePoint[]
  /** The patient's usual level, mg/dL. */
  usual?: number
  /** Forecast changes that wait for their time: due at, from the level, by so much. */
  waiting: [dueMs: number, from: number, change: number][]
  /** What came along what was forecast, and what was forecast: their quotient is how much of a forecast change comes true. */
  along: number
  squared: number
}

export interface GlucoseForecast {
  readonly atMs: number
  readonly mgDl: number
  /** Where the last quarter of an hour leads if it just goes on: no body of the fit was on insulin. */
  readonly straightMgDl: number
}

/** How close to the limit a forecast counts; chosen on the tuning subjects. */
const LOW_MARGIN_MG_DL = 2
/** A straight fall to below this (level 2 is below 54, ADA) counts by itself. [K: as marketed sensors warn] */
const STRAIGHT_LOW_MG_DL = 55

/** Whether glucose is likely to fall below `lowMgDl` within 20 minutes. */
export function isLowComing({ mgDl, straightMgDl }: GlucoseForecast, lowMgDl: number): boolean {
  return mgDl < lowMgDl + LOW_MARGIN_MG_DL || straightMgDl < STRAIGHT_LOW_MG_DL
}

/**
 * Whether both the forecast and the straight line say so: a steep fall, for which a raised threshold comes too late. Of the subjects of Hall 2018 it
 * warns falsely a quarter as often as either alone, and of fewer lows; see the README.
 */
export function isSteepLowComing({ mgDl, straightMgDl }: GlucoseForecast, lowMgDl: number): boolean {
  return mgDl < lowMgDl + LOW_MARGIN_MG_DL && straightMgDl < STRAIGHT_LOW_MG_DL
}

export function createGlucoseState(): GlucoseState {
  return { points: [], waiting: [], along: PRIOR, squared: PRIOR }
}

/**
 * Takes the next reading in (changed in place) and forecasts 20 minutes ahead; `undefined` where the readings are too few, too far apart
 * or out of their order, or where this one came too soon after the last.
 */
export function stepGlucose(state: GlucoseState, timeMs: number, mgDl: number): GlucoseForecast | undefined {
  const last = state.points.at(-1)
  const sinceMs = timeMs - (last?.[0] ?? timeMs)
  if (last !== undefined && sinceMs < THIN_TO_MS) return undefined
  state.points.push([timeMs, mgDl])
  while ((state.points[0]?.[0] ?? timeMs) < timeMs - KEEP_MS) state.points.shift()
  state.usual ??= mgDl
  state.usual += (mgDl - state.usual) * Math.min(1, sinceMs / USUAL_OVER_MS)
  learn(state, timeMs)

  const changes = glucoseChanges(state)
  if (changes === undefined) return undefined
  const course = changes.reduce((sum, change, index) => sum + change * (GLUCOSE_WEIGHTS[index] ?? 0), 0)
  const expected = course - RETURN * (mgDl - state.usual)
  const dueMs = timeMs + GLUCOSE_HORIZON_MS
  state.waiting.push([dueMs, mgDl, expected])
  const gain = Math.min(MAX_GAIN, Math.max(0, state.along / state.squared))
  const change = Math.min(MAX_CHANGE_MG_DL, Math.max(-MAX_CHANGE_MG_DL, gain * expected))
  const quarter = changes.slice(0, 3).reduce((sum, one) => sum + one, 0)
  const straightMgDl = Math.max(0, mgDl + (quarter * GLUCOSE_HORIZON_MS) / (3 * STEP_MS))
  return { atMs: dueMs, mgDl: Math.max(0, mgDl + change), straightMgDl }
}

/** Compares the forecasts that are due with what came: a noisy sensor is believed less. */
function learn(state: GlucoseState, timeMs: number): void {
  for (let first = state.waiting[0]; first !== undefined && first[0] <= timeMs; first = state.waiting[0]) {
    state.waiting.shift()
    const [dueMs, from, expected] = first
    const came = levelAt(state.points, dueMs)
    if (came === undefined) continue
    state.along = state.along * KEPT + expected * (came - from) + PRIOR * (1 - KEPT)
    state.squared = state.squared * KEPT + expected * expected + PRIOR * (1 - KEPT)
  }
}

/** The last changes over five minutes each, newest first, between readings by a straight line. */
export function glucoseChanges({ points }: Pick<GlucoseState, 'points'>): number[] | undefined {
  const last = points.at(-1)
  if (last === undefined) return undefined
  const levels: number[] = []
  for (let lag = 0; lag <= GLUCOSE_WEIGHTS.length; lag++) {
    const level = levelAt(points, last[0] - lag * STEP_MS)
    if (level === undefined) return undefined
    levels.push(level)
  }
  return levels.slice(1).map((older, index) => (levels[index] ?? older) - older)
}

function levelAt(points: readonly GlucosePoint[], timeMs: number): number | undefined {
  const next = points.findIndex(([time]) => time >= timeMs)
  const after = points[next]
  if (after === undefined) return undefined
  const before = points[next - 1]
  // A sensor's interval wavers by some seconds: the first reading may be a little younger than the last lag.
  if (before === undefined) return after[0] - timeMs <= MINUTE_MS ? after[1] : undefined
  if (after[0] - before[0] > MAX_GAP_MS) return after[0] === timeMs ? after[1] : undefined
  return before[1] + ((after[1] - before[1]) * (timeMs - before[0])) / (after[0] - before[0])
}
