import { withoutSpikes } from './lone-spikes.ts'
import { powerLineOf, roughnessOfHum } from './power-line.ts'
import type { Ring } from './ring.ts'
import type { QualityReason } from '../types.ts'

/** What one second of signal was like. */
export interface SecondQuality {
  quality: number
  reasons: QualityReason[]
  /** Whether rhythm can be judged at all: the electrode is on and the signal is inside its range. */
  analysable: boolean
  /** Whether what is there of it can be: the same, whatever is missing. */
  readable: boolean
  /** The amplifier comes back from a jump: silence says nothing. */
  blocked: boolean
  spreadMv: number
  /** Far beyond what filters come back from in time: what follows is learned anew. */
  overdriven: boolean
}

/** Sums over the current second. */
export interface QualityState {
  count: number
  missing: number
  same: number
  atRail: number
  min: number
  max: number
  last: number
  lastSlope: number
  roughness: number
  /** Length of the way up and down, mV. */
  travel: number
  /** Largest value ever seen, either side: where the converter's rails may be. */
  railLow: number
  railHigh: number
  railRun: number
  first: number
  /** Sums of the two halves of the second, and the mean of the second before. */
  sumBefore: number
  sumAfter: number
  countBefore: number
  lastMean: number
  /** Seconds that the amplifier may still be blocked after a jump of the electrode's potential. */
  blocked: number
}

/** A real electrode gives noise: nine of ten samples equal to the one before come from no electrode. */
const FLAT_SAME = 0.9
const FLAT_SPREAD_MV = 0.02
/** A wire that is off may also hold a value and jump once. */
const FLAT_SAME_ALONE = 0.97
const RAIL_MV = 2.4
const RAIL_PART = 0.2
const RAIL_RUN_MS = 30
const MISSING_PART = 0.25
const LOW_AMPLITUDE_MV = 0.1
/**
 * No electrode gives less (its own noise is some µV) and no heart more: units or a scale that are wrong (µV, V, counts of a converter said to be
 * mV are off by a hundred times and more). Such a second says nothing of the heart, its silence neither.
 */
const LEAST_SPREAD_MV = 0.002
const MOST_SPREAD_MV = 100
/** Mean second difference over 8 ms steps that tells muscle noise, mV. */
const NOISE_ROUGHNESS_MV = 0.12
const NOISE_SPREAD_MV = 8
/** Hum that is worth a word; and hum of an electrode that touches nothing. */
const LEAST_HUM_MV = 0.05
const MOST_HUM_MV = 1
/** A jump of the electrode's potential blocks an AC-coupled amplifier, which then comes back slowly along a smooth curve. */
const JUMP_MV = 1.2
const SMOOTH_NET = 0.5
/** A jump goes one way; a wide complex and fibrillation come back: way over spread. */
const JUMP_TRAVEL = 3.5
const BLOCKED_SECONDS = 8

export function createQualityState(): QualityState {
  return {
    count: 0,
    missing: 0,
    same: 0,
    atRail: 0,
    min: Infinity,
    max: -Infinity,
    last: NaN,
    lastSlope: 0,
    roughness: 0,
    travel: 0,
    railLow: Infinity,
    railHigh: -Infinity,
    railRun: 0,
    first: NaN,
    sumBefore: 0,
    sumAfter: 0,
    countBefore: 0,
    lastMean: NaN,
    blocked: 0,
  }
}

/** Takes the sample `samplesMv[at]` (NaN = missing). */
export function observeSample(state: QualityState, samplesMv: Float64Array, at: number, rateHz: number): void {
  const sample = samplesMv[at] ?? NaN
  state.count += 1
  if (Number.isNaN(sample)) {
    state.missing += 1
    return
  }
  if (Number.isNaN(state.first)) state.first = sample
  if (2 * state.count <= rateHz) {
    state.sumBefore += sample
    state.countBefore += 1
  } else state.sumAfter += sample
  if (sample < state.min) state.min = sample
  if (sample > state.max) state.max = sample
  if (sample < state.railLow) state.railLow = sample
  if (sample > state.railHigh) state.railHigh = sample
  const slope = sample - state.last
  if (slope === 0) {
    state.same += 1
    state.railRun += 1
    const atRail = sample === state.railHigh || sample === state.railLow
    if (atRail && Math.abs(sample) >= RAIL_MV && state.railRun * 1000 >= RAIL_RUN_MS * rateHz) state.atRail += 1
  } else state.railRun = 0
  if (!Number.isNaN(slope)) {
    state.travel += Math.abs(slope)
    state.roughness += Math.abs(slope - state.lastSlope)
    state.lastSlope = slope
  }
  state.last = sample
}

