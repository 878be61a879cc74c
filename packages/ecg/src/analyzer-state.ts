import { createAtrialState, type AtrialState } from './rhythm/atrial-fibrillation.ts'
import { createAvBlockState, type AvBlockState } from './rhythm/av-block.ts'
import { createBeatMemory, type BeatMemory } from './beats/classify.ts'
import { createEpisodeBook, type EpisodeBook } from './rhythm/episodes.ts'
import { createFibrillationState, type FibrillationState } from './rhythm/fibrillation-rhythm.ts'
import { createQrsDetector, type QrsDetector } from './qrs/qrs-detector.ts'
import { createRateState, type RateState } from './rhythm/rate-rhythms.ts'
import { createRespirationState, type RespirationState } from './respiration/respiration.ts'
import { createRing, type Ring } from './signal/ring.ts'
import { createQualityState, type QualityState } from './signal/signal-quality.ts'
import { createSilence, type SilenceState } from './rhythm/silence.ts'
import { createStState, type StState } from './st/st-segment.ts'
import { createEctopyState, type EctopyState } from './rhythm/ectopy.ts'
import { createPacingState, type PacingState } from './beats/pacing.ts'
import { createVentricularState, type VentricularState } from './rhythm/ventricular.ts'

/** The signal since the last long gap, and what its parts know. Everything in here goes into a snapshot. */
export interface SegmentState {
  started: boolean
  /** Time of sample 0. */
  startMs: number
  /** Samples taken. */
  count: number
  /** The value that stands in for missing samples, and what is subtracted so that the signal goes on without a step. */
  held: number
  shift: number
  missingRun: number
  /** Peak of the last beat; -1 = none, or something was missing since. */
  lastPeak: number
  /** Short stretches of missing samples since then: numbers of the first, and of the first after them. */
  holes: [from: number, to: number][]
  seenUntilMs: number
  /** Quality of the last seconds, newest last. */
  qualities: number[]
  /** Seconds in a row that could be analysed, and that could not before them. */
  wholeSeconds: number
  brokenSeconds: number
  silence: SilenceState
  noisy: boolean
  /** When the amplifier was last seen blocked. */
  blockedMs: number
  raw: Ring
  qrs: QrsDetector
  beats: BeatMemory
  quality: QualityState
  rate: RateState
  episodes: EpisodeBook
  ventricular: VentricularState
  ectopy: EctopyState
  pacing: PacingState
  fibrillation: FibrillationState
  atrial: AtrialState
  avBlock: AvBlockState
  respiration: RespirationState
  st: StState
}

/** The raw signal kept: search-back and the windows of fibrillation and ST reach so far. */
const RING_SECONDS = 8

export function createSegmentState(rateHz: number): SegmentState {
  return {
    started: false,
    startMs: 0,
    count: 0,
    held: 0,
    shift: 0,
    missingRun: 0,
    lastPeak: -1,
    holes: [],
    seenUntilMs: -Infinity,
    qualities: [],
    wholeSeconds: 0,
    brokenSeconds: 0,
    silence: createSilence(),
    noisy: false,
    blockedMs: -Infinity,
    raw: createRing(RING_SECONDS * rateHz),
    qrs: createQrsDetector(rateHz),
    beats: createBeatMemory(),
    quality: createQualityState(),
    rate: createRateState(),
    episodes: createEpisodeBook(),
    ventricular: createVentricularState(),
    ectopy: createEctopyState(),
    pacing: createPacingState(),
    fibrillation: createFibrillationState(),
    atrial: createAtrialState(),
    avBlock: createAvBlockState(),
    respiration: createRespirationState(),
    st: createStState(),
  }
}
