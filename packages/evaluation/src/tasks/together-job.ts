import { beatSamples, readAnnotations, type WfdbRecord } from '@pulsewire/wfdb'
import { disturbed, type Disturbance } from '../model/disturbed-lead.ts'
import { FIRST_SAMPLE_MS, runChain } from '../run/whole-chain.ts'
import { figureLead, openRecord, physical, type RecordRef } from '../sources/databases.ts'
import { beatFigures, type BeatCounts } from './lead-job.ts'
import { NOISY_STRETCH_S } from './noise-job.ts'

/** All leads of a record of mitdb through the whole chain, the first of them (that of the one-lead figures) disturbed or not. */
export interface TogetherJob {
  readonly kind: 'together'
  readonly ref: RecordRef
  /** Of the first ten minutes; absent: the whole record as it is. */
  readonly disturbance?: Disturbance
}

export interface TogetherResult {
  readonly kind: 'together'
  readonly ref: RecordRef
  readonly disturbance?: Disturbance
  readonly within150: BeatCounts
  readonly within50: BeatCounts
}

/** A microvolt a step. */
const GAIN = 1000
const MOST = 32_767

export async function runTogether({ ref, disturbance }: TogetherJob): Promise<TogetherResult> {
  const record = await openRecord(ref, disturbance === undefined ? {} : { toS: NOISY_STRETCH_S })
  const { rateHz } = record
  const length = record.signals[0]?.samples.length ?? 0
  const annotations = (await readAnnotations(ref.path, 'atr')).filter(({ sample }) => sample < length)
  const given = disturbance === undefined ? record : withLead(record, beatSamples(annotations), disturbance)
  const beats = runChain(given).beats.map(({ timeMs, beatClass }) => ({
    sample: Math.round(((timeMs - FIRST_SAMPLE_MS) / 1000) * rateHz),
    beatClass,
  }))
  const { within150, within50 } = beatFigures(annotations, beats, rateHz)
  return { kind: 'together', ref, ...(disturbance === undefined ? {} : { disturbance }), within150, within50 }
}

function withLead(record: WfdbRecord, beats: readonly number[], disturbance: Disturbance): WfdbRecord {
  const lead = figureLead(record)
  const samplesMv = disturbed(physical(lead), beats, disturbance, `${record.name} together`, record.rateHz)
  const samples = Int16Array.from(samplesMv, (mv) => Math.max(-MOST, Math.min(MOST, Math.round(GAIN * mv))))
  const changed = { ...lead, unit: 'mV', gainPerUnit: GAIN, baseline: 0, samples }
  return { ...record, signals: record.signals.map((signal) => (signal === lead ? changed : signal)) }
}
