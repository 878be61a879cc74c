import { createEcgAnalyzer, type RhythmType } from '@pulsewire/ecg'
import { stSignal } from '../model/st-model.ts'
import { createRandom } from '../score/random.ts'

/** How long after its begin a modelled event is said by the analyser of one lead, seconds; Infinity = never. */
export interface AlarmDelays {
  readonly what: string
  readonly cases: number
  readonly medianS: number
  readonly longestS: number
}

const RATE_HZ = 250
const BEFORE_S = 40
const AFTER_S = 30
const SNR_DB = 20
const R_MV = [0.3, 0.6, 1, 2, 3] as const
const SEEDS = [1, 2, 3, 4] as const
/** IEC 60601-2-27 asks for the time to 37 % of the old rate and 63 % of the new one. */
const STEP_PART = 0.63
const P_WAVE_S = 0.3

/** Beats at one rate; what comes after is cut to begin a usual interval after the last beat. */
function beating(heartRate: number, seconds: number, rMv: number, seed: string): Float64Array {
  const shape = { seed, heartRate, stMv: 0, slope: 0, rMv, qrsMs: 90, tMv: 0.25 * rMv }
  const { samplesMv, beats } = stSignal(shape, seconds, RATE_HZ, SNR_DB)
  const end = (beats.at(-1) ?? samplesMv.length) + Math.round((60 / heartRate - P_WAVE_S) * RATE_HZ)
  return samplesMv.subarray(Math.round((0.5 - P_WAVE_S) * RATE_HZ), Math.min(samplesMv.length, end))
}

/** A wave of 3.5 to 6.5 Hz whose frequency and height wander. */
function fibrillating(seconds: number, mv: number, seed: string): Float64Array {
  const random = createRandom(seed)
  let phase = 0
  let frequencyHz = 5
  let height = 1
  return Float64Array.from({ length: seconds * RATE_HZ }, () => {
    frequencyHz = Math.min(6.5, Math.max(3.5, frequencyHz + 0.06 * random.normal()))
    height = Math.min(1.5, Math.max(0.5, height + 0.02 * random.normal()))
    phase += (2 * Math.PI * frequencyHz) / RATE_HZ
    return 0.5 * mv * height * (Math.sin(phase) + 0.25 * Math.sin(2.3 * phase)) + 0.01 * random.normal()
  })
}

/** Noise of an electrode and breathing, and no beats. */
function standstill(seconds: number, seed: string): Float64Array {
  const random = createRandom(seed)
  return Float64Array.from(
    { length: seconds * RATE_HZ },
    (_, i) => 0.01 * random.normal() + 0.05 * Math.sin((2 * Math.PI * 0.25 * i) / RATE_HZ),
  )
}

function joined(before: Float64Array, after: Float64Array): Float64Array {
  const samples = new Float64Array(before.length + after.length)
  samples.set(before)
  samples.set(after, before.length)
  return samples
}

function saidAfter(before: Float64Array, after: Float64Array, types: readonly RhythmType[]): number {
  const analyzer = createEcgAnalyzer({ rateHz: RATE_HZ, lead: 'II' })
  const fromMs = (before.length / RATE_HZ) * 1000
  for (const output of analyzer.push(0, joined(before, after))) {
    if (output.kind === 'rhythm' && output.timeMs >= fromMs && types.includes(output.type))
      return (output.timeMs - fromMs) / 1000
  }
  return Infinity
}

function stepAfter(before: Float64Array, after: Float64Array, fromBpm: number, toBpm: number): number {
  const analyzer = createEcgAnalyzer({ rateHz: RATE_HZ, lead: 'II' })
  const fromMs = (before.length / RATE_HZ) * 1000
  const goal = fromBpm + STEP_PART * (toBpm - fromBpm)
  for (const output of analyzer.push(0, joined(before, after))) {
    if (output.kind !== 'heart-rate' || output.timeMs < fromMs) continue
    if (toBpm > fromBpm ? output.bpm >= goal : output.bpm <= goal) return (output.timeMs - fromMs) / 1000
  }
  return Infinity
}

type Delay = (before: Float64Array, rMv: number, seed: string) => number

const EVENTS: readonly (readonly [what: string, delay: Delay])[] = [
  ['asystole', (before, _, seed) => saidAfter(before, standstill(AFTER_S, seed), ['asystole'])],
  [
    'ventricular fibrillation',
    (before, rMv, seed) =>
      saidAfter(before, fibrillating(AFTER_S, Math.max(0.4, 0.6 * rMv), seed), ['ventricular-fibrillation']),
  ],
  [
    '80 to 35 /min, extreme bradycardia',
    (before, rMv, seed) => saidAfter(before, beating(35, AFTER_S, rMv, seed), ['extreme-bradycardia']),
  ],
  [
    '80 to 160 /min, extreme tachycardia',
    (before, rMv, seed) => saidAfter(before, beating(160, AFTER_S, rMv, seed), ['extreme-tachycardia']),
  ],
  ['heart rate 80 to 120 /min', (before, rMv, seed) => stepAfter(before, beating(120, AFTER_S, rMv, seed), 80, 120)],
  ['heart rate 80 to 40 /min', (before, rMv, seed) => stepAfter(before, beating(40, AFTER_S, rMv, seed), 80, 40)],
]

/** Each event in twenty modelled leads: R waves of 0.3 to 3 mV at 20 dB. */
export function measureAlarmDelays(): AlarmDelays[] {
  return EVENTS.map(([what, delay]) => {
    const times = R_MV.flatMap((rMv) =>
      SEEDS.map((seed) => delay(beating(80, BEFORE_S, rMv, `${what} ${seed}`), rMv, `${what} ${seed} after`)),
    ).toSorted((a, b) => a - b)
    return { what, cases: times.length, medianS: times[times.length >> 1] ?? NaN, longestS: times.at(-1) ?? NaN }
  })
}
