import { MISSING_SAMPLE, type WaveformSignal } from '@pulsewire/contracts'
import {
  snapshotFits,
  type EcgAnalyzer,
  type EcgAnalyzerOptions,
  type EcgOutput,
  type EcgSnapshot,
} from '@pulsewire/ecg'
import type { EcgAnalyzerFactory } from '../types.ts'

/**
 * Samples go to the analyser in slices of this length on a fixed grid of event time, whatever the block sizes: so what is said, and
 * the order in which the leads are compared, do not depend on how a device cuts its blocks.
 */
const SLICE_MS = 200
/** A block that starts within this of what is expected goes on (clocks round to the millisecond and drift); else there is a gap. */
const JITTER_MS = 20
/** Blocks that overlap by less are cut; a block further back is a clock that was set back: the lead starts afresh. */
const MAX_OVERLAP_MS = 2_000
/** Rates that the analysis of an ECG takes; a signal of another rate is kept and shown, and not analysed. */
const MIN_RATE_HZ = 80
const MAX_RATE_HZ = 2_000
/** Against times such as 999.9999999. */
const EPSILON_MS = 1e-6

/** A lead's own state besides the analyser's. */
interface LeadInput {
  rateHz: number
  lead: string
  highPassHz?: number
  /** Time of the first sample since the last gap, and how many samples have come since. */
  anchorMs: number
  count: number
}

/** The same as plain data, with the samples of the slice that is not full yet; missing samples are null. */
export interface LeadInputState extends LeadInput {
  pending: (number | null)[]
}

export interface LeadInputSnapshot {
  readonly input: LeadInputState
  readonly analyzer: EcgSnapshot
}

/** What the analyser said up to `endMs`. */
export interface LeadSlice {
  readonly endMs: number
  readonly outputs: readonly EcgOutput[]
  readonly seenUntilMs: number
}

/** One ECG signal of one device: cuts its blocks into slices and has them analysed. */
export interface EcgLead {
  append(startMs: number, rateHz: number, signal: WaveformSignal): LeadSlice[]
  /** The state of this moment as it can be stored; `undefined` while there was no sample yet. */
  snapshot(): LeadInputSnapshot | undefined
  /** As `snapshot`, but the analyser's state is not copied: good until the next `append`. */
  view(): LeadInputSnapshot | undefined
}

/** Whether an ECG of this rate can be analysed. */
export function isAnalysableRate(rateHz: number): boolean {
  return rateHz >= MIN_RATE_HZ && rateHz <= MAX_RATE_HZ
}

export function createEcgLead(lead: string, factory: EcgAnalyzerFactory, snapshot?: LeadInputSnapshot): EcgLead {
  let input: LeadInput | undefined
  let analyzer: EcgAnalyzer | undefined
  /** Samples of the slice that is not full yet, mV; NaN = missing. */
  let pending = new Float64Array(0)
  let pendingCount = 0

  const open = (from: LeadInput): LeadInput => {
    pending = new Float64Array(Math.ceil((SLICE_MS / 1000) * from.rateHz) + 1)
    pendingCount = 0
    return from
  }

  if (snapshot !== undefined) {
    const { pending: stored, ...rest } = snapshot.input
    input = open(rest)
    for (const sample of stored) pending[pendingCount++] = sample ?? Number.NaN
    analyzer = openAnalyzer(optionsOf(input), factory, snapshot.analyzer)
  }

  const stateWith = (analyzer: EcgSnapshot | undefined): LeadInputSnapshot | undefined => {
    if (input === undefined || analyzer === undefined) return undefined
    const samples = Array.from(pending.subarray(0, pendingCount), (sample) => (Number.isNaN(sample) ? null : sample))
    return { input: { ...input, pending: samples }, analyzer }
  }

  const flush = (analyzer: EcgAnalyzer, { rateHz, anchorMs, count }: LeadInput, slices: LeadSlice[]): void => {
    if (pendingCount === 0) return
    const periodMs = 1000 / rateHz
    const outputs = analyzer.push(anchorMs + (count - pendingCount) * periodMs, pending.subarray(0, pendingCount))
    pendingCount = 0
    slices.push({ endMs: anchorMs + count * periodMs, outputs, seenUntilMs: analyzer.seenUntilMs })
  }

  return {
    append: (startMs, rateHz, signal) => {
      const slices: LeadSlice[] = []
      const { highPassHz, samples, offset, scale } = signal
      let skip = 0
      if (input !== undefined && analyzer !== undefined) {
        const changed = input.rateHz !== rateHz || input.highPassHz !== highPassHz
        const aheadMs = startMs - (input.anchorMs + (input.count * 1000) / input.rateHz)
        if (changed || aheadMs < -MAX_OVERLAP_MS) {
          flush(analyzer, input, slices)
          input = undefined
        } else if (aheadMs > JITTER_MS) {
          flush(analyzer, input, slices)
          input.anchorMs = startMs
          input.count = 0
        } else if (aheadMs < -JITTER_MS) {
          skip = Math.round((-aheadMs * rateHz) / 1000)
        }
      }
      if (input === undefined || analyzer === undefined) {
        input = open({ rateHz, lead, anchorMs: startMs, count: 0 })
        if (highPassHz !== undefined) input.highPassHz = highPassHz
        analyzer = factory(optionsOf(input))
      }

      const toMilliVolts = milliVoltsPer(signal.unit)
      for (let from = skip; from < samples.length;) {
        const sliceEnd = endOfSlice(input)
        const to = Math.min(samples.length, from + sliceEnd - input.count)
        for (let i = from; i < to; i++) {
          const sample = samples[i] ?? MISSING_SAMPLE
          pending[pendingCount++] = sample === MISSING_SAMPLE ? Number.NaN : (sample - offset) * scale * toMilliVolts
        }
        input.count += to - from
        from = to
        if (input.count === sliceEnd) flush(analyzer, input, slices)
      }
      return slices
    },
    snapshot: () => stateWith(analyzer?.snapshot()),
    view: () => stateWith(analyzer?.view()),
  }
}

/** An analyser of another version does not go on from this one's state: it learns anew. */
function openAnalyzer(options: EcgAnalyzerOptions, factory: EcgAnalyzerFactory, snapshot: EcgSnapshot): EcgAnalyzer {
  return snapshotFits(snapshot, options) ? factory(options, snapshot) : factory(options)
}

function sliceOf(timeMs: number): number {
  return Math.floor((timeMs + EPSILON_MS) / SLICE_MS)
}

/** The sample count at which the slice that is going on ends. */
function endOfSlice({ anchorMs, count, rateHz }: LeadInput): number {
  const periodMs = 1000 / rateHz
  const slice = sliceOf(anchorMs + count * periodMs)
  let end = Math.max(count + 1, Math.floor(((slice + 1) * SLICE_MS - anchorMs) / periodMs) - 1)
  while (sliceOf(anchorMs + end * periodMs) === slice) end += 1
  return end
}

function optionsOf(state: LeadInput): EcgAnalyzerOptions {
  const { rateHz, lead, highPassHz } = state
  return { rateHz, lead, ...(highPassHz === undefined ? {} : { highPassHz }) }
}

function milliVoltsPer(unit: string): number {
  if (unit === 'uV' || unit === 'µV') return 0.001
  return unit === 'V' ? 1000 : 1
}
