import { modelledNoise, withNoise, type Noise } from './noise.ts'

/** What happens to one lead of several: noise on all of it, or something that comes and goes. */
export type Disturbance =
  | { readonly kind: Exclude<Noise, 'wander'>; readonly snrDb: number }
  | { readonly kind: 'flat' | 'lost' | 'turned' | 'saturated' }

/** It comes and goes every so often. */
const EVERY_S = 60
/** What is left of a lead whose electrode hardly touches. */
const LEFT_OF_LOST = 0.02
const RAIL_MV = 5

/** The lead (mV) with the disturbance; `beats`: samples of its complexes, which the noise is sized by. */
export function disturbed(
  samplesMv: Float64Array,
  beats: readonly number[],
  disturbance: Disturbance,
  seed: string,
  rateHz: number,
): Float64Array {
  const { kind } = disturbance
  if (kind === 'muscle' || kind === 'electrode') {
    const noise = modelledNoise(kind, seed, rateHz, samplesMv.length)
    return withNoise(samplesMv, beats, noise, disturbance.snrDb, rateHz)
  }
  const change = { flat: () => 0, lost: (mv: number) => LEFT_OF_LOST * mv, turned: (mv: number) => -mv, saturated: () => RAIL_MV }[kind] // prettier-ignore
  return samplesMv.map((mv, i) => (Math.floor(i / (EVERY_S * rateHz)) % 2 === 1 ? change(mv) : mv))
}
