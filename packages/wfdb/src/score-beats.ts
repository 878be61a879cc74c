import { isBeat } from './annotation-codes.ts'
import type { Annotation } from './annotations.ts'

export interface BeatScore {
  tp: number
  fp: number
  fn: number
  /** tp / (tp + fn), 0..1; NaN without reference beats. */
  sensitivity: number
  /** tp / (tp + fp), 0..1; NaN without detections. */
  positivePredictivity: number
}

/** Spans of ventricular flutter or fibrillation (`[` … `]`), in samples; one without an end reaches to infinity. */
export function flutterSpans(annotations: readonly Annotation[]): [number, number][] {
  const spans: [number, number][] = []
  let start: number | undefined
  for (const { sample, symbol } of annotations) {
    if (symbol === '[') start ??= sample
    else if (symbol === ']' && start !== undefined) {
      spans.push([start, sample])
      start = undefined
    }
  }
  if (start !== undefined) spans.push([start, Infinity])
  return spans
}

/** The sample numbers of the beat annotations. */
export function beatSamples(annotations: readonly Annotation[]): number[] {
  return annotations.filter(({ symbol }) => isBeat(symbol)).map(({ sample }) => sample)
}

function closest(to: number, among: readonly number[], from: number): number {
  let best = from
  for (let i = from; i < among.length; i++) {
    if (Math.abs((among[i] ?? Infinity) - to) < Math.abs((among[best] ?? Infinity) - to)) best = i
    else if (i > best) break
  }
  return best
}

/**
 * One-to-one matching in the manner of `bxb`, closer than `window` samples: pairs of indices (reference, detected), both ascending.
 * A contested detection goes to the nearer reference beat.
 */
export function matchBeats(
  reference: readonly number[],
  detected: readonly number[],
  window: number,
): [reference: number, detected: number][] {
  const matched: [number, number][] = []
  let next = 0
  let lastMatch = -1
  for (const [i, ref] of reference.entries()) {
    if (next >= detected.length) break
    let best = closest(ref, detected, next)
    const following = reference[i + 1]
    const contested =
      following !== undefined &&
      closest(following, detected, next) === best &&
      Math.abs((detected[best] ?? Infinity) - following) < Math.abs((detected[best] ?? Infinity) - ref)
    if (contested) {
      if (best === 0 || best - 1 === lastMatch || best - 1 < next) continue
      best -= 1
    }
    if (Math.abs((detected[best] ?? Infinity) - ref) < window) {
      matched.push([i, best])
      lastMatch = best
    }
    next = best + 1
  }
  return matched
}

/**
 * Scores detected beats (sample numbers, ascending) against a reference at the same rate.
 * Matching is one to one within ±`windowMs`; flutter (`[` … `]` in the reference) is left out on both sides (AAMI EC57).
 */
export function scoreBeats(
  reference: readonly Annotation[],
  detected: readonly number[],
  options: { windowMs: number; rateHz: number },
): BeatScore {
  const window = Math.round((options.windowMs / 1000) * options.rateHz)
  const spans = flutterSpans(reference)
  const outside = (sample: number, margin: number): boolean =>
    spans.every(([from, to]) => sample < from - margin || sample > to + margin)
  const expected = beatSamples(reference).filter((sample) => outside(sample, 0))
  const found = detected.filter((sample) => outside(sample, window))
  const tp = matchBeats(expected, found, window).length
  const fp = found.length - tp
  const fn = expected.length - tp
  return { tp, fp, fn, sensitivity: tp / (tp + fn), positivePredictivity: tp / (tp + fp) }
}
