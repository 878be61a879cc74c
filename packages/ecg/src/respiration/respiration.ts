import type { Beat } from '../beats/beat.ts'
import { pointBefore } from '../rhythm/before-beat.ts'
import { at, type Ring } from '../signal/ring.ts'
import type { EcgProbe } from '../types.ts'

/**
 * The rate of breathing from what it does to the ECG (after Charlton et al., IEEE Rev Biomed Eng 2018): the chest that moves changes the height of the R
 * waves and the level between the complexes, the vagus changes the intervals. Each makes a spectrum of the last minute; a rate is said only where they agree.
 */
export interface RespirationState {
  /** The last normal beats, the newest last. */
  count: number
  readonly timesMs: Float64Array
  /** Height of the R wave, level before the complex, interval before it. */
  readonly heights: Float64Array
  readonly levels: Float64Array
  readonly intervals: Float64Array
  seconds: number
}

const KEPT = 192
const WINDOW_S = 64
const SAMPLES_PER_S = 2
const SAMPLES = WINDOW_S * SAMPLES_PER_S
const EVERY_S = 15
/** Beats are left out where they are ventricular or noisy: so much of the window may be without. */
const LONGEST_HOLE_MS = 5000
const LEAST_PER_MIN = 4
const MOST_PER_MIN = 40
const RATES = MOST_PER_MIN - LEAST_PER_MIN + 1
/** One value a beat shows nothing faster than half the heart rate: what is faster seems slower. So nothing is said above 0.4 of it, which leaves out breathing up to 0.6. */
const NYQUIST = 0.48
const FASTEST_SAID = 0.4
/** A spectrum of 64 s tells rates that are so far apart, /min. */
const RESOLUTION = 2
/** Of the power between 4 and 40 /min so much lies around the rate, in the mean of the spectra; and so many of the three have their highest peak there. */
const CONCENTRATED = 0.4
const AGREEING = 2
/** Slower breathing cannot be told from the slow waves of the circulation: then nothing is said. */
const LEAST_SAID = 8
const LEVEL_FROM = pointBefore(-80)
const LEVEL_TO = pointBefore(-60)

const cosines = new Float64Array(RATES * SAMPLES)
const sines = new Float64Array(RATES * SAMPLES)
for (let r = 0; r < RATES; r++) {
  for (let i = 0; i < SAMPLES; i++) {
    const angle = (2 * Math.PI * (LEAST_PER_MIN + r) * i) / (60 * SAMPLES_PER_S)
    // Tapered, so that a strong slow wave does not spill over all rates (Hann).
    const taper = 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / SAMPLES)
    cosines[r * SAMPLES + i] = taper * Math.cos(angle)
    sines[r * SAMPLES + i] = taper * Math.sin(angle)
  }
}
const sampled = new Float64Array(SAMPLES)
const spectrum = new Float64Array(RATES)
const fused = new Float64Array(RATES)

export function createRespirationState(): RespirationState {
  const values = (): Float64Array => new Float64Array(KEPT)
  return { count: 0, timesMs: values(), heights: values(), levels: values(), intervals: values(), seconds: 0 }
}

/** Takes in a normal beat; `before` see `readBefore`. */
export function respirationOnBeat(state: RespirationState, ring: Ring, beat: Beat, before: Float64Array): void {
  const level = ((before[LEVEL_FROM] ?? NaN) + (before[LEVEL_TO] ?? NaN)) / 2
  const height = at(ring, beat.index) - level
  if (Number.isNaN(height)) return
  const { timesMs, heights, levels, intervals } = state
  if (state.count === KEPT) {
    // Half of them at once: moving them is rare.
    const half = KEPT / 2
    for (const values of [timesMs, heights, levels, intervals]) values.copyWithin(0, half)
    state.count = half
  }
  const place = state.count
  timesMs[place] = beat.timeMs
  heights[place] = height
  levels[place] = level
  intervals[place] = Number.isNaN(beat.rrMs) ? (intervals[Math.max(0, place - 1)] ?? 0) : beat.rrMs
  state.count = place + 1
}

