import { createQrsDetector, createQrsFindings, detectQrs } from './qrs-detector.ts'

/** A peak that the detector judged: where it is (sample number), how large, and what its odds were made of. */
export interface JudgedPeak {
  readonly sample: number
  readonly value: number
  readonly features: readonly number[]
  readonly noisiness: number
}

/** All peaks of a lead that the QRS detector judges, in order; to fit its odds. Missing samples hold the last value. */
export function probeQrs(samplesMv: Float64Array, rateHz: number): JudgedPeak[] {
  const detector = createQrsDetector(rateHz)
  const found = createQrsFindings()
  const first = samplesMv.find((sample) => !Number.isNaN(sample)) ?? 0
  let held = 0
  for (const sample of samplesMv) {
    if (!Number.isNaN(sample)) held = sample - first
    detectQrs(detector, Float64Array.of(held), 0, rateHz, found)
    found.beats.length = 0
  }
  return [...found.peaks, ...detector.open.filter(({ told }) => !told)]
    .filter(({ features }) => features.length > 0)
    .map(({ index, value, features, noisiness }) => ({ sample: index, value, features, noisiness }))
    .toSorted((a, b) => a.sample - b.sample)
}
