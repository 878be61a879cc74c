import { at, type Ring } from '../signal/ring.ts'

/** A pacing pulse lasts 0.1 to 2 ms (IEC 60601-2-27): one or two samples. At lower rates a narrow complex may look like one. */
const LEAST_RATE_HZ = 240
const PULSE_MS = 2
/** Where it is looked for, around the steepest part of a complex. */
const BEFORE_MS = 120
const AFTER_MS = 80
const LEAST_MV = 0.2
/** What is left without the pulse, in parts of all, is no complex. */
const NOTHING_LEFT = 0.25
/** A pulse is so much sharper than anything else around it. */
const SHARPER = 4
/** The patient is paced where a pulse stood before so many of the last eight beats. */
const PACED_BEATS = 4
const REMEMBERED = 0xff

export interface PacingState {
  /** Whether a pulse stood before each of the last beats: a bit each. */
  pulses: number
}

export function createPacingState(): PacingState {
  return { pulses: 0 }
}

export type Pulse = 'none' | 'before' | 'alone'

/**
 * Whether what was found at sample `index` is a complex with a pacing pulse before it, or such a pulse alone: that is no beat, or
 * a heart that does not answer to its pacemaker would seem to beat.
 */
export function pacingPulse(ring: Ring, index: number, rateHz: number): Pulse {
  if (rateHz < LEAST_RATE_HZ) return 'none'
  const centre = Math.round(index)
  const from = centre - Math.round((BEFORE_MS / 1000) * rateHz)
  const to = centre + Math.round((AFTER_MS / 1000) * rateHz)
  const half = Math.max(1, Math.ceil((PULSE_MS * rateHz) / 2000))
  const span = half + 1
  let sharpest = 0
  let sharpestAt = -1
  for (let i = from + span; i <= to - span; i++) {
    const bend = Math.abs(at(ring, i) - (at(ring, i - span) + at(ring, i + span)) / 2)
    if (bend > sharpest) {
      sharpest = bend
      sharpestAt = i
    }
  }
  if (sharpest < LEAST_MV) return 'none'
  let low = Infinity
  let high = -Infinity
  let lowWithout = Infinity
  let highWithout = -Infinity
  let otherwise = 0
  for (let i = from; i <= to; i++) {
    const value = at(ring, i)
    if (value < low) low = value
    if (value > high) high = value
    if (Math.abs(i - sharpestAt) <= half) continue
    if (value < lowWithout) lowWithout = value
    if (value > highWithout) highWithout = value
    if (Math.abs(i - sharpestAt) <= 2 * span) continue
    const bend = Math.abs(value - (at(ring, i - span) + at(ring, i + span)) / 2)
    if (bend > otherwise) otherwise = bend
  }
  if (sharpest < SHARPER * otherwise) return 'none'
  if (highWithout - lowWithout < NOTHING_LEFT * (high - low)) return 'alone'
  return sharpestAt < centre ? 'before' : 'none'
}

/** Takes in a beat; whether it is paced. */
export function pacedOnBeat(state: PacingState, pulse: Pulse): boolean {
  state.pulses = ((state.pulses << 1) | (pulse === 'before' ? 1 : 0)) & REMEMBERED
  let count = 0
  for (let bits = state.pulses; bits > 0; bits >>= 1) count += bits & 1
  return pulse === 'before' && count >= PACED_BEATS
}
