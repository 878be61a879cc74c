import type { Consciousness } from '@pulsewire/contracts'

/** The seven parameters of NEWS2. */
export const NEWS2_PARAMETERS = [
  'respirationRate',
  'spo2',
  'supplementalOxygen',
  'systolic',
  'pulse',
  'consciousness',
  'temperature',
] as const
export type News2Parameter = (typeof NEWS2_PARAMETERS)[number]

/** A value with the event time at which it was observed, ms. */
export interface Timed<T> {
  readonly value: T
  readonly timeMs: number
}

export interface News2Inputs {
  /** Breaths per minute. */
  readonly respirationRate?: Timed<number>
  /** Percent. */
  readonly spo2?: Timed<number>
  /** 1 = on oxygen, 0 = on air. */
  readonly supplementalOxygen?: Timed<number>
  /** mm[Hg]. */
  readonly systolic?: Timed<number>
  /** Beats per minute. */
  readonly pulse?: Timed<number>
  readonly consciousness?: Timed<Consciousness>
  /** Cel. */
  readonly temperature?: Timed<number>
}

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/**
 * How old an input may be, ms: what a sensor reports by itself goes stale in minutes; what is measured on a round holds until the
 * next one (NEWS2: at least every 12 hours). [K; to be confirmed by the ward]
 */
export const NEWS2_MAX_AGE_MS: Readonly<Record<News2Parameter, number>> = {
  respirationRate: 10 * MINUTE_MS,
  spo2: 10 * MINUTE_MS,
  pulse: 10 * MINUTE_MS,
  systolic: 12 * HOUR_MS,
  temperature: 12 * HOUR_MS,
  consciousness: 12 * HOUR_MS,
  supplementalOxygen: 12 * HOUR_MS,
}

export interface News2Options {
  /** 2 (target 88 to 92 %) by a clinician's decision only. Default 1. */
  readonly spo2Scale?: 1 | 2
  readonly maxAgeMs?: Partial<Readonly<Record<News2Parameter, number>>>
}

export interface News2Score {
  /** The sum of what could be scored: the lower bound of the true score while `complete` is false. */
  readonly score: number
  readonly complete: boolean
  readonly points: Readonly<Partial<Record<News2Parameter, number>>>
  /** Never observed, or (SpO2 on scale 2) not to be scored without knowing whether the patient is on oxygen. */
  readonly missing: readonly News2Parameter[]
  /** Observed, but too long ago. */
  readonly stale: readonly News2Parameter[]
  /** How long ago the stale ones were observed, ms. */
  readonly staleAgeMs: Readonly<Partial<Record<News2Parameter, number>>>
  /** A single parameter has three points: urgent review whatever the sum. */
  readonly singleThree: boolean
  readonly spo2Scale: 1 | 2
}

/**
 * The National Early Warning Score 2 (Royal College of Physicians, 2017) at the event time `nowMs`. Values are rounded to the
 * table's step before they are scored. For patients of 16 years and over, not in pregnancy.
 */
export function news2(inputs: News2Inputs, nowMs: number, options: News2Options = {}): News2Score {
  const spo2Scale = options.spo2Scale ?? 1
  const missing: News2Parameter[] = []
  const stale: News2Parameter[] = []
  const staleAgeMs: Partial<Record<News2Parameter, number>> = {}
  const points: Partial<Record<News2Parameter, number>> = {}

  const fresh = <T>(parameter: News2Parameter, input: Timed<T> | undefined): T | undefined => {
    const maxAgeMs = options.maxAgeMs?.[parameter] ?? NEWS2_MAX_AGE_MS[parameter]
    if (input === undefined) missing.push(parameter)
    else if (nowMs - input.timeMs > maxAgeMs) {
      stale.push(parameter)
      staleAgeMs[parameter] = nowMs - input.timeMs
    } else return input.value
    return undefined
  }
  const score = <T>(
    parameter: News2Parameter,
    value: T | undefined,
    pointsOf: (value: T) => number | undefined,
  ): void => {
    if (value === undefined) return
    const scored = pointsOf(value)
    if (scored === undefined) missing.push(parameter)
    else points[parameter] = scored
  }

  const oxygen = fresh('supplementalOxygen', inputs.supplementalOxygen)
  score('respirationRate', fresh('respirationRate', inputs.respirationRate), respirationPoints)
  score('spo2', fresh('spo2', inputs.spo2), (value) =>
    spo2Scale === 1 ? spo2Scale1Points(value) : spo2Scale2Points(value, oxygen),
  )
  score('supplementalOxygen', oxygen, (value) => (value > 0 ? 2 : 0))
  score('systolic', fresh('systolic', inputs.systolic), systolicPoints)
  score('pulse', fresh('pulse', inputs.pulse), pulsePoints)
  score('consciousness', fresh('consciousness', inputs.consciousness), (value) => (value === 'A' ? 0 : 3))
  score('temperature', fresh('temperature', inputs.temperature), temperaturePoints)

  const given = Object.values(points)
  return {
    score: given.reduce((sum, value) => sum + value, 0),
    complete: missing.length === 0 && stale.length === 0,
    points,
    missing,
    stale,
    staleAgeMs,
    singleThree: given.includes(3),
    spo2Scale,
  }
}

