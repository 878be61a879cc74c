import type { NumericVitalCode } from '@pulsewire/contracts'

/** What a sensor reports all the time must stay outside for a while; a single measurement counts at once. */
export const CONTINUOUS_LIMIT_DELAY_MS = 10_000
const CONTINUOUS: ReadonlySet<string> = new Set(['heartRate', 'pulseRate', 'spo2', 'respirationRate', 'meanArterial'])

/** How far inside a value must be for the violation to end. [K: about the resolution of the measurement, twice] */
const HYSTERESIS: Readonly<Partial<Record<NumericVitalCode, number>>> = {
  heartRate: 2,
  pulseRate: 2,
  spo2: 1,
  respirationRate: 1,
  systolic: 3,
  diastolic: 3,
  meanArterial: 3,
  temperature: 0.1,
  glucose: 5,
}

/** How long a vital of a sensor must be outside its limit, ms. */
export function limitDelayOf(code: NumericVitalCode): number {
  return CONTINUOUS.has(code) ? CONTINUOUS_LIMIT_DELAY_MS : 0
}

export function limitHysteresisOf(code: NumericVitalCode): number {
  return HYSTERESIS[code] ?? 0
}
