/** Two beats are at least so far apart, and at least this part of the usual interval: less is no rhythm that goes on behind a hole. */
const LEAST_MS = 250
const LEAST_OF_USUAL = 0.55

/**
 * Whether a beat can have gone unseen in one of the holes (sample numbers) between two beats: one that is far enough from both. Where it cannot,
 * the interval is known as if nothing were missing. `usualMs` NaN: no interval is known yet.
 */
export function holesHideBeat(
  holes: readonly (readonly [from: number, to: number])[],
  first: number,
  second: number,
  sampleMs: number,
  usualMs: number,
): boolean {
  if (first < 0) return false
  const apart = Math.max(LEAST_MS, LEAST_OF_USUAL * (Number.isNaN(usualMs) ? 0 : usualMs)) / sampleMs
  const earliest = first + apart
  const latest = second - apart
  return holes.some(([from, to]) => Math.max(from, earliest) <= Math.min(to, latest))
}
