import type { Limits } from '@pulsewire/contracts'
import { NUMERIC_VITALS, isNumericVital, type NumericVitalCode } from '@pulsewire/contracts/vitals'

/** What was typed, by `code.side`; an empty text = this side is not watched. */
export type LimitEdits = Readonly<Record<string, string>>

export type EditedLimits =
  | { limits: Limits; changed: boolean; problem?: undefined }
  | { limits?: undefined; problem: string; changed?: undefined }

/** What must be typed to come from the limits in force to others: only where they differ, for the vitals that can be edited. */
export function editsTowards(wanted: Limits, inForce: Limits, codes: readonly NumericVitalCode[]): LimitEdits {
  const edits: Record<string, string> = {}
  for (const code of codes) {
    for (const side of ['low', 'high'] as const) {
      const value = wanted[code]?.[side]
      if (value !== inForce[code]?.[side]) edits[`${code}.${side}`] = value === undefined ? '' : String(value)
    }
  }
  return edits
}

/** The limits in force with what was typed: plausible, low below high, or what is wrong. */
export function editLimits(inForce: Limits, edits: LimitEdits): EditedLimits {
  const limits: Limits = { ...inForce }
  let changed = false
  for (const [field, text] of Object.entries(edits)) {
    const [code, side] = field.split('.')
    if (code === undefined || !isNumericVital(code) || (side !== 'low' && side !== 'high')) continue
    const { label, minimum, maximum } = NUMERIC_VITALS[code]
    const { [side]: before, ...other } = limits[code] ?? {}
    if (text.trim() === '') {
      limits[code] = other
      changed ||= before !== undefined
      continue
    }
    const value = Number(text.replace(',', '.'))
    if (!Number.isFinite(value) || value < minimum || value > maximum) {
      return { problem: `${label}: ${side} must be a number from ${minimum} to ${maximum}` }
    }
    limits[code] = { ...other, [side]: value }
    changed ||= value !== before
  }
  for (const [code, limit] of Object.entries(limits)) {
    if (limit?.low !== undefined && limit.high !== undefined && limit.low >= limit.high && isNumericVital(code)) {
      return { problem: `${NUMERIC_VITALS[code].label}: low must be below high` }
    }
  }
  return { limits, changed }
}
