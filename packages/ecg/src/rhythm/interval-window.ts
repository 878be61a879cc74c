/** Intervals that the rhythm is judged by: about twenty seconds. */
export const WINDOW_BEATS = 24
/** A few more are kept, so that an onset can be looked for before the window. */
export const KEPT_BEATS = 28
/** The same rhythm is not looked for across so long a silence. */
const LONGEST_SILENCE_MS = 5000
const LONGEST_INTERVAL_MS = 3000
/** Fewer intervals, or fewer pairs of neighbours, say nothing of a rhythm. */
const LEAST_INTERVALS = 8
const LEAST_PAIRS = 5
/** Intervals that differ by less than this part of the mean count as one and the same. */
const ALIKE = 0.05
/** Irregularity below this part of the mean is not told from none: it is that of sampling. */
const LEAST_JUMP = 0.004

/** The last beats, the newest last. Index 0 is the oldest place. */
export interface IntervalWindow {
  /** Beats in the window. */
  count: number
  readonly timesMs: Float64Array
  /** The interval before each beat; NaN where it is not known. */
  readonly allMs: Float64Array
  /** The same, NaN also where a foreign beat (ectopic, aberrant, noise) begins or ends it: it says nothing of the atria. */
  readonly cleanMs: Float64Array
  foreignBefore: boolean
}

/** How irregular the intervals of a window are. */
export interface Irregularity {
  intervals: number
  meanMs: number
  /** Root mean square of what neighbours differ by, over the mean; as a natural logarithm. */
  jump: number
  /** Share of the intervals that are alike (within 5 %) around the most common one: ectopic beats come at few lengths, fibrillation at any. */
  crowd: number
  /** Share of intervals that are longer, or shorter, than both neighbours: two thirds where each is independent of the last, less where they swing. */
  turns: number
}

export function createIntervalWindow(): IntervalWindow {
  return {
    count: 0,
    timesMs: new Float64Array(KEPT_BEATS).fill(NaN),
    allMs: new Float64Array(KEPT_BEATS).fill(NaN),
    cleanMs: new Float64Array(KEPT_BEATS).fill(NaN),
    foreignBefore: false,
  }
}

export function createIrregularity(): Irregularity {
  return { intervals: 0, meanMs: NaN, jump: NaN, crowd: NaN, turns: NaN }
}

export function pushInterval(
  window: IntervalWindow,
  timeMs: number,
  intervalMs: number,
  foreign: boolean,
  believable: boolean,
): void {
  const { timesMs, allMs, cleanMs } = window
  const last = KEPT_BEATS - 1
  if (!(timeMs - (timesMs[last] ?? NaN) <= LONGEST_SILENCE_MS)) window.count = 0
  timesMs.copyWithin(0, 1)
  allMs.copyWithin(0, 1)
  cleanMs.copyWithin(0, 1)
  if (window.count === 0) {
    allMs.fill(NaN)
    cleanMs.fill(NaN)
    window.foreignBefore = false
  }
  const known = believable && intervalMs <= LONGEST_INTERVAL_MS
  timesMs[last] = timeMs
  allMs[last] = known ? intervalMs : NaN
  cleanMs[last] = known && !foreign && !window.foreignBefore ? intervalMs : NaN
  window.foreignBefore = foreign
  window.count = Math.min(KEPT_BEATS, window.count + 1)
}

/** Measures the newest intervals into `into`; false where there are too few of them. */
export function measureIrregularity(values: Float64Array, into: Irregularity): boolean {
  const from = KEPT_BEATS - WINDOW_BEATS
  let count = 0
  let sum = 0
  let pairs = 0
  let squares = 0
  let corners = 0
  let turns = 0
  let least = Infinity
  let most = -Infinity
  for (let i = from; i < KEPT_BEATS; i++) {
    const value = values[i] ?? NaN
    if (Number.isNaN(value)) continue
    count += 1
    sum += value
    if (value < least) least = value
    if (value > most) most = value
    const change = i > from ? value - (values[i - 1] ?? NaN) : NaN
    if (Number.isNaN(change)) continue
    pairs += 1
    squares += change * change
    const before = i > from + 1 ? (values[i - 1] ?? NaN) - (values[i - 2] ?? NaN) : NaN
    if (Number.isNaN(before)) continue
    corners += 1
    if (change * before < 0) turns += 1
  }
  if (count < LEAST_INTERVALS || pairs < LEAST_PAIRS) return false
  const meanMs = sum / count
  const reach = ALIKE * meanMs
  let crowd = most - least <= reach ? count : 0
  for (let i = from; i < KEPT_BEATS && crowd < count; i++) {
    const centre = values[i] ?? NaN
    let alike = 0
    for (let j = from; j < KEPT_BEATS; j++) if (Math.abs((values[j] ?? NaN) - centre) <= reach) alike += 1
    if (alike > crowd) crowd = alike
  }
  into.intervals = count
  into.meanMs = meanMs
  into.jump = Math.log(Math.max(LEAST_JUMP, Math.sqrt(squares / pairs) / meanMs))
  into.crowd = crowd / count
  into.turns = corners > 0 ? turns / corners : 0.5
  return true
}

/** Groups of so many beats that repeat are looked for: bigeminy to quadrigeminy. */
const LONGEST_GROUP = 4
const LEAST_CHANGES = 4
const sorted = new Float64Array(WINDOW_BEATS)

/** Median of what intervals `lag` beats apart differ by; NaN where there are too few. */
function medianChange(values: Float64Array, lag: number): number {
  let count = 0
  for (let i = KEPT_BEATS - WINDOW_BEATS + lag; i < KEPT_BEATS; i++) {
    const change = Math.abs((values[i] ?? NaN) - (values[i - lag] ?? NaN))
    if (Number.isNaN(change)) continue
    let at = count
    for (; at > 0 && (sorted[at - 1] ?? 0) > change; at--) sorted[at] = sorted[at - 1] ?? 0
    sorted[at] = change
    count += 1
  }
  if (count < LEAST_CHANGES) return NaN
  return ((sorted[count >> 1] ?? 0) + (sorted[(count - 1) >> 1] ?? 0)) / 2
}

/** Whether the intervals come in groups that repeat: alike after two, three or four beats (within 4 %), and neighbours differ by five times that. */
export function isPattern(values: Float64Array, meanMs: number): boolean {
  const step = medianChange(values, 1)
  for (let lag = 2; lag <= LONGEST_GROUP; lag++) {
    const repeat = medianChange(values, lag)
    if (repeat < 0.04 * meanMs && repeat < 0.2 * step) return true
  }
  return false
}
