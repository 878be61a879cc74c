import type { Limits } from './registry.ts'

/** Whom a set of limits is for. */
export const LIMIT_PROFILE_NAMES = ['adult', 'copd', 'child', 'infant', 'newborn'] as const
export type LimitProfile = (typeof LIMIT_PROFILE_NAMES)[number]

const ADULT: Limits = {
  heartRate: { low: 50, high: 120 },
  pulseRate: { low: 50, high: 120 },
  spo2: { low: 90 },
  respirationRate: { low: 8, high: 30 },
  systolic: { low: 90, high: 180 },
  diastolic: { low: 50, high: 110 },
  temperature: { low: 35, high: 39 },
  glucose: { low: 70, high: 250 },
}

/**
 * Limits to begin with. `copd` is the adult whose saturation is meant to be 88 to 92 %; a child is 1 to 11 years old, an infant under
 * one, a newborn under 28 days. [K: common defaults of marketed monitors and paediatric references; to be confirmed by the ward]
 */
export const LIMIT_PROFILES: Readonly<Record<LimitProfile, Limits>> = {
  adult: ADULT,
  copd: { ...ADULT, spo2: { low: 86 } },
  child: {
    ...ADULT,
    heartRate: { low: 65, high: 150 },
    pulseRate: { low: 65, high: 150 },
    respirationRate: { low: 14, high: 40 },
    systolic: { low: 75, high: 125 },
    diastolic: { low: 40, high: 85 },
  },
  infant: {
    ...ADULT,
    heartRate: { low: 90, high: 180 },
    pulseRate: { low: 90, high: 180 },
    respirationRate: { low: 20, high: 60 },
    systolic: { low: 65, high: 110 },
    diastolic: { low: 30, high: 75 },
    temperature: { low: 36, high: 38.5 },
  },
  newborn: {
    ...ADULT,
    heartRate: { low: 100, high: 200 },
    pulseRate: { low: 100, high: 200 },
    spo2: { low: 88 },
    respirationRate: { low: 25, high: 70 },
    systolic: { low: 50, high: 95 },
    diastolic: { low: 25, high: 60 },
    temperature: { low: 36, high: 38 },
    glucose: { low: 45, high: 180 },
  },
}

/** Limits where nobody has set others. */
export const DEFAULT_LIMITS: Limits = LIMIT_PROFILES.adult
