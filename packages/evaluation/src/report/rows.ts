import type { Estimate } from '../score/statistics.ts'

/** One line of the table. */
export interface Row {
  readonly group: string
  readonly what: string
  /** Records, and what was counted. */
  readonly on: string
  readonly reached: string
  /** The same on the records that were tuned on, and on those held out. */
  readonly tuned?: string
  readonly heldOut?: string
  readonly goal?: string
  readonly toBeat?: string
  /** Whether the goal is reached; absent where there is none. */
  readonly met?: boolean
  readonly note?: string
}

export function percent(value: number, digits = 2): string {
  return Number.isNaN(value) ? '–' : (100 * value).toFixed(digits)
}

/** `99.84 (99.71–99.92)` */
export function percentWithInterval({ value, low, high }: Estimate, digits = 2): string {
  if (Number.isNaN(value)) return '–'
  return Number.isNaN(low)
    ? percent(value, digits)
    : `${percent(value, digits)} (${percent(low, digits)}–${percent(high, digits)})`
}

export function withInterval({ value, low, high }: Estimate, digits = 1): string {
  if (Number.isNaN(value)) return '–'
  return `${value.toFixed(digits)} (${low.toFixed(digits)}–${high.toFixed(digits)})`
}
