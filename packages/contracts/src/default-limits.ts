import type { Limits } from './registry.ts'

/** Limits of an adult where nobody has set others. [K: common defaults of marketed monitors; to be confirmed by the ward] */
export const DEFAULT_LIMITS: Limits = {
  heartRate: { low: 50, high: 120 },
  pulseRate: { low: 50, high: 120 },
  spo2: { low: 90 },
  respirationRate: { low: 8, high: 30 },
  systolic: { low: 90, high: 180 },
  diastolic: { low: 50, high: 110 },
  temperature: { low: 35, high: 39 },
  glucose: { low: 70, high: 250 },
}
