/**
 * The signal that QRS complexes stand out of: band-pass (two box filters against noise, a subtracted mean against wander), slope,
 * magnitude, mean over a QRS's width. After Hamilton and Tompkins 1986 and EP Limited 2002, with linear-phase filters alone, so
 * that the delay is the same for all frequencies and known.
 *
 * Response of the band-pass at 250 and 360 Hz (held by `qrs-filter.test.ts`), against its peak at 10 Hz: -3 dB at 6.3 and 15 Hz, -6 dB at 5
 * and 18 Hz; wander: -31 dB at 1 Hz, -43 dB at 0.5 Hz; the power line: -29 dB or less at 50 Hz, -24 dB or less at 60 Hz.
 */
export interface QrsFilter {
  /** Rings of the box filters; everything in them is a whole number (see `STEPS_PER_MV`). */
  readonly inner: Float64Array
  readonly outer: Float64Array
  readonly wander: Float64Array
  readonly slopes: Float64Array
  readonly envelope: Float64Array
  /** By `SUMS`: in an array, since a number that is put into an object's field may become an object of its own, at each sample. */
  readonly sums: Float64Array
  boxAt: number
  wanderAt: number
  slopeAt: number
  envelopeAt: number
  /** The last seconds of the band-passed signal, mV; sample `n` of the input lies at `n & (length - 1)`, `bandDelay` late. */
  readonly band: Float32Array
}

/** Where each box's running sum stands, and the envelope now (mV per slope step). */
const SUMS = { inner: 0, outer: 1, wander: 2, envelope: 3 } as const
export const ENVELOPE = 4

/** Samples are rounded to whole numbers of so small steps (0.06 µV): then all running sums are exact, and never drift. */
const STEPS_PER_MV = 2 ** 14
const LARGEST_MV = 64

const SMOOTH_MS = 25
const WANDER_MS = 125
const SLOPE_MS = 10
const ENVELOPE_MS = 80
const BAND_SECONDS = 4

export function createQrsFilter(rateHz: number): QrsFilter {
  const samples = (ms: number): number => Math.max(1, Math.round((ms / 1000) * rateHz))
  return {
    inner: new Float64Array(samples(SMOOTH_MS)),
    outer: new Float64Array(samples(SMOOTH_MS)),
    wander: new Float64Array(samples(WANDER_MS) | 1),
    slopes: new Float64Array(samples(SLOPE_MS)),
    envelope: new Float64Array(samples(ENVELOPE_MS)),
    sums: new Float64Array(ENVELOPE + 1),
    boxAt: 0,
    wanderAt: 0,
    slopeAt: 0,
    envelopeAt: 0,
    band: new Float32Array(2 ** Math.ceil(Math.log2(BAND_SECONDS * rateHz))),
  }
}

/** Samples by which the band-passed signal lags. */
export function bandDelay(filter: QrsFilter): number {
  return filter.inner.length - 1 + (filter.wander.length - 1) / 2
}

/** Samples by which the envelope lags. */
export function envelopeDelay(filter: QrsFilter): number {
  return bandDelay(filter) + (filter.slopes.length + filter.envelope.length - 1) / 2
}

/** Samples over which a slope is taken. */
export function slopeSpan(filter: QrsFilter): number {
  return filter.slopes.length
}

/** Takes sample number `n`, which is `samplesMv[at]` (mV, no NaN): a number that is handed over by itself would have to be put into an object of its own. */
export function filterQrs(filter: QrsFilter, n: number, samplesMv: Float64Array, at: number): void {
  const sampleMv = samplesMv[at] ?? 0
  const scale = 1 / (STEPS_PER_MV * filter.inner.length * filter.inner.length * filter.wander.length)
  const { sums, inner, outer, wander, slopes, envelope, boxAt, wanderAt, slopeAt, envelopeAt, band } = filter
  const clamped = sampleMv > LARGEST_MV ? LARGEST_MV : sampleMv < -LARGEST_MV ? -LARGEST_MV : sampleMv
  const steps = Math.round(clamped * STEPS_PER_MV)
  const boxes = inner.length
  const innerSum = (sums[SUMS.inner] ?? 0) + steps - (inner[boxAt] ?? 0)
  inner[boxAt] = steps
  const smooth = (sums[SUMS.outer] ?? 0) + innerSum - (outer[boxAt] ?? 0)
  outer[boxAt] = innerSum
  sums[SUMS.inner] = innerSum
  sums[SUMS.outer] = smooth
  filter.boxAt = boxAt + 1 === boxes ? 0 : boxAt + 1

  const width = wander.length
  const wanderSum = (sums[SUMS.wander] ?? 0) + smooth - (wander[wanderAt] ?? 0)
  wander[wanderAt] = smooth
  sums[SUMS.wander] = wanderSum
  const half = (width - 1) / 2
  const centre = wander[wanderAt >= half ? wanderAt - half : wanderAt - half + width] ?? 0
  filter.wanderAt = wanderAt + 1 === width ? 0 : wanderAt + 1
  const passed = width * centre - wanderSum
  band[n & (band.length - 1)] = passed * scale

  const slope = passed - (slopes[slopeAt] ?? 0)
  slopes[slopeAt] = passed
  filter.slopeAt = slopeAt + 1 === slopes.length ? 0 : slopeAt + 1
  const magnitude = slope < 0 ? -slope : slope
  const sum = (sums[SUMS.envelope] ?? 0) + magnitude - (envelope[envelopeAt] ?? 0)
  envelope[envelopeAt] = magnitude
  sums[SUMS.envelope] = sum
  sums[ENVELOPE] = (sum * scale) / envelope.length
  filter.envelopeAt = envelopeAt + 1 === envelope.length ? 0 : envelopeAt + 1
}
