import { at, type Ring } from './ring.ts'

/** A pacing pulse lasts 2 ms at most (IEC 60601-2-27): one sample, or two where it falls between them. */
const PULSE_MS = 2
const LEAST_MV = 1
/** The signal goes on after it where it was before it, within this part of its height. */
const COMES_BACK = 0.25
/** Two chambers, one after the other, at 150 /min. More are noise. */
const MOST_A_SECOND = 6

/** How a stretch of signal would be without pacing pulses. */
export interface WithoutSpikes {
  spreadMv: number
  /** Mean second difference, mV. */
  roughness: number
}

/** Of samples `from` to before `to`; undefined where there are no lone spikes, or so many that they are noise. */
export function withoutSpikes(ring: Ring, from: number, to: number, rateHz: number): WithoutSpikes | undefined {
  const longest = Math.max(2, Math.ceil((PULSE_MS / 1000) * rateHz) + 1)
  let low = Infinity
  let high = -Infinity
  let bends = 0
  let count = 0
  let spikes = 0
  let last = at(ring, from - 1)
  let lastSlope = 0
  for (let i = from; i < to; i++) {
    const length = Number.isNaN(last) ? 0 : spikeAt(ring, i, last, longest)
    if (length > 0) {
      spikes += 1
      i += length - 1
      continue
    }
    const value = at(ring, i)
    if (Number.isNaN(value)) continue
    low = Math.min(low, value)
    high = Math.max(high, value)
    const slope = value - last
    if (!Number.isNaN(slope)) {
      bends += Math.abs(slope - lastSlope)
      lastSlope = slope
    }
    last = value
    count += 1
  }
  if (spikes === 0 || count === 0 || spikes * rateHz > MOST_A_SECOND * (to - from)) return undefined
  return { spreadMv: high - low, roughness: bends / count }
}

/** How many samples from number `first` on are a spike that stands alone on the level `base`; 0 = none. */
function spikeAt(ring: Ring, first: number, base: number, longest: number): number {
  const height = at(ring, first) - base
  if (!(Math.abs(height) >= LEAST_MV)) return 0
  let tallest = Math.abs(height)
  for (let length = 1; length <= longest; length++) {
    const off = Math.abs(at(ring, first + length) - base)
    if (off <= COMES_BACK * tallest) return length
    tallest = Math.max(tallest, off)
  }
  return 0
}
