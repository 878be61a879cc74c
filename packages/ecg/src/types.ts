import type { BeatClass } from '@pulsewire/contracts'

/** What an analyser is told about its signal. */
export interface EcgAnalyzerOptions {
  /** Samples per second, 80 to 2,000. */
  rateHz: number
  /** The lead's name: `II`, `V1`, … or `single`. */
  lead: string
  /** The corner of the sensor's own high-pass filter; above 0.05 Hz an ST level is uncertain. */
  highPassHz?: number
  /** For those who fit a detector's weights: what it weighs, each time that it does. Changes no output. */
  probe?: EcgProbe
}

/** `power-line`: hum of the mains, and nothing else that would be noise. */
export type QualityReason = 'flat' | 'saturated' | 'noise' | 'power-line' | 'missing' | 'low-amplitude' | 'implausible'

/** `features` is used again: copy it. `[fromMs, toMs]` is the stretch that they were measured on. */
export type EcgProbe = (
  detector: RhythmType | 'ventricular-beat' | 'respiration',
  features: Float64Array,
  fromMs: number,
  toMs: number,
) => void

export type RhythmType =
  | 'asystole'
  | 'pause'
  | 'extreme-bradycardia'
  | 'extreme-tachycardia'
  | 'bradycardia'
  | 'tachycardia'
  | 'ventricular-tachycardia'
  | 'ventricular-fibrillation'
  | 'atrial-fibrillation'
  | 'ventricular-bigeminy'
  | 'ventricular-trigeminy'
  | 'idioventricular-rhythm'
  | 'av-block'

/** A QRS complex. `timeMs` is the R peak with filter delays taken out; `rrMs` is absent after a gap. */
export interface BeatOutput {
  kind: 'beat'
  timeMs: number
  beatClass: BeatClass
  rrMs?: number
  quality: number
  /** How much it looks like this patient's normal beat in this lead, -1 to 1. */
  likeness: number
  /** The shape that it has, of those on file in this lead (a place that may be given anew); -1 = none. */
  family: number
  widthMs: number
  /** A pacing pulse stood before it. Its class is then `Q`. */
  paced?: true
}

/**
 * A peak that may be a QRS complex, whether the lead took it for one or not: what the leads of one device are weighed with against each
 * other (`qrs/joint-qrs.ts`). Every peak is told once, at most 0.62 s after it (those of the first seconds when they are learned).
 */
export interface PeakOutput {
  kind: 'peak'
  /** Middle of its steep part, and the sample after which it is told. */
  timeMs: number
  saidMs: number
  /** Log odds of being a complex by itself, whatever the pace. */
  odds: number
  /** Steepest slope, in parts of the usual complex of this lead. */
  slope: number
}

/** Beats found afterwards: they replace what was said of `[fromMs, toMs)`. */
export interface BeatsRevisedOutput {
  kind: 'beats-revised'
  fromMs: number
  toMs: number
  beats: [number, BeatClass][]
}

/** About once a second, while the signal allows it. */
export interface HeartRateOutput {
  kind: 'heart-rate'
  timeMs: number
  bpm: number
}

/** The rate of breathing, from what it does to the ECG; said only where that is plain. */
export interface RespirationOutput {
  kind: 'respiration'
  timeMs: number
  perMin: number
}

/** Once per second of data; `timeMs` is the end of that second. */
export interface QualityOutput {
  kind: 'quality'
  timeMs: number
  quality: number
  reasons: QualityReason[]
  /** How far the QRS complexes stand out of what lies between them, 0 (not at all) to 1; 0 while they are learnt. */
  clarity: number
}

/** An episode opens, goes on, or ends. `type` and `onsetMs` identify it; `endMs` comes with `end`. */
export interface RhythmOutput {
  kind: 'rhythm'
  phase: 'onset' | 'update' | 'end'
  type: RhythmType
  onsetMs: number
  endMs?: number
  timeMs: number
  confidence: number
  evidence: Record<string, number | string>
}

/** The average of the last normal beats of a lead, from which its ST levels were measured. */
export interface AverageBeat {
  /** The first point, ms from the R peak, and the distance between points. */
  fromMs: number
  stepMs: number
  valuesMv: Float32Array
  /** R peaks of the beats in it. */
  beatsMs: number[]
  /** Onset of QRS and J point, ms from the R peak. */
  onsetMs: number
  jMs: number
  /** Noise that is left in it. */
  noiseMv: number
  /** NaN where it is not known. */
  heartRate: number
  /** Enough beats that agree, by a sensor that does not bend the ST segment. */
  steady: boolean
}

/** The ST segment of the average of the last seconds' normal beats, in mV against the level before their QRS complex (PQ level). */
export interface StOutput {
  kind: 'st'
  timeMs: number
  /** At J+60 ms where the heart rate is above 120 /min, else at J+80 ms. */
  levelMv: number
  jMv: number
  j60Mv: number
  j80Mv: number
  /** The complex became another one from one beat to the next since the last measurement (posture, an electrode): only beats after it count. */
  axisShift: boolean
  /** Beats in the average. */
  beats: number
  /** Standard error of the level; NaN with fewer than four beats. */
  errorMv: number
  /** Whether onset and end of QRS are plain to see. */
  clear: boolean
  /** Not clear, or by a sensor that bends the segment, or with an error that is too large for ±25 µV. */
  uncertain: boolean
  qrsMs: number
  /** Waves of the complex: the deepest before R, R, the deepest after it; 0 = there is none. */
  qMv: number
  rMv: number
  sMv: number
  tAmplitudeMv: number
  /** NaN where the end of T is not seen. */
  qtMs: number
  average: AverageBeat
}

export type EcgOutput =
  | BeatOutput
  | PeakOutput
  | BeatsRevisedOutput
  | HeartRateOutput
  | RespirationOutput
  | QualityOutput
  | RhythmOutput
  | StOutput

/** A state that shares nothing with the one that it was taken of: plain data and float arrays. */
export type PlainState =
  null | boolean | number | string | Float32Array | Float64Array | PlainState[] | { [key: string]: PlainState }

/** The whole state of an analyser at one moment. Read only by the version that wrote it. */
export interface EcgSnapshot {
  version: number
  state: { [key: string]: PlainState }
}

/** A streaming analyser of one lead. Its outputs do not depend on how the samples are cut into blocks. */
export interface EcgAnalyzer {
  /**
   * Takes the next samples in mV (NaN = missing); `timeMs` is the time of the first. A time that is more than one sample off
   * what is expected is a gap: no beat-to-beat statement is made across it.
   */
  push(timeMs: number, samplesMv: Float64Array): EcgOutput[]
  /** Event time up to which everything has been said. */
  readonly seenUntilMs: number
  snapshot(): EcgSnapshot
  /** As `snapshot`, but nothing is copied: good until the next `push`. */
  view(): EcgSnapshot
}
