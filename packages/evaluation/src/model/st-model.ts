import { createRandom } from '../score/random.ts'
import { modelledNoise, withNoise } from './noise.ts'

/** A lead whose ST segment is known. */
export interface StCase {
  readonly seed: string
  readonly heartRate: number
  /** At the J point against the PR segment, mV. */
  readonly stMv: number
  /** mV per second from the J point on. */
  readonly slope: number
  /** Of the R wave, mV. */
  readonly rMv: number
  /** From the onset of Q to J, ms. */
  readonly qrsMs: number
  readonly tMv: number
  /** 0 = no P waves, as in atrial fibrillation. */
  readonly pMv?: number
  /** Of each interval, at random: 0.2 as in atrial fibrillation. */
  readonly irregular?: number
}

export interface StSignal {
  readonly rateHz: number
  readonly samplesMv: Float64Array
  /** Sample numbers of the R peaks. */
  readonly beats: readonly number[]
  /** Level at this distance after the J point against the PR segment, mV: exact. */
  readonly levelAt: (afterJMs: number) => number
}

const gauss = (x: number, width: number): number => Math.exp(-(x * x) / (2 * width * width))
/** 1 from `from` to `to`, with half-cosine edges of this width inside. */
function gate(x: number, from: number, to: number, rise: number, fall: number): number {
  if (x <= from || x >= to) return 0
  if (x < from + rise) return (1 - Math.cos((Math.PI * (x - from)) / rise)) / 2
  if (x > to - fall) return (1 - Math.cos((Math.PI * (to - x)) / fall)) / 2
  return 1
}

/**
 * A beat, seconds from its R peak: P, Q, R and S as Gaussians that are over at the J point; from there a straight ST segment that the T wave's
 * descent ends. `stretch` moves T with the rate.
 */
function beatAt(t: number, { stMv, slope, rMv, qrsMs, tMv, pMv = 0.12 }: StCase, stretch: number): number {
  const half = qrsMs / 2000
  const w = half / 4.5
  const j = half
  const end = 0.36 * stretch + 0.06
  const segment = gate(t, j - 0.012, end, 0.012, 0.09 * stretch) * (stMv + slope * Math.max(0, Math.min(t, 0.2) - j))
  // T begins well after J + 80 ms.
  const tWave = tMv * gate(t, j + 0.1, end, 0.12 * stretch, 0.1 * stretch)
  return (
    pMv * gauss(t + 0.13 + 0.04 * stretch, 0.018) +
    -0.1 * rMv * gauss(t + 2.6 * w, w * 0.6) +
    rMv * gauss(t, w) +
    -0.2 * rMv * gauss(t - 2.4 * w, w * 0.6) +
    segment +
    tWave
  )
}

/**
 * A minute and more of such beats, the interval varying as in sinus rhythm. With noise: modelled muscle and slow wander at this ratio (`nst`).
 * `changeAt` = what is different in the beat at this second.
 */
export function stSignal(
  stCase: StCase,
  seconds: number,
  rateHz: number,
  snrDb?: number,
  changeAt: (second: number) => Partial<StCase> = () => ({}),
): StSignal {
  const random = createRandom(stCase.seed)
  const length = Math.round(seconds * rateHz)
  const samplesMv = new Float64Array(length)
  const beats: number[] = []
  for (let atS = 0.5, i = 0; atS < seconds - 0.7; i++) {
    const own = { ...stCase, ...changeAt(atS) }
    const meanS = 60 / own.heartRate
    const stretch = Math.sqrt(Math.min(1.2, Math.max(0.4, meanS)))
    const beat = Math.round(atS * rateHz)
    beats.push(beat)
    const [from, to] = [Math.max(0, beat - Math.ceil(0.3 * rateHz)), Math.min(length, beat + Math.ceil(0.6 * rateHz))]
    for (let k = from; k < to; k++) samplesMv[k] = (samplesMv[k] ?? 0) + beatAt((k - beat) / rateHz, own, stretch)
    const irregular = own.irregular === undefined ? 0 : own.irregular * Math.max(-1.5, Math.min(2, random.normal()))
    atS += meanS * (1 + 0.03 * Math.sin(i / 2.5) + 0.01 * random.normal() + irregular)
  }
  const { stMv, slope } = stCase
  const levelAt = (afterJMs: number): number => stMv + (slope * afterJMs) / 1000
  if (snrDb === undefined) return { rateHz, samplesMv, beats, levelAt }
  return { rateHz, samplesMv: withStNoise(samplesMv, beats, stCase.seed, snrDb, rateHz), beats, levelAt }
}

/** Muscle noise and slow wander of about the same size, at a ratio in the sense of `nst`. */
export function withStNoise(
  samplesMv: Float64Array,
  beats: readonly number[],
  seed: string,
  snrDb: number,
  rateHz: number,
): Float64Array {
  const phase = 2 * Math.PI * createRandom(`wander ${seed}`).uniform()
  const emg = modelledNoise('muscle', seed, rateHz, samplesMv.length)
  const noise = emg.map((sample, i) => sample + 1.2 * Math.sin(phase + (2 * Math.PI * 0.27 * i) / rateHz))
  return withNoise(samplesMv, beats, noise, snrDb, rateHz)
}
