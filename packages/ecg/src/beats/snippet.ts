import type { Ring } from '../signal/ring.ts'

/** A beat is looked at every so many milliseconds, whatever the rate of its signal. */
export const STEP_MS = 5
/** Place of the R peak in a snippet, its length, and that of the complex (−100 to +150 ms). */
export const PEAK = 60
export const LENGTH = PEAK + 79
export const FROM = PEAK - 20
export const POINTS = 50
/** A beat may be moved so many points to either side to fit a family. */
export const MARGIN = 6
/** Slopes are taken over so many points to either side. */
const SLOPE = 2
/** What stands before the complex (−250 to −90 ms): the P wave. */
export const BEFORE = PEAK - 50
export const BEFORE_POINTS = 32

/** A beat on the common grid. One is enough for all analysers: it is filled anew for each beat. */
export interface Snippet {
  /** mV, smoothed over 10 ms (binomial). */
  readonly values: Float64Array
  /** Of `values`, around the complex with its margins. */
  readonly slopes: Float64Array
  /** Squared slopes, summed from the start. */
  readonly slopeSums: Float64Array
  /** What stands before the complex, freed of its mean and its slope. */
  readonly before: Float64Array
  /** Points from here on had not come yet, or are missing. */
  end: number
}

export function createSnippet(): Snippet {
  const size = POINTS + 2 * MARGIN
  return {
    values: new Float64Array(LENGTH),
    slopes: new Float64Array(size),
    slopeSums: new Float64Array(size + 1),
    before: new Float64Array(BEFORE_POINTS),
    end: LENGTH,
  }
}

const raw = new Float64Array(LENGTH + 2)

/** Cuts the beat around the R peak at sample `peak`. What is missing holds the value before it. */
export function cutSnippet(ring: Ring, peak: number, rateHz: number, into: Snippet): void {
  const { values, next } = ring
  const mask = values.length - 1
  const step = (STEP_MS * rateHz) / 1000
  const oldest = Math.max(0, next - values.length)
  let held = 0
  into.end = LENGTH
  for (let k = 0; k < raw.length; k++) {
    const position = peak + (k - 1 - PEAK) * step
    const index = Math.floor(position)
    const part = position - index
    let value = NaN
    if (index >= oldest && index + 1 < next) {
      value = values[index & mask] ?? NaN
      if (part > 0) value += part * ((values[(index + 1) & mask] ?? NaN) - value)
    }
    if (value === value) held = value
    else if (k > PEAK && k - 2 < into.end) into.end = k - 2
    raw[k] = held
  }
  const { values: out, slopes, slopeSums, before } = into
  for (let k = 0; k < LENGTH; k++) out[k] = ((raw[k] ?? 0) + 2 * (raw[k + 1] ?? 0) + (raw[k + 2] ?? 0)) / 4
  for (let k = 0; k < slopes.length; k++) {
    const at = FROM - MARGIN + k
    const slope = (out[at + SLOPE] ?? 0) - (out[at - SLOPE] ?? 0)
    slopes[k] = slope
    slopeSums[k + 1] = (slopeSums[k] ?? 0) + slope * slope
  }
  let mean = 0
  let tilt = 0
  const middle = (BEFORE_POINTS - 1) / 2
  for (let k = 0; k < BEFORE_POINTS; k++) {
    const value = out[BEFORE + k] ?? 0
    mean += value / BEFORE_POINTS
    tilt += value * (k - middle)
  }
  tilt /= (BEFORE_POINTS * (BEFORE_POINTS * BEFORE_POINTS - 1)) / 12
  for (let k = 0; k < BEFORE_POINTS; k++) before[k] = (out[BEFORE + k] ?? 0) - mean - tilt * (k - middle)
}

/** The complex of a snippet, moved by `shift` points and freed of its mean and slope (wander). */
export interface Complex {
  readonly shape: Float64Array
  /** Root of the summed squares, mV. */
  size: number
}

export function createComplex(): Complex {
  return { shape: new Float64Array(POINTS), size: 0 }
}

export function complexOf({ values }: Snippet, shift: number, into: Complex): void {
  const { shape } = into
  const middle = (POINTS - 1) / 2
  let mean = 0
  let tilt = 0
  for (let k = 0; k < POINTS; k++) {
    const value = values[FROM + shift + k] ?? 0
    mean += value
    tilt += value * (k - middle)
  }
  mean /= POINTS
  tilt /= (POINTS * (POINTS * POINTS - 1)) / 12
  let squares = 0
  for (let k = 0; k < POINTS; k++) {
    const value = (values[FROM + shift + k] ?? 0) - mean - tilt * (k - middle)
    shape[k] = value
    squares += value * value
  }
  into.size = Math.sqrt(squares)
}

/** What a complex looks like, whatever its family. */
export interface Form {
  /** Spread of the steep parts around their middle, ms: long where the complex is wide or slurred. */
  durationMs: number
  /** Area over height, ms. */
  fullnessMs: number
  areaMv: number
  /** −1 or 1: to which side the complex goes in the main. */
  side: number
  /** Mean of the T wave over the level before the complex, mV; NaN where it had not come yet. */
  tMv: number
  /** Quick changes before the complex, mV. */
  roughnessMv: number
}

export function createForm(): Form {
  return { durationMs: 0, fullnessMs: 0, areaMv: 0, side: 1, tMv: NaN, roughnessMv: 0 }
}

const LEVEL = [PEAK - 20, PEAK - 15] as const
const BODY = [PEAK - 16, PEAK + 24] as const
const STEEP = [PEAK - 24, PEAK + 30] as const
const T_WAVE = [PEAK + 36, PEAK + 76] as const
const LEAST_T_POINTS = 16
const QUIET_END = PEAK - 22
const LEAST = 1e-9

export function measureForm({ values, end }: Snippet, into: Form): void {
  let level = 0
  for (let k = LEVEL[0]; k < LEVEL[1]; k++) level += (values[k] ?? 0) / (LEVEL[1] - LEVEL[0])
  let area = 0
  let signed = 0
  let height = LEAST
  for (let k = BODY[0]; k < BODY[1]; k++) {
    const value = (values[k] ?? 0) - level
    const size = Math.abs(value)
    area += size
    signed += value
    if (size > height) height = size
  }
  let energy = LEAST
  let first = 0
  let second = 0
  for (let k = STEEP[0]; k < STEEP[1]; k++) {
    const slope = (values[k + 1] ?? 0) - (values[k - 1] ?? 0)
    const square = slope * slope
    const place = k - PEAK
    energy += square
    first += square * place
    second += square * place * place
  }
  const centre = first / energy
  let t = 0
  const tEnd = Math.min(end, T_WAVE[1])
  for (let k = T_WAVE[0]; k < tEnd; k++) t += (values[k] ?? 0) - level
  let rough = 0
  for (let k = 2; k < QUIET_END; k++) {
    const bend = (values[k - 2] ?? 0) - 2 * (values[k] ?? 0) + (values[k + 2] ?? 0)
    rough += bend * bend
  }
  into.durationMs = Math.sqrt(Math.max(0, second / energy - centre * centre)) * STEP_MS
  into.fullnessMs = (area / height) * STEP_MS
  into.areaMv = area
  into.side = Math.sign(signed)
  into.tMv = tEnd - T_WAVE[0] >= LEAST_T_POINTS ? t / (tEnd - T_WAVE[0]) : NaN
  into.roughnessMv = Math.sqrt(rough / (QUIET_END - 2))
}
