import { at, type Ring } from './ring.ts'

/** Mains frequencies of the world. */
const MAINS_HZ = [50, 60] as const
/** A frequency is measured from so many samples a period. */
const LEAST_PER_PERIOD = 2.2

/** Hum of the mains in a stretch of signal. */
export interface PowerLine {
  /** 0 where the rate carries neither frequency. */
  readonly frequencyHz: 0 | (typeof MAINS_HZ)[number]
  readonly amplitudeMv: number
}

/**
 * The stronger of 50 and 60 Hz in the samples from `from` to before `to` (a second: whole periods of both, so that neither sees the other),
 * by Goertzel's recursion about their mean. Missing samples count as the mean.
 */
export function powerLineOf(ring: Ring, from: number, to: number, rateHz: number): PowerLine {
  let sum = 0
  let count = 0
  for (let i = from; i < to; i++) {
    const value = at(ring, i)
    if (Number.isNaN(value)) continue
    sum += value
    count += 1
  }
  let strongest: PowerLine = { frequencyHz: 0, amplitudeMv: 0 }
  for (const frequencyHz of MAINS_HZ) {
    if (count === 0 || rateHz < LEAST_PER_PERIOD * frequencyHz) continue
    const turn = 2 * Math.cos((2 * Math.PI * frequencyHz) / rateHz)
    let [last, before] = [0, 0]
    for (let i = from; i < to; i++) {
      const value = at(ring, i)
      const next = (Number.isNaN(value) ? 0 : value - sum / count) + turn * last - before
      before = last
      last = next
    }
    const power = last * last + before * before - turn * last * before
    const amplitudeMv = (2 * Math.sqrt(Math.max(0, power))) / count
    if (amplitudeMv > strongest.amplitudeMv) strongest = { frequencyHz, amplitudeMv }
  }
  return strongest
}

/** Mean second difference of a sine of this amplitude, mV: what hum adds to the roughness of a signal. */
export function roughnessOfHum({ frequencyHz, amplitudeMv }: PowerLine, rateHz: number): number {
  return (2 / Math.PI) * amplitudeMv * (2 - 2 * Math.cos((2 * Math.PI * frequencyHz) / rateHz))
}
