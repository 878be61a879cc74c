import { createRandom, type Random } from '../score/random.ts'

export const NOISES = ['wander', 'muscle', 'electrode'] as const
export type Noise = (typeof NOISES)[number]

/** Second-order sections, Butterworth, by the bilinear transform; `q` of a single section is 1/√2. */
function biquad(kind: 'low' | 'high', cornerHz: number, rateHz: number): (x: number) => number {
  const w = Math.tan((Math.PI * Math.min(cornerHz, 0.45 * rateHz)) / rateHz)
  const norm = 1 / (1 + Math.SQRT2 * w + w * w)
  const b0 = kind === 'low' ? w * w * norm : norm
  const b1 = kind === 'low' ? 2 * b0 : -2 * b0
  const a1 = 2 * (w * w - 1) * norm
  const a2 = (1 - Math.SQRT2 * w + w * w) * norm
  let [x1, x2, y1, y2] = [0, 0, 0, 0]
  return (x) => {
    const y = b0 * x + b1 * x1 + b0 * x2 - a1 * y1 - a2 * y2
    ;[x2, x1, y2, y1] = [x1, x, y1, y]
    return y
  }
}

/**
 * Muscle noise, modelled: white Gaussian noise from 20 to 150 Hz (second-order Butterworth at each end, or up to what the rate carries),
 * its strength changing over seconds (log-normal, low-passed at 0.3 Hz), as a muscle tightens and lets go. RMS about 1.
 */
function muscle(random: Random, rateHz: number, length: number): Float64Array {
  const high = biquad('high', 20, rateHz)
  const low = biquad('low', 150, rateHz)
  const slow = biquad('low', 0.3, rateHz)
  const strengthGain = Math.sqrt(rateHz / 0.6)
  return Float64Array.from({ length }, () => {
    const strength = Math.exp(0.7 * slow(random.normal()) * strengthGain * 0.7)
    return strength * low(high(random.normal()))
  })
}

/**
 * Electrode motion, modelled: jumps of the electrode's potential (0.7 a second on average, Poisson) that decay with 0.15 to 0.8 s, and
 * bumps as wide as a QRS complex or a T wave (0.7 a second, half width 30 to 150 ms), each with an amplitude of random sign and
 * log-normal size, band-limited to 0.3–40 Hz. What looks like beats and is none.
 */
function electrode(random: Random, rateHz: number, length: number): Float64Array {
  const samples = new Float64Array(length)
  const chance = 0.7 / rateHz
  const size = (): number => (random.uniform() < 0.5 ? -1 : 1) * Math.exp(0.6 * random.normal())
  for (let i = 0; i < length; i++) {
    if (random.uniform() < chance) {
      const [amplitude, tau] = [size(), (0.15 + 0.65 * random.uniform()) * rateHz]
      for (let k = i; k < Math.min(length, i + 6 * tau); k++)
        samples[k] = (samples[k] ?? 0) + amplitude * Math.exp((i - k) / tau)
    }
    if (random.uniform() < chance) {
      const [amplitude, width] = [size(), (0.03 + 0.12 * random.uniform()) * rateHz]
      const reach = Math.ceil(3 * width)
      for (let k = Math.max(0, i - reach); k < Math.min(length, i + reach); k++) {
        samples[k] = (samples[k] ?? 0) + amplitude * Math.exp(-((k - i) ** 2) / (2 * width * width))
      }
    }
  }
  const high = biquad('high', 0.3, rateHz)
  const low = biquad('low', 40, rateHz)
  return samples.map((sample) => low(high(sample)))
}

/** Modelled noise of no particular size; the seed decides it. */
export function modelledNoise(
  kind: 'muscle' | 'electrode',
  seed: string,
  rateHz: number,
  length: number,
): Float64Array {
  const random = createRandom(`${kind} ${seed}`)
  return kind === 'muscle' ? muscle(random, rateHz, length) : electrode(random, rateHz, length)
}

/** The mean of what is left without the smallest and the largest 5 %. */
function trimmedMean(values: readonly number[]): number {
  const cut = Math.floor(0.05 * values.length)
  const kept = values.toSorted((a, b) => a - b).slice(cut, values.length - cut)
  return kept.reduce((sum, value) => sum + value, 0) / kept.length
}

/** Power of a signal as WFDB's `nst` has it: (peak to peak of the QRS complexes, ±50 ms, trimmed mean)² / 8. */
export function signalPower(samplesMv: Float64Array, beats: readonly number[], rateHz: number): number {
  const reach = Math.round(0.05 * rateHz)
  const heights = beats
    .filter((beat) => beat >= reach && beat + reach < samplesMv.length)
    .map((beat) => samplesMv.subarray(beat - reach, beat + reach + 1))
    .map((part) => Math.max(...part) - Math.min(...part))
    .filter((height) => !Number.isNaN(height))
  return trimmedMean(heights) ** 2 / 8
}

/** Power of noise as `nst` has it: (RMS of each second about its mean, trimmed mean)². */
export function noisePower(noise: Float64Array, rateHz: number): number {
  const second = Math.round(rateHz)
  const values: number[] = []
  for (let from = 0; from + second <= noise.length; from += second) {
    const part = noise.subarray(from, from + second)
    const mean = part.reduce((sum, value) => sum + value, 0) / second
    values.push(Math.sqrt(part.reduce((sum, value) => sum + (value - mean) ** 2, 0) / second))
  }
  return trimmedMean(values) ** 2
}

/** The signal with noise over its whole length at a signal-to-noise ratio in the sense of `nst`. */
export function withNoise(
  samplesMv: Float64Array,
  beats: readonly number[],
  noise: Float64Array,
  snrDb: number,
  rateHz: number,
): Float64Array {
  const factor = Math.sqrt(signalPower(samplesMv, beats, rateHz) / noisePower(noise, rateHz) / 10 ** (snrDb / 10))
  return samplesMv.map((sample, i) => sample + factor * (noise[i % noise.length] ?? 0))
}
