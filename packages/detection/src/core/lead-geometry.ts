import { ageYears } from '@pulsewire/early-warning'
import type { PatientContext } from '../types.ts'

/**
 * New J-point elevation that counts, mV, by lead, sex and age (fourth universal definition of myocardial infarction, Thygesen 2018,
 * doi 10.1016/j.jacc.2018.08.1038). Sex or age unknown: the least sensitive of what may apply is not taken, but that of a man of 40
 * or more, as the monitors do. [K]
 */
export function elevationThresholdMv(
  lead: string,
  patient: Pick<PatientContext, 'sex' | 'dateOfBirth'>,
  atMs: number,
): number {
  // A date that is none gives no age: younger than nothing.
  const { dateOfBirth } = patient
  const youngerThan = (years: number): boolean => dateOfBirth !== undefined && ageYears(dateOfBirth, atMs) < years
  const man = patient.sex !== 'female'
  switch (lead) {
    case 'V2':
    case 'V3':
      if (!man) return 0.15
      return youngerThan(40) ? 0.25 : 0.2
    case 'V7':
    case 'V8':
    case 'V9':
      return man && youngerThan(40) ? 0.1 : 0.05
    case 'V3R':
    case 'V4R':
      return man && youngerThan(30) ? 0.1 : 0.05
    default:
      return 0.1
  }
}

/**
 * Walls of the heart, each as the leads that look at it in order; neighbours are contiguous. Limb leads in the order of Cabrera
 * (aVL, I, −aVR, II, aVF, III), without the steps that skip a lead, but for the inferior ones, which are one group. [K]
 */
const CHEST = ['V4R', 'V3R', 'V1', 'V2', 'V3', 'V4', 'V5', 'V6', 'V7', 'V8', 'V9']
const INFERIOR: readonly string[] = ['II', 'III', 'aVF']
const LIMB_PAIRS: readonly (readonly [string, string])[] = [
  ['aVL', 'I'],
  ['I', 'aVR'],
  ['aVR', 'II'],
]
/** MLII and the like sit where II sits. */
const ALIASES: Readonly<Record<string, string>> = { MLI: 'I', MLII: 'II', MLIII: 'III', MCL1: 'V1' }

/**
 * Whether two leads look at neighbouring parts of the heart. Chest leads with one between them count where that one is not among the
 * `measured` (its electrode is off, or the node has none): what lies between cannot be asked then.
 */
export function areContiguous(a: string, b: string, measured: readonly string[] = CHEST): boolean {
  const [first, second] = [ALIASES[a] ?? a, ALIASES[b] ?? b]
  if (first === second) return false
  if (INFERIOR.includes(first) && INFERIOR.includes(second)) return true
  const [i, j] = [CHEST.indexOf(first), CHEST.indexOf(second)]
  if (i >= 0 && j >= 0) {
    const between = CHEST[(i + j) / 2]
    return Math.abs(i - j) === 1 || (Math.abs(i - j) === 2 && between !== undefined && !measured.includes(between))
  }
  return LIMB_PAIRS.some(([x, y]) => (x === first && y === second) || (x === second && y === first))
}

/** Those of the leads that have a contiguous one among them; `measured` = all leads that can be measured now. */
export function contiguousAmong(leads: readonly string[], measured: readonly string[]): string[] {
  return leads.filter((lead) => leads.some((other) => areContiguous(lead, other, measured)))
}

/** `V2–V5`, `II, III, aVF`: the region in words. */
export function regionOf(leads: readonly string[]): string {
  const names = leads.map((lead) => ALIASES[lead] ?? lead)
  if (names.some((lead) => INFERIOR.includes(lead))) return 'inferior'
  if (names.some((lead) => ['V1', 'V2', 'V3', 'V4'].includes(lead))) return 'anterior'
  if (names.some((lead) => ['V7', 'V8', 'V9'].includes(lead))) return 'posterior'
  if (names.some((lead) => ['V3R', 'V4R'].includes(lead))) return 'right ventricular'
  return 'lateral'
}