/** Judges the second that ends now, and begins the next. `raw` holds its samples. */
export function closeSecond(state: QualityState, rateHz: number, raw: Ring): SecondQuality {
  const present = state.count - state.missing
  const spreadMv = present > 0 ? state.max - state.min : 0
  const same = present > 0 ? state.same / present : 0
  // Slope changes of white noise do not depend on the rate; those of a smooth signal shrink with it.
  const roughness = present > 0 ? state.roughness / present : 0
  const reasons: QualityReason[] = []
  let quality = 1
  const missingPart = state.missing / Math.max(1, state.count)
  const missing = missingPart >= MISSING_PART
  if (state.missing > 0) quality *= 1 - missingPart
  if (missing) reasons.push('missing')
  const saturated = state.atRail >= RAIL_PART * Math.max(1, present)
  const blocked = isBlocked(state, spreadMv, present)
  const flat = present > 0 && ((same >= FLAT_SAME && spreadMv <= FLAT_SPREAD_MV) || same >= FLAT_SAME_ALONE)
  if (flat) reasons.push('flat')
  if (saturated || blocked) reasons.push('saturated')
  // So written that a spread which is no number is none of a heart either.
  const overdriven = present > 0 && !saturated && !(spreadMv <= MOST_SPREAD_MV)
  const implausible = overdriven || (present > 0 && !flat && !saturated && spreadMv < LEAST_SPREAD_MV)
  if (implausible) reasons.push('implausible')
  if (flat || saturated || implausible || present === 0) quality = 0
  if (blocked) quality *= 0.2
  const readable = !flat && !saturated && !implausible
  const noise =
    isNoise(roughness, spreadMv, rateHz) &&
    // Pacing pulses may be higher than any complex, and are no noise.
    isNoise(...unpaced(raw, raw.next - state.count, rateHz, roughness, spreadMv), rateHz)
  if (noise && quality > 0) {
    reasons.push(isHum(raw, state.count, roughness, spreadMv, rateHz) ? 'power-line' : 'noise')
    quality *= 0.4
  }
  if (!flat && present > 0 && spreadMv < LOW_AMPLITUDE_MV) {
    reasons.push('low-amplitude')
    quality *= 0.6
  }
  Object.assign(state, { count: 0, missing: 0, same: 0, atRail: 0, min: Infinity, max: -Infinity, roughness: 0 })
  Object.assign(state, { first: NaN, travel: 0, sumBefore: 0, sumAfter: 0, countBefore: 0 })
  return {
    quality,
    reasons,
    analysable: readable && !missing,
    readable,
    blocked,
    spreadMv,
    overdriven,
  }
}

function isNoise(roughness: number, spreadMv: number, rateHz: number): boolean {
  return roughness > NOISE_ROUGHNESS_MV * Math.min(1, 250 / rateHz + 0.3) || spreadMv > NOISE_SPREAD_MV
}

/** Whether it is noise for the hum of the mains alone, and not so loud as at an electrode that touches nothing. */
function isHum(raw: Ring, count: number, roughness: number, spreadMv: number, rateHz: number): boolean {
  const hum = powerLineOf(raw, raw.next - count, raw.next, rateHz)
  if (hum.amplitudeMv < LEAST_HUM_MV || hum.amplitudeMv > MOST_HUM_MV) return false
  // Where hum is the most of it, what is left adds to it by squares.
  const rest = Math.sqrt(Math.max(0, roughness ** 2 - roughnessOfHum(hum, rateHz) ** 2))
  return !isNoise(rest, spreadMv - 2 * hum.amplitudeMv, rateHz)
}

/** Roughness and spread without pacing pulses. */
function unpaced(raw: Ring, from: number, rateHz: number, roughness: number, spreadMv: number): [number, number] {
  const without = withoutSpikes(raw, from, raw.next, rateHz)
  return without === undefined ? [roughness, spreadMv] : [without.roughness, without.spreadMv]
}

function isBlocked(state: QualityState, spreadMv: number, present: number): boolean {
  const { sumBefore, sumAfter, countBefore, lastMean } = state
  const meanMv = (sumBefore + sumAfter) / Math.max(1, present)
  const stepMv = Math.abs(sumAfter / Math.max(1, present - countBefore) - sumBefore / Math.max(1, countBefore))
  const jumped =
    countBefore > 0 && present > countBefore && Math.max(stepMv, Math.abs(meanMv - lastMean) || 0) > JUMP_MV
  if (present > 0) state.lastMean = meanMv
  const net = spreadMv > 0 ? Math.abs(state.last - state.first) / spreadMv : 0
  const oneWay = state.travel < JUMP_TRAVEL * spreadMv
  if (jumped && oneWay) state.blocked = BLOCKED_SECONDS
  else if (state.blocked > 0) state.blocked = net > SMOOTH_NET ? state.blocked - 1 : Math.max(0, state.blocked - 4)
  return state.blocked > 0
}
