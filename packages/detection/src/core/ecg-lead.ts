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

/** A lead's own state besides the analyser's. Plain data; missing samples are null. */
export interface LeadInputState {
  rateHz: number
  lead: string
  highPassHz?: number
  /** Time of the first sample since the last gap, and how many samples have come since. */
  anchorMs: number
  count: number
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
  /** `undefined` while there was no sample yet. */
  snapshot(): LeadInputSnapshot | undefined
}

/** Whether an ECG of this rate can be analysed. */
export function isAnalysableRate(rateHz: number): boolean {
  return rateHz >= MIN_RATE_HZ && rateHz <= MAX_RATE_HZ
}

export function createEcgLead(lead: string, factory: EcgAnalyzerFactory, snapshot?: LeadInputSnapshot): EcgLead {
  let state = snapshot === undefined ? undefined : structuredCopy(snapshot.input)
  let analyzer: EcgAnalyzer | undefined =
    snapshot === undefined || state === undefined
      ? undefined
      : openAnalyzer(optionsOf(state), factory, snapshot.analyzer)

  const flush = (analyzer: EcgAnalyzer, state: LeadInputState): LeadSlice[] => {
    if (state.pending.length === 0) return []
    const periodMs = 1000 / state.rateHz
    const firstMs = state.anchorMs + (state.count - state.pending.length) * periodMs
    const outputs = analyzer.push(
      firstMs,
      Float64Array.from(state.pending, (sample) => sample ?? Number.NaN),
    )
    state.pending = []
    return [{ endMs: state.anchorMs + state.count * periodMs, outputs, seenUntilMs: analyzer.seenUntilMs }]
  }

  return {
    append: (startMs, rateHz, signal) => {
      const slices: LeadSlice[] = []
      const highPassHz = signal.highPassHz
      let skip = 0
      if (state !== undefined && analyzer !== undefined) {
        const changed = state.rateHz !== rateHz || state.highPassHz !== highPassHz
        const aheadMs = startMs - (state.anchorMs + (state.count * 1000) / state.rateHz)
        if (changed || aheadMs < -MAX_OVERLAP_MS) {
          slices.push(...flush(analyzer, state))
          state = undefined
        } else if (aheadMs > JITTER_MS) {
          slices.push(...flush(analyzer, state))
          state.anchorMs = startMs
          state.count = 0
        } else if (aheadMs < -JITTER_MS) {
          skip = Math.round((-aheadMs * rateHz) / 1000)
        }
      }
      if (state === undefined || analyzer === undefined) {
        state = { rateHz, lead, anchorMs: startMs, count: 0, pending: [] }
        if (highPassHz !== undefined) state.highPassHz = highPassHz
        analyzer = factory(optionsOf(state))
      }

      const periodMs = 1000 / rateHz
      const toMilliVolts = milliVoltsPer(signal.unit)
      for (let i = skip; i < signal.samples.length; i++) {
        const sample = signal.samples[i] ?? MISSING_SAMPLE
        const thisMs = state.anchorMs + state.count * periodMs
        state.pending.push(sample === MISSING_SAMPLE ? null : (sample - signal.offset) * signal.scale * toMilliVolts)
        state.count += 1
        if (sliceOf(thisMs + periodMs) !== sliceOf(thisMs)) slices.push(...flush(analyzer, state))
      }
      return slices
    },
    snapshot: () => {
      if (state === undefined || analyzer === undefined) return undefined
      return { input: structuredCopy(state), analyzer: analyzer.snapshot() }
    },
  }
}

/** An analyser of another version does not go on from this one's state: it learns anew. */
function openAnalyzer(options: EcgAnalyzerOptions, factory: EcgAnalyzerFactory, snapshot: EcgSnapshot): EcgAnalyzer {
  return snapshotFits(snapshot, options) ? factory(options, snapshot) : factory(options)
}

function sliceOf(timeMs: number): number {
  return Math.floor((timeMs + EPSILON_MS) / SLICE_MS)
}

function optionsOf(state: LeadInputState): EcgAnalyzerOptions {
  const { rateHz, lead, highPassHz } = state
  return { rateHz, lead, ...(highPassHz === undefined ? {} : { highPassHz }) }
}

function structuredCopy(state: LeadInputState): LeadInputState {
  return { ...state, pending: [...state.pending] }
}

function milliVoltsPer(unit: string): number {
  if (unit === 'uV' || unit === 'µV') return 0.001
  return unit === 'V' ? 1000 : 1
}
