/** One wave of a beat: a bell of a height (mV) and a width (standard deviation) at a time relative to the R peak. */
type Wave = readonly [atMs: number, mv: number, sdMs: number]

const NORMAL: readonly Wave[] = [
  [-170, 0.12, 22],
  [-24, -0.08, 8],
  [0, 1, 10],
  [24, -0.2, 8],
  [250, 0.25, 40],
]
const VENTRICULAR: readonly Wave[] = [
  [0, 1.4, 34],
  [75, -0.4, 30],
  [300, -0.5, 55],
]
/** An ST shift: a plateau from the J point into the T wave, made of bells. */
const ST_WAVES: readonly (readonly [number, number])[] = [70, 100, 130, 160, 190, 220].map((at) => [at, 20])
const ST_GAIN = 0.6

export interface SyntheticBeat {
  timeMs: number
  /** `P` = a P wave that no complex follows, at the place that it would have before one. */
  kind: 'N' | 'V' | 'P'
  stMv?: number
  /** The P wave comes so much earlier than usual. */
  earlierMs?: number
  /** False: a normal beat without its P wave. */
  pWave?: boolean
}

/** A repeatable source of numbers in [0, 1) (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** Beats at the given intervals, the first after half a second. */
export function beatsEvery(intervalsMs: readonly number[], kind: 'N' | 'V' = 'N', fromMs = 500): SyntheticBeat[] {
  let timeMs = fromMs
  return intervalsMs.map((interval) => {
    const beat = { timeMs, kind }
    timeMs += interval
    return beat
  })
}

export interface Surroundings {
  noiseMv?: number
  wanderMv?: number
  seed?: number
}

/** An ECG in mV (in steps of 5 µV, as a device would send it) made of the given beats, with noise and breathing. */
export function synthesise(
  beats: readonly SyntheticBeat[],
  seconds: number,
  rateHz: number,
  around: Surroundings = {},
): Float64Array {
  const { noiseMv = 0.01, wanderMv = 0.05, seed = 1 } = around
  const random = createRandom(seed)
  const samples = new Float64Array(Math.round(seconds * rateHz))
  for (let i = 0; i < samples.length; i++) {
    const noise = random() + random() + random() + random() - 2
    samples[i] = noiseMv * noise * Math.sqrt(3) + wanderMv * Math.sin((2 * Math.PI * 0.25 * i) / rateHz)
  }
  const add = (timeMs: number, mv: number, sdMs: number): void => {
    const first = Math.max(0, Math.floor(((timeMs - 4 * sdMs) / 1000) * rateHz))
    const last = Math.min(samples.length - 1, Math.ceil(((timeMs + 4 * sdMs) / 1000) * rateHz))
    for (let i = first; i <= last; i++) {
      const off = ((i / rateHz) * 1000 - timeMs) / sdMs
      samples[i] = (samples[i] ?? 0) + mv * Math.exp(-0.5 * off * off)
    }
  }
  for (const { timeMs, kind, stMv = 0, pWave = true, earlierMs = 0 } of beats) {
    const [p = [0, 0, 1], ...complex] = NORMAL
    if (kind !== 'V' && pWave) add(timeMs + p[0] - earlierMs, p[1], p[2])
    if (kind !== 'P') for (const [at, mv, sd] of kind === 'V' ? VENTRICULAR : complex) add(timeMs + at, mv, sd)
    if (stMv !== 0) for (const [at, sd] of ST_WAVES) add(timeMs + at, ST_GAIN * stMv, sd)
  }
  return samples.map((value) => Math.round(value / 0.005) * 0.005)
}

/** A fibrillating heart: a wandering sine of 4 to 6 Hz that waxes and wanes. */
export function fibrillate(seconds: number, rateHz: number, mv = 0.5, seed = 7): Float64Array {
  const random = createRandom(seed)
  let phase = 0
  let frequencyHz = 5
  return Float64Array.from({ length: Math.round(seconds * rateHz) }, (_, i) => {
    frequencyHz = Math.min(6, Math.max(4, frequencyHz + (random() - 0.5) * 0.05))
    phase += (2 * Math.PI * frequencyHz) / rateHz
    const swell = 1 + 0.4 * Math.sin((2 * Math.PI * 0.4 * i) / rateHz)
    return mv * swell * (Math.sin(phase) + 0.25 * Math.sin(2.3 * phase)) + 0.01 * (random() - 0.5)
  })
}

/** Signals one after the other. */
export function concatenate(...parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0))
  let offset = 0
  for (const part of parts) {
    all.set(part, offset)
    offset += part.length
  }
  return all
}