/** Samples `values` evenly over the window that ends with the last beat, without mean and slope. False where there are holes. */
function resample(state: RespirationState, values: Float64Array): boolean {
  const { timesMs, count } = state
  const endMs = timesMs[count - 1] ?? 0
  const stepMs = 1000 / SAMPLES_PER_S
  let beat = count - 1
  let sum = 0
  let slope = 0
  for (let i = SAMPLES - 1; i >= 0; i--) {
    const timeMs = endMs - (SAMPLES - 1 - i) * stepMs
    while (beat > 0 && (timesMs[beat - 1] ?? 0) >= timeMs) beat -= 1
    if (beat === 0) return false
    const t0 = timesMs[beat - 1] ?? 0
    const t1 = timesMs[beat] ?? 0
    if (t1 - t0 > LONGEST_HOLE_MS) return false
    const part = (timeMs - t0) / (t1 - t0)
    const value = (values[beat - 1] ?? 0) * (1 - part) + (values[beat] ?? 0) * part
    sampled[i] = value
    sum += value
    slope += value * (i - (SAMPLES - 1) / 2)
  }
  slope /= (SAMPLES * (SAMPLES * SAMPLES - 1)) / 12
  for (let i = 0; i < SAMPLES; i++) sampled[i] = (sampled[i] ?? 0) - sum / SAMPLES - slope * (i - (SAMPLES - 1) / 2)
  return true
}

/** Fills `spectrum` with the share of each rate up to `last` in the power; the place of the highest. */
function transform(last: number): number {
  let total = 0
  let peak = 0
  for (let r = 0; r <= last; r++) {
    let real = 0
    let imaginary = 0
    const from = r * SAMPLES
    for (let i = 0; i < SAMPLES; i++) {
      const value = sampled[i] ?? 0
      real += value * (cosines[from + i] ?? 0)
      imaginary += value * (sines[from + i] ?? 0)
    }
    // Slow waves of the baseline and of the pressure (Mayer) are strong in proportion to their slowness.
    const power = (real * real + imaginary * imaginary) * (LEAST_PER_MIN + r)
    spectrum[r] = power
    total += power
    if (power > (spectrum[peak] ?? 0)) peak = r
  }
  for (let r = 0; r <= last; r++) spectrum[r] = (spectrum[r] ?? 0) / Math.max(1e-30, total)
  return peak
}

/** Each quarter of a minute the rate of breathing, /min; NaN where it is not time, there are too few beats, or nothing plain. */
export function respirationOnSecond(
  state: RespirationState,
  nowMs: number,
  regular: boolean,
  probe: EcgProbe | undefined,
): number {
  state.seconds += 1
  const { count, timesMs } = state
  if (state.seconds % EVERY_S !== 0 || nowMs - (timesMs[count - 1] ?? 0) > LONGEST_HOLE_MS) return NaN
  let first = count - 1
  while (first > 0 && (timesMs[first] ?? 0) > nowMs - WINDOW_S * 1000) first -= 1
  const beatsPerMin = ((count - 1 - first) * 60) / WINDOW_S
  const last = Math.min(RATES - 1, Math.floor(NYQUIST * beatsPerMin) - LEAST_PER_MIN)
  if (last < RESOLUTION * 3) return NaN
  fused.fill(0)
  const peaks: number[] = []
  // Intervals without order (atrial fibrillation) say nothing of the breath.
  for (const values of regular ? [state.heights, state.levels, state.intervals] : [state.heights, state.levels]) {
    if (!resample(state, values)) return NaN
    peaks.push(transform(last))
    for (let r = 0; r <= last; r++) fused[r] = (fused[r] ?? 0) + (spectrum[r] ?? 0)
  }
  let peak = 0
  for (let r = 0; r <= last; r++) if ((fused[r] ?? 0) > (fused[peak] ?? 0)) peak = r
  let [around, moment] = [0, 0]
  for (let r = Math.max(0, peak - RESOLUTION); r <= Math.min(last, peak + RESOLUTION); r++) {
    around += fused[r] ?? 0
    moment += (fused[r] ?? 0) * r
  }
  const perMin = LEAST_PER_MIN + moment / around
  const concentration = around / peaks.length
  const agreeing = peaks.filter((place) => Math.abs(place - peak) <= RESOLUTION).length
  probe?.('respiration', Float64Array.of(perMin, concentration, agreeing), nowMs - WINDOW_S * 1000, nowMs)
  const canBeTold = perMin >= LEAST_SAID && perMin <= FASTEST_SAID * beatsPerMin
  return canBeTold && concentration >= CONCENTRATED && agreeing >= AGREEING ? perMin : NaN
}
