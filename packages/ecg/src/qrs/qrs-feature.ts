import {
  average,
  createDelayLine,
  createMovingAverage,
  delay,
  type DelayLine,
  type MovingAverage,
} from '../signal/moving-average.ts'

/**
 * The signal that QRS complexes stand out of: band-pass (two box filters against noise, a subtracted mean against wander), slope,
 * magnitude, mean over a QRS's width. After Hamilton and Tompkins 1986 and EP Limited 2002, with linear-phase filters alone, so
 * that the delay is the same for all frequencies and known.
 */
export interface QrsFeature {
  smoothA: MovingAverage
  smoothB: MovingAverage
  wander: MovingAverage
  centre: DelayLine
  slope: DelayLine
  envelope: MovingAverage
  /** Last output of the band-pass and of its slope. */
  band: number
  slopeNow: number
}

const SMOOTH_MS = 25
const WANDER_MS = 125
const SLOPE_MS = 10
const ENVELOPE_MS = 80

export function createQrsFeature(rateHz: number): QrsFeature {
  const samples = (ms: number): number => Math.max(1, Math.round((ms / 1000) * rateHz))
  const wander = samples(WANDER_MS) | 1
  return {
    smoothA: createMovingAverage(samples(SMOOTH_MS)),
    smoothB: createMovingAverage(samples(SMOOTH_MS)),
    wander: createMovingAverage(wander),
    centre: createDelayLine((wander - 1) / 2),
    slope: createDelayLine(samples(SLOPE_MS)),
    envelope: createMovingAverage(samples(ENVELOPE_MS)),
    band: 0,
    slopeNow: 0,
  }
}

/** Samples by which the band-passed signal lags. */
export function bandDelay(feature: QrsFeature): number {
  return feature.smoothA.values.length - 1 + feature.centre.values.length
}

/** Samples by which the envelope lags. */
export function envelopeDelay(feature: QrsFeature): number {
  return bandDelay(feature) + (feature.slope.values.length + feature.envelope.values.length - 1) / 2
}

/** Takes a sample (mV), returns the envelope (mV per slope step). */
export function qrsFeature(feature: QrsFeature, sample: number): number {
  const smooth = average(feature.smoothB, average(feature.smoothA, sample))
  const mean = average(feature.wander, smooth)
  feature.band = delay(feature.centre, smooth) - mean
  feature.slopeNow = feature.band - delay(feature.slope, feature.band)
  return average(feature.envelope, Math.abs(feature.slopeNow))
}
