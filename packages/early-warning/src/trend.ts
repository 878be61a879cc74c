import { median, type TrendPoint } from './median.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
/** Medians of so long stand for the past, kept for so long. */
const BASELINE_STEP_MS = 20 * MINUTE_MS
const BASELINE_KEEP_MS = 8 * HOUR_MS
const MIN_BASELINE_POINTS = 2
/** A bucket of a sensor that sends every second is thinned to so many values. */
const MAX_BUCKET_VALUES = 32
/** The part of all pairs of points that must go the same way: noise goes either way. */
const MIN_AGREEMENT = 0.65
/** After so long what was a change is the patient's new baseline. */
const NEW_NORMAL_MS = 4 * HOUR_MS

/** What counts as a change of one vital in one direction. */
export interface TrendRule {
  readonly direction: 'rising' | 'falling'
  /** Change against the baseline that is worth a word, in the vital's unit. */
  readonly notable: number
  /** Change that is worth a look at the patient. */
  readonly marked: number
  /** Up to here (rising; down to here: falling) a change goes towards what is normal, and only a marked one counts. */
  readonly unremarkable: number
}

export interface TrendOptions {
  /** Medians of so long are the points. */
  readonly bucketMs: number
  /** Over how long the slope is taken. */
  readonly windowMs: number
  readonly minPoints: number
  /** A change must last so long before it counts, and be gone so long before it ends. */
  readonly holdMs: number
  readonly rules: readonly TrendRule[]
}

/** Where one vital of one patient has been. Plain data, bounded. */
export interface TrendState {
  bucket: { startMs: number; values: number[] }
  recent: [number, number][]
  /** Medians of the time before the window. */
  baseline: [number, number][]
  older: { startMs: number; values: number[] }
  lastMs: number
  /** A change that is waiting or open: the baseline is held while it lasts. */
  change?: {
    direction: TrendRule['direction']
    sinceMs: number
    from: number
    open: boolean
    worst: number
    goneSinceMs?: number | undefined
  }
}

/** A change that lasts. */
export interface TrendChange {
  readonly direction: TrendRule['direction']
  /** When it began to count. */
  readonly sinceMs: number
  /** The patient's own baseline, and what it is now. */
  readonly from: number
  readonly to: number
  /** The slope now, per hour: it may have come to rest. */
  readonly perHour: number
  readonly marked: boolean
}

export type TrendStep =
  | { readonly kind: 'none' }
  | { readonly kind: 'changed'; readonly change: TrendChange }
  | { readonly kind: 'ended'; readonly direction: TrendRule['direction']; readonly atMs: number }

export function createTrendState(): TrendState {
  return { bucket: { startMs: 0, values: [] }, recent: [], baseline: [], older: { startMs: 0, values: [] }, lastMs: 0 }
}

/**
 * Takes the next value in (changed in place). A change is stated when the median of now lies off the patient's own baseline, the course
 * in the window goes there, and both have lasted. Values must come in the order of their time; an older one changes nothing.
 */
export function stepTrend(state: TrendState, timeMs: number, value: number, options: TrendOptions): TrendStep[] {
  if (timeMs <= state.lastMs) return []
  state.lastMs = timeMs
  const { bucket } = state
  const startMs = Math.floor(timeMs / options.bucketMs) * options.bucketMs
  if (bucket.values.length > 0 && bucket.startMs !== startMs) {
    const point: [number, number] = [bucket.startMs + options.bucketMs, median(bucket.values) ?? value]
    state.bucket = { startMs, values: [value] }
    return takePoint(state, point, options)
  }
  bucket.startMs = startMs
  if (bucket.values.length < MAX_BUCKET_VALUES) bucket.values.push(value)
  else bucket.values[timeMs % MAX_BUCKET_VALUES] = value
  return []
}

/** A robust slope. */
export interface Slope {
  /** The median of the slopes of all pairs of points (Theil–Sen). */
  readonly perMs: number
  /** The part of the pairs that go up, of those that go anywhere (Kendall): noise is a half, and so is standing still. */
  readonly rising: number
}

export function theilSen(points: readonly TrendPoint[]): Slope | undefined {
  const slopes: number[] = []
  for (let i = 0; i < points.length; i++) {
    for (let j = i + 1; j < points.length; j++) {
      const [from, to] = [points[i], points[j]]
      if (from !== undefined && to !== undefined && to[0] > from[0]) slopes.push((to[1] - from[1]) / (to[0] - from[0]))
    }
  }
  const perMs = median(slopes)
  if (perMs === undefined) return undefined
  const moving = slopes.filter((slope) => slope !== 0)
  const rising = moving.length === 0 ? 0.5 : moving.filter((slope) => slope > 0).length / moving.length
  return { perMs, rising }
}

function takePoint(state: TrendState, point: [number, number], options: TrendOptions): TrendStep[] {
  const [nowMs] = point
  state.recent.push(point)
  for (
    let first = state.recent[0];
    first !== undefined && first[0] < nowMs - options.windowMs;
    first = state.recent[0]
  ) {
    state.recent.shift()
    remember(state, first)
  }
  while ((state.baseline[0]?.[0] ?? nowMs) < nowMs - BASELINE_KEEP_MS) state.baseline.shift()
  const slope = theilSen(state.recent)
  const now = median(state.recent.slice(-3).map(([, value]) => value))
  if (slope === undefined || now === undefined || state.recent.length < options.minPoints) return []
  return state.change === undefined
    ? begin(state, nowMs, now, slope, options)
    : follow(state, nowMs, now, slope, options)
}

