import type { QualityReason } from '@pulsewire/ecg'

/** `14:01:40`, UTC, as it stands in messages. */
export function clockTime(epochMs: number): string {
  return new Date(epochMs).toISOString().slice(11, 19)
}

/** A number with its sign and two digits: `+0.24`. */
export function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(2)}`
}

/** `II, III, aVF` */
export function list(words: readonly string[]): string {
  return words.join(', ')
}

/** What is wrong with a signal, as it is said to staff. */
const SIGNAL_WORDS: Readonly<Record<QualityReason, string>> = {
  flat: 'flat line',
  saturated: 'signal at its limit',
  noise: 'noise of muscles, movement or a loose electrode',
  'power-line': 'hum of the mains',
  missing: 'samples missing',
  'low-amplitude': 'signal too small',
  implausible: 'not in millivolts, or not of a heart',
}

/** `hum of the mains, signal too small` */
export function signalWords(reasons: readonly QualityReason[]): string {
  return list(reasons.map((reason) => SIGNAL_WORDS[reason]))
}

/** The parameters of NEWS2 as a nurse says them. */
const PARAMETERS: Readonly<Record<string, string>> = {
  respirationRate: 'respiration',
  spo2: 'SpO2',
  supplementalOxygen: 'oxygen',
  systolic: 'blood pressure',
}

/** `supplementalOxygen, consciousness` → `oxygen, consciousness` */
export function parameterList(names: readonly string[]): string {
  return list(names.map((name) => PARAMETERS[name] ?? name))
}

/** To three digits after the point, for evidence that is read by people. */
export function rounded(value: number, digits = 3): number {
  const factor = 10 ** digits
  return Math.round(value * factor) / factor
}

/** How long ago, as one says it: `25 min`, `13 h`. */
export function ageWords(ageMs: number): string {
  const minutes = Math.floor(ageMs / 60_000)
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h`
}