/** Whom NEWS2 was not made for (RCP 2017). */
export type News2Exclusion = 'under-16' | 'pregnant'

/**
 * Why NEWS2 must not be taken of this patient at `nowMs`; `undefined` where it may. An unknown date of birth excludes nobody: a ward
 * for adults is not to lose the score over an empty field.
 */
export function news2Exclusion(
  patient: { readonly dateOfBirth?: string | undefined; readonly pregnant?: boolean | undefined },
  nowMs: number,
): News2Exclusion | undefined {
  if (patient.dateOfBirth !== undefined && ageYears(patient.dateOfBirth, nowMs) < 16) return 'under-16'
  return patient.pregnant === true ? 'pregnant' : undefined
}

/** Whole years from an ISO date to `nowMs`, by the calendar (UTC). */
export function ageYears(dateOfBirth: string, nowMs: number): number {
  const birth = new Date(dateOfBirth)
  const now = new Date(nowMs)
  const hadBirthday =
    now.getUTCMonth() > birth.getUTCMonth() ||
    (now.getUTCMonth() === birth.getUTCMonth() && now.getUTCDate() >= birth.getUTCDate())
  return now.getUTCFullYear() - birth.getUTCFullYear() - (hadBirthday ? 0 : 1)
}

export function respirationPoints(perMinute: number): number {
  const rate = Math.round(perMinute)
  if (rate <= 8) return 3
  if (rate <= 11) return 1
  if (rate <= 20) return 0
  return rate <= 24 ? 2 : 3
}

export function spo2Scale1Points(percent: number): number {
  const spo2 = Math.round(percent)
  if (spo2 <= 91) return 3
  if (spo2 <= 93) return 2
  return spo2 <= 95 ? 1 : 0
}

/** `undefined`: at 93 % and above the points depend on whether the patient is on oxygen, and that is not known. */
export function spo2Scale2Points(percent: number, supplementalOxygen: number | undefined): number | undefined {
  const spo2 = Math.round(percent)
  if (spo2 <= 83) return 3
  if (spo2 <= 85) return 2
  if (spo2 <= 87) return 1
  if (spo2 <= 92) return 0
  if (supplementalOxygen === undefined) return undefined
  if (supplementalOxygen === 0) return 0
  if (spo2 <= 94) return 1
  return spo2 <= 96 ? 2 : 3
}

export function systolicPoints(mmHg: number): number {
  const systolic = Math.round(mmHg)
  if (systolic <= 90) return 3
  if (systolic <= 100) return 2
  if (systolic <= 110) return 1
  return systolic <= 219 ? 0 : 3
}

export function pulsePoints(perMinute: number): number {
  const pulse = Math.round(perMinute)
  if (pulse <= 40) return 3
  if (pulse <= 50) return 1
  if (pulse <= 90) return 0
  if (pulse <= 110) return 1
  return pulse <= 130 ? 2 : 3
}

export function temperaturePoints(celsius: number): number {
  const tenths = tenthsOf(celsius)
  if (tenths <= 350) return 3
  if (tenths <= 360) return 1
  if (tenths <= 380) return 0
  return tenths <= 390 ? 1 : 2
}

/** 35.05 is 35.0499… in binary and must still round up, as it does on paper. */
function tenthsOf(celsius: number): number {
  return Math.round(celsius * 10 + 1e-6)
}
