/** The pace of the last beats. */
export interface Pace {
  /** Usual interval, samples; 0 = not known. */
  readonly interval: number
  /** How much one interval differs from the one before, as a logarithm: 0 = a clock. */
  readonly irregularity: number
}

/** A peak that may be a beat, and the best sequence of beats that ends at it. */
export interface PathPeak {
  /** Sample number of the middle of its steep part. */
  readonly index: number
  /** Steepest slope near it. */
  readonly slope: number
  /** Log odds of being a QRS complex by itself, whatever comes before and after. */
  readonly odds: number
  /** Odds of that sequence, and the place of the beat before it in that sequence (-1 = the last certain one). */
  path: number
  before: number
  /** The interval from that beat, samples. */
  interval: number
}

/** A beat, as far as the next one depends on it; `index` below 0: there is none. */
export interface Anchor {
  readonly index: number
  readonly slope: number
  /** From the beat before it; 0 = not known. */
  readonly interval: number
}

export const PATH = {
  /** Two complexes are at least so far apart. */
  blankMs: 200,
  /** How much the pace counts. */
  paceWeight: 0.65,
  /** Share of intervals that follow the pace. */
  steadyShare: 0.8,
  leastSpread: 0.1,
  mostSpread: 0.35,
  spreadFactor: 1.5,
  /** Density of all other intervals, per unit of the logarithm. */
  broad: 0.54,
  /** The most that a wait can speak for a beat that was missed. */
  longest: 2,
  longSlope: 2,
  shortSlope: 3,
  /** Hardly any two complexes are closer than this; a P wave and its complex are. */
  shortMs: 300,
  shortPenalty: 4,
  samePace: 0.15,
  runShare: 0.2,
  runSlope: 0.5,
  tWavePenalty: 3,
  tWaveMs: 400,
  tWaveSlope: 0.5,
}

function spreadOf(pace: Pace): number {
  return Math.min(PATH.mostSpread, Math.max(PATH.leastSpread, PATH.spreadFactor * pace.irregularity))
}

/** What an interval speaks for two complexes being neighbours: log of its density against that of any interval. */
export function intervalGain(interval: number, pace: Pace): number {
  if (pace.interval <= 0) return 0
  const x = Math.log(interval / pace.interval)
  const spread = spreadOf(pace)
  const z = x / spread
  const peak = (PATH.steadyShare * 0.4) / (spread * PATH.broad)
  let gain = Math.log(peak * Math.exp(-0.5 * z * z) + 1 - PATH.steadyShare)
  if (x > 0.8) gain -= Math.min(PATH.longest, PATH.longSlope * (x - 0.8))
  else if (x < -1) gain += PATH.shortSlope * (x + 1)
  return PATH.paceWeight * gain
}

/** What it says that no beat has come for so long. */
export function silenceGain(elapsed: number, pace: Pace): number {
  if (pace.interval <= 0 || elapsed <= 0) return 0
  const x = Math.log(elapsed / pace.interval)
  if (x < -1) return 0
  const z = x / spreadOf(pace)
  const steady = 1 / (1 + Math.exp(1.7 * z))
  const other = Math.max(0.05, Math.min(1, (0.8 - x) / 1.85))
  let gain = Math.log(PATH.steadyShare * steady + (1 - PATH.steadyShare) * other)
  if (x > 0.8) gain -= Math.min(PATH.longest, PATH.longSlope * (x - 0.8))
  return PATH.paceWeight * gain
}

/** What speaks for `second` being the next complex after `first`; -Infinity where it cannot be. */
export function stepGain(first: Anchor, second: PathPeak, pace: Pace, rateHz: number): number {
  if (first.index < 0) return 0
  const interval = second.index - first.index
  const ms = (1000 * interval) / rateHz
  if (ms < PATH.blankMs) return -Infinity
  let gain = intervalGain(interval, pace)
  if (ms < PATH.shortMs) gain -= (PATH.shortPenalty * (PATH.shortMs - ms)) / (PATH.shortMs - PATH.blankMs)
  const slopes = second.slope / Math.max(1e-9, first.slope)
  if (gain < 0 && slopes > PATH.runSlope && first.interval > 0) {
    // A run keeps a pace of its own; a T wave behind an early beat is much gentler than it.
    if (Math.abs(interval - first.interval) < PATH.samePace * first.interval) gain *= PATH.runShare
  }
  // Hamilton's and Tompkins' rule of the T wave, with a gradual border: tall ones of an infarction are not counted.
  if (ms < PATH.tWaveMs) gain -= PATH.tWavePenalty * Math.max(0, Math.min(1, (PATH.tWaveSlope - slopes) / 0.2))
  return gain
}

/** Completes the best sequences that end at the candidates from `from` on; `without`: one that is left out. */
export function extendPaths(
  open: PathPeak[],
  from: number,
  root: Anchor,
  pace: Pace,
  rateHz: number,
  without = -1,
): void {
  for (let i = from; i < open.length; i++) {
    const candidate = open[i]
    if (candidate === undefined) continue
    if (i === without) {
      candidate.path = -Infinity
      continue
    }
    let best = stepGain(root, candidate, pace, rateHz)
    let before = -1
    for (let j = 0; j < i; j++) {
      const earlier = open[j]
      if (earlier === undefined || earlier.path === -Infinity) continue
      const path = earlier.path + stepGain(earlier, candidate, pace, rateHz)
      if (path > best) {
        best = path
        before = j
      }
    }
    candidate.path = best + candidate.odds
    candidate.before = before
    const previous = before < 0 ? root.index : (open[before]?.index ?? -1)
    candidate.interval = previous < 0 ? 0 : candidate.index - previous
  }
}

/** The end of the best sequence as seen at sample `seen` (-1 = no beat since the root), and its odds. */
export function bestEnd(
  open: readonly PathPeak[],
  root: Anchor,
  seen: number,
  pace: Pace,
): { end: number; odds: number } {
  let end = -1
  let odds = root.index < 0 ? 0 : silenceGain(seen - root.index, pace)
  for (let i = 0; i < open.length; i++) {
    const candidate = open[i]
    if (candidate === undefined || candidate.path === -Infinity) continue
    const value = candidate.path + silenceGain(seen - candidate.index, pace)
    if (value > odds) {
      odds = value
      end = i
    }
  }
  return { end, odds }
}

/** The first beat of the sequence that ends at `end`. */
export function firstOf(open: readonly PathPeak[], end: number): number {
  let first = end
  for (let i = end; i >= 0; i = open[i]?.before ?? -1) first = i
  return first
}
