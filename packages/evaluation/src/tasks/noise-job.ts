import { dirname, join } from 'node:path'
import { beatSamples, readAnnotations, readRecord, scoreBeats } from '@pulsewire/wfdb'
import { figureLead, openRecord, physical, type RecordRef } from '../sources/databases.ts'
import { modelledNoise, withNoise, type Noise } from '../model/noise.ts'
import { analyseLead } from '../run/single-lead.ts'
import type { BeatCounts } from './lead-job.ts'

/** The first ten minutes of a record of mitdb with noise on all of it. */
export interface NoiseJob {
  readonly kind: 'noise'
  readonly ref: RecordRef
  /** Absent: the same stretch without noise. */
  readonly noise?: { readonly kind: Noise; readonly snrDb: number }
}

export interface NoiseResult {
  readonly kind: 'noise'
  readonly ref: RecordRef
  readonly noise?: NoiseJob['noise']
  readonly counts: BeatCounts
}

export const NOISY_STRETCH_S = 600

/** The noisy lead (mV) of a job, and what its beats are scored against. */
export async function noisyLead({ ref, noise }: Pick<NoiseJob, 'ref' | 'noise'>, lengthS = NOISY_STRETCH_S) {
  const record = await openRecord(ref, { toS: lengthS })
  const { rateHz } = record
  const lead = figureLead(record)
  const clean = physical(lead)
  const annotations = (await readAnnotations(ref.path, 'atr')).filter(({ sample }) => sample < clean.length)
  if (noise === undefined) return { rateHz, lead: lead.name, samplesMv: clean, annotations }
  const added =
    noise.kind === 'wander'
      ? await recordedWander(ref, clean.length)
      : modelledNoise(noise.kind, `${ref.name} ${noise.snrDb}`, rateHz, clean.length)
  return {
    rateHz,
    lead: lead.name,
    samplesMv: withNoise(clean, beatSamples(annotations), added, noise.snrDb, rateHz),
    annotations,
  }
}

/** Baseline wander as recorded (nstdb `bw`, first signal), from its beginning. */
async function recordedWander({ path }: RecordRef, length: number): Promise<Float64Array> {
  const { signals } = await readRecord(join(dirname(path), '..', 'nstdb', 'bw'), { toSample: length })
  return figureOf(signals)
}

function figureOf(signals: Parameters<typeof physical>[0][]): Float64Array {
  const [first] = signals
  return first === undefined ? new Float64Array(0) : physical(first)
}

export async function runNoise(job: NoiseJob): Promise<NoiseResult> {
  const { rateHz, lead, samplesMv, annotations } = await noisyLead(job)
  const found = analyseLead(samplesMv, rateHz, lead).beats.map(({ sample }) => sample)
  const { tp, fp, fn } = scoreBeats(annotations, found, { windowMs: 150, rateHz })
  const { ref, noise } = job
  return { kind: 'noise', ref, ...(noise === undefined ? {} : { noise }), counts: { tp, fp, fn } }
}
