import type { Beat } from './waves.ts'

/** From the R peak to the foot of the pulse at the finger, and at the radial artery, seconds. */
export const FINGER_DELAY_S = 0.2
export const RADIAL_DELAY_S = 0.14

/**
 * The pulse that the beats send to a place: 0 at the foot, about 1 at the systolic peak, with the dicrotic wave after it (two Gaussians
 * a beat, as Rubins 2008 takes the finger pulse apart).
 */
export function renderPulse(
  beats: readonly Beat[],
  delayS: number,
  fromS: number,
  length: number,
  rateHz: number,
): Float64Array {
  const samples = new Float64Array(length)
  for (const beat of beats) {
    const stretch = Math.sqrt(Math.min(Math.max(beat.rrS, 0.35), 1.3))
    const waves = [
      { centreS: delayS + 0.11, beforeS: 0.045, afterS: 0.1 * stretch, height: beat.stroke },
      { centreS: delayS + 0.11 + 0.25 * stretch, beforeS: 0.07, afterS: 0.12 * stretch, height: 0.35 * beat.stroke },
    ]
    for (const wave of waves) {
      const centreS = beat.timeS + wave.centreS
      const first = Math.max(0, Math.ceil((centreS - 4 * wave.beforeS - fromS) * rateHz))
      const last = Math.min(length - 1, Math.floor((centreS + 4 * wave.afterS - fromS) * rateHz))
      for (let index = first; index <= last; index++) {
        const distanceS = fromS + index / rateHz - centreS
        const widthS = distanceS < 0 ? wave.beforeS : wave.afterS
        samples[index] = (samples[index] ?? 0) + wave.height * Math.exp(-(distanceS ** 2) / (2 * widthS ** 2))
      }
    }
  }
  return samples
}
