import { at, type Ring } from '../signal/ring.ts'

/** The isoelectric point before a beat: sample number and level. */
export interface LevelPoint {
  index: number
  level: number
}

/** The level before a complex is the mean of so long a stretch that ends here before its onset. */
const SPAN_MS = 20
const BEFORE_ONSET_MS = 4

/** The level just before a complex whose onset is known. NaN where samples are missing. */
export function levelBefore(ring: Ring, onset: number, rateHz: number): LevelPoint {
  const end = Math.round(onset - (BEFORE_ONSET_MS / 1000) * rateHz)
  const span = Math.max(2, Math.round((SPAN_MS / 1000) * rateHz))
  let sum = 0
  for (let i = end - span + 1; i <= end; i++) sum += at(ring, i)
  return { index: end - (span - 1) / 2, level: sum / span }
}

/** Cubic Hermite curve through three points (Catmull-Rom slopes inside, straight ones at the ends). */
export function wanderAt(points: readonly LevelPoint[], index: number): number {
  const a = points[0]
  const b = points[1]
  const c = points[2]
  if (a === undefined || b === undefined || c === undefined) return 0
  const slopeAb = (b.level - a.level) / (b.index - a.index)
  const slopeBc = (c.level - b.level) / (c.index - b.index)
  const slopeB = (c.level - a.level) / (c.index - a.index)
  const left = index < b.index
  const from = left ? a : b
  const to = left ? b : c
  const slopeFrom = left ? slopeAb : slopeB
  const slopeTo = left ? slopeB : slopeBc
  const width = to.index - from.index
  const t = Math.min(1, Math.max(0, (index - from.index) / width))
  const h01 = t * t * (3 - 2 * t)
  const h10 = t * (1 - t) * (1 - t)
  const h11 = t * t * (t - 1)
  return from.level + h01 * (to.level - from.level) + width * (h10 * slopeFrom + h11 * slopeTo)
}