/** What leaves the window goes into the baseline, but for what a change that is open has brought. */
function remember(state: TrendState, [timeMs, value]: [number, number]): void {
  if (state.change?.open === true && timeMs >= state.change.sinceMs) return
  const startMs = Math.floor(timeMs / BASELINE_STEP_MS) * BASELINE_STEP_MS
  const { older } = state
  if (older.values.length > 0 && older.startMs !== startMs) {
    state.baseline.push([older.startMs, median(older.values) ?? value])
    state.older = { startMs, values: [value] }
    return
  }
  older.startMs = startMs
  older.values.push(value)
}

function begin(state: TrendState, nowMs: number, now: number, slope: Slope, options: TrendOptions): TrendStep[] {
  const points = [...state.baseline.map(([, value]) => value), ...(state.older.values.length > 0 ? [median(state.older.values) ?? now] : [])] // prettier-ignore
  const from = points.length >= MIN_BASELINE_POINTS ? median(points) : undefined
  if (from === undefined) return []
  const rule = options.rules.find((one) => goes(one, from, now) && agrees(one, slope))
  if (rule === undefined) return []
  state.change = { direction: rule.direction, sinceMs: nowMs, from, open: false, worst: now }
  return []
}

function follow(state: TrendState, nowMs: number, now: number, slope: Slope, options: TrendOptions): TrendStep[] {
  const { change } = state
  const rule = options.rules.find(({ direction }) => direction === change?.direction)
  if (change === undefined || rule === undefined) return []
  const sign = signOf(rule)
  const off = sign * (now - change.from)
  if (!change.open) {
    if (!goes(rule, change.from, now)) {
      delete state.change
      return []
    }
    if (nowMs - change.sinceMs < options.holdMs) return []
    change.open = true
  }
  if (sign * (now - change.worst) > 0) change.worst = now
  // Half way back is over; so is what has become the patient's usual level.
  if (off < rule.notable / 2) change.goneSinceMs ??= nowMs
  else change.goneSinceMs = undefined
  const isGone = change.goneSinceMs !== undefined && nowMs - change.goneSinceMs >= options.holdMs
  if (isGone || nowMs - change.sinceMs > NEW_NORMAL_MS) {
    delete state.change
    if (!isGone) {
      state.baseline = state.recent.slice(0, MIN_BASELINE_POINTS)
      state.older = { startMs: 0, values: [] }
    }
    return [{ kind: 'ended', direction: change.direction, atMs: change.goneSinceMs ?? nowMs }]
  }
  return [
    {
      kind: 'changed',
      change: {
        direction: change.direction,
        sinceMs: change.sinceMs,
        from: change.from,
        to: now,
        perHour: slope.perMs * HOUR_MS,
        marked: sign * (change.worst - change.from) >= rule.marked,
      },
    },
  ]
}

function goes(rule: TrendRule, from: number, now: number): boolean {
  const sign = signOf(rule)
  const off = sign * (now - from)
  return off >= rule.marked || (off >= rule.notable && sign * (now - rule.unremarkable) > 0)
}

function agrees({ direction }: TrendRule, { rising }: Slope): boolean {
  return (direction === 'rising' ? rising : 1 - rising) >= MIN_AGREEMENT
}

function signOf({ direction }: TrendRule): 1 | -1 {
  return direction === 'rising' ? 1 : -1
}

/** A sensor that reports all the time: medians of two minutes, the slope over forty. */
const sensor = (...rules: readonly TrendRule[]): TrendOptions => ({
  bucketMs: 2 * MINUTE_MS,
  windowMs: 40 * MINUTE_MS,
  minPoints: 8,
  holdMs: 10 * MINUTE_MS,
  rules,
})
/** What is measured now and then: medians of ten minutes (mostly one reading), the slope over three hours. */
const spot = (...rules: readonly TrendRule[]): TrendOptions => ({
  bucketMs: 10 * MINUTE_MS,
  windowMs: 3 * HOUR_MS,
  minPoints: 3,
  holdMs: 10 * MINUTE_MS,
  rules,
})
const rising = (notable: number, marked: number, unremarkable: number): TrendRule => ({ direction: 'rising', notable, marked, unremarkable }) // prettier-ignore
const falling = (notable: number, marked: number, unremarkable: number): TrendRule => ({ direction: 'falling', notable, marked, unremarkable }) // prettier-ignore

/**
 * What counts, by vital. [K: about two bands of NEWS2 is notable; 40 mmHg below one's own pressure is the hypotension of Bone 1992; to be
 * confirmed by the ward]
 */
export const TREND_OPTIONS = {
  heartRate: sensor(rising(20, 35, 90), falling(20, 35, 55)),
  respirationRate: sensor(rising(6, 10, 20), falling(6, 10, 12)),
  spo2: sensor(falling(3, 6, 95)),
  systolic: spot(falling(20, 40, 110), rising(40, 60, 160)),
  temperature: spot(rising(1, 2, 38), falling(1, 2, 36)),
} as const satisfies Readonly<Record<string, TrendOptions>>
