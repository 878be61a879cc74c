import { createEcgAnalyzer } from '@pulsewire/ecg'
import { beatSamples, flutterSpans, isBeat, matchBeats } from '@pulsewire/wfdb'
import type { RecordRef } from '../sources/databases.ts'
import { noisyLead, type NoiseJob } from './noise-job.ts'

/** Some minutes of a record of mitdb with modelled noise: which seconds are called noisy, and where the QRS errors lie. */
export interface QualityJob {
  readonly kind: 'quality'
  readonly ref: RecordRef
  readonly noise: { readonly kind: 'muscle' | 'electrode'; readonly snrDb: number }
}

/** Seconds, beats of the reference, and beats missed or invented: in seconds called noisy, and in the others. */
export interface QualityResult {
  readonly kind: 'quality'
  readonly ref: RecordRef
  readonly noise: QualityJob['noise']
  readonly noisy: SecondsOf
  readonly others: SecondsOf
}

interface SecondsOf {
  seconds: number
  beats: number
  errors: number
}

const STRETCH_S = 180
const WINDOW_MS = 150
const FLUSH_S = 2

export async function runQuality({ ref, noise }: QualityJob): Promise<QualityResult> {
  const given: Pick<NoiseJob, 'ref' | 'noise'> = { ref, noise }
  const { rateHz, lead, samplesMv, annotations } = await noisyLead(given, STRETCH_S)
  const analyzer = createEcgAnalyzer({ rateHz, lead })
  const flush = new Float64Array(FLUSH_S * rateHz).fill(Number.NaN)
  const outputs = [...analyzer.push(0, samplesMv), ...analyzer.push((samplesMv.length * 1000) / rateHz, flush)]
  const isNoisy: boolean[] = []
  const found: number[] = []
  for (const output of outputs) {
    if (output.kind === 'quality') isNoisy.push(output.reasons.includes('noise'))
    else if (output.kind === 'beat') found.push(output.timeMs)
    else if (output.kind === 'beats-revised') found.push(...output.beats.map(([timeMs]) => timeMs))
  }
  const noisy: SecondsOf = { seconds: 0, beats: 0, errors: 0 }
  const others: SecondsOf = { seconds: 0, beats: 0, errors: 0 }
  for (const each of isNoisy.slice(0, STRETCH_S)) (each ? noisy : others).seconds += 1
  const at = (sample: number): SecondsOf => (isNoisy[Math.floor(sample / rateHz)] === true ? noisy : others)
  const flutter = flutterSpans(annotations)
  const isOutside = (sample: number): boolean => flutter.every(([from, to]) => sample < from || sample > to)
  const reference = beatSamples(annotations.filter(({ symbol, sample }) => isBeat(symbol) && isOutside(sample)))
  const marks = found
    .map((timeMs) => Math.round((timeMs / 1000) * rateHz))
    .filter((sample) => sample < samplesMv.length && isOutside(sample))
    .toSorted((a, b) => a - b)
  const pairs = matchBeats(reference, marks, Math.round((WINDOW_MS / 1000) * rateHz))
  const [hit, right] = [new Set(pairs.map(([i]) => i)), new Set(pairs.map(([, j]) => j))]
  for (const [i, sample] of reference.entries()) {
    at(sample).beats += 1
    if (!hit.has(i)) at(sample).errors += 1
  }
  for (const [j, sample] of marks.entries()) if (!right.has(j)) at(sample).errors += 1
  return { kind: 'quality', ref, noise, noisy, others }
}
