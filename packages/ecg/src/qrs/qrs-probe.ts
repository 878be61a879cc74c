import type { Candidate } from './qrs-candidate.ts'
import { createQrsDetector, detectQrs } from './qrs-detector.ts'

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
  const judged = new Set<Candidate>()
  const found: Candidate[] = []
  const first = samplesMv.find((sample) => !Number.isNaN(sample)) ?? 0
  let held = 0
  for (const sample of samplesMv) {
    if (!Number.isNaN(sample)) held = sample - first
    const isDue = detector.next + 1 >= detector.due
    detectQrs(detector, held, rateHz, found)
    if (!isDue) continue
    for (const candidate of found) judged.add(candidate)
    for (const candidate of detector.open) judged.add(candidate)
    found.length = 0
  }
  return [...judged]
    .filter(({ features }) => features.length > 0)
    .map(({ index, value, features, noisiness }) => ({ sample: index, value, features, noisiness }))
    .toSorted((a, b) => a.sample - b.sample)
}
