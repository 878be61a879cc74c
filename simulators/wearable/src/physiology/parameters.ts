import type { Electrode } from './leads.ts'
import type { Random } from './random.ts'

export const RHYTHMS = [
  'sinus',
  'atrial-fibrillation',
  'ventricular-tachycardia',
  'ventricular-fibrillation',
  'asystole',
] as const
export type Rhythm = (typeof RHYTHMS)[number]

/** What a scenario can ramp. These are the causes; the vitals that are measured follow from them by the coupling of `vitals.ts`. */
export interface NumericParameters {
  /** Rate at rest, /min. In ventricular tachycardia: the rate of the tachycardia. */
  heartRate: number
  /** 1 = a healthy adult's variability of the RR interval. */
  rrVariability: number
  /** Premature ventricular beats, /min. */
  ectopyPerMinute: number
  /** Injury current: the least ST elevation, mV, of V2–V4, and of II, III, aVF. */
  stAnteriorMv: number
  stInferiorMv: number
  respirationRate: number
  systolic: number
  diastolic: number
  spo2: number
  temperature: number
  glucose: number
  insulinOnBoard: number
  skinConductance: number
  /** 0 = asleep, 1 = running. */
  activity: number
  /** 0–10. */
  pain: number
  /** Muscle and electrode noise, mV RMS at an electrode. */
  noiseMv: number
  /** Per cent. */
  battery: number
}

/** What a scenario switches. */
export interface SwitchedParameters {
  rhythm: Rhythm
  electrodesOff: readonly Electrode[]
  /** `bad` breaks and comes back at random, `down` is gone. */
  link: 'good' | 'bad' | 'down'
}

export interface Parameters extends NumericParameters, SwitchedParameters {}

/** A healthy adult at rest, each one a little different. */
export function healthyAdult(random: Random): Parameters {
  const systolic = random.between(118, 130)
  return {
    heartRate: random.between(60, 78),
    rrVariability: random.between(0.8, 1.2),
    ectopyPerMinute: 0,
    stAnteriorMv: 0,
    stInferiorMv: 0,
    respirationRate: random.between(13, 17),
    systolic,
    diastolic: systolic * random.between(0.6, 0.66),
    spo2: random.between(97, 98.6),
    temperature: random.between(36.5, 37),
    glucose: random.between(90, 115),
    insulinOnBoard: 0,
    skinConductance: random.between(2, 5),
    activity: 0.03,
    pain: 0,
    noiseMv: random.between(0.004, 0.008),
    battery: random.between(70, 100),
    rhythm: 'sinus',
    electrodesOff: [],
    link: 'good',
  }
}
