import {
  flux,
  fluxDateTime,
  fluxExpression,
  toFluxValue,
  type FluxParameterLike,
  type ParameterizedQuery,
} from '@influxdata/influxdb-client'
import { PulsewireError } from '@pulsewire/contracts'
import type { TimeRange } from '../port.ts'
import { decodeTag, encodeTag, PLACES } from './line.ts'

/** Where our own bookkeeping lies: beyond all data and all retention, ordered by the offset in the log, a nanosecond each. */
export const LEDGER_EPOCH_MS = Date.UTC(2200, 0, 1)
/** Offsets that the bookkeeping may have (104 days of nanoseconds). */
const MOST_OFFSETS = 9e15

/** The first and the last instant that data may have. */
export const DATA_RANGE: TimeRange = { from: 0, to: LEDGER_EPOCH_MS }

/** A stored time: whole milliseconds, and the place below. */
export interface Instant {
  readonly ms: number
  readonly place: number
}

/** A range of a query cut to where data may be; `undefined` where nothing is left. */
export function clamped({ from, to }: TimeRange): TimeRange | undefined {
  if (Number.isNaN(from) || Number.isNaN(to)) throw new PulsewireError('PW_REQUEST_INVALID', 'a time is not a number')
  const range = { from: Math.max(DATA_RANGE.from, Math.ceil(from)), to: Math.min(DATA_RANGE.to, Math.ceil(to)) }
  return range.from < range.to ? range : undefined
}

/** `from(bucket) |> range(…)`, with `[from, to)` in ms. */
export function source(bucket: string, { from, to }: TimeRange): ParameterizedQuery {
  const [start, stop] = [fluxDateTime(new Date(from).toISOString()), fluxDateTime(new Date(to).toISOString())]
  return flux`from(bucket: ${bucket}) |> range(start: ${start}, stop: ${stop})`
}

/** The same over offsets of the bookkeeping: `[from, to)`. */
export function ledgerSource(bucket: string, from: number, to: number = MOST_OFFSETS): ParameterizedQuery {
  return flux`from(bucket: ${bucket}) |> range(start: ${ledgerTime(from)}, stop: ${ledgerTime(to)})`
}

function ledgerTime(offset: number): FluxParameterLike {
  return fluxDateTime(ledgerInstant(offset))
}

/** The instant of an offset in the bookkeeping, RFC 3339. */
export function ledgerInstant(offset: number): string {
  const ms = LEDGER_EPOCH_MS + Math.floor(offset / PLACES)
  return `${new Date(ms).toISOString().slice(0, -1)}${String(offset % PLACES).padStart(6, '0')}Z`
}

/** `column == a or column == b …`, for tags whose values come from outside. */
export function oneOf(column: string, values: readonly string[]): FluxParameterLike {
  return anyOf(column, values.map(encodeTag))
}

/** The same without the encoding of tags. */
export function anyOf(column: string, values: readonly (string | number)[]): FluxParameterLike {
  if (values.length === 0) return fluxExpression('false')
  const name = fluxExpression(`r.${column}`)
  return fluxExpression(`(${values.map((value) => flux`${name} == ${value}`.toString()).join(' or ')})`)
}

/** Conditions, all of which must hold. */
export function allOf(
  ...conditions: readonly (FluxParameterLike | ParameterizedQuery | undefined)[]
): FluxParameterLike {
  return fluxExpression(conditions.flatMap((one) => (one === undefined ? [] : [toFluxValue(one)])).join(' and '))
}

/** Reads `_time` (RFC 3339 with up to nine digits after the second). */
export function instantOf(text: string): Instant {
  const seconds = Date.parse(`${text.slice(0, 19)}Z`)
  const digits = text.slice(20, -1).padEnd(9, '0')
  const instant = { ms: seconds + Number(digits.slice(0, 3)), place: Number(digits.slice(3)) }
  if (!Number.isSafeInteger(instant.ms) || !Number.isSafeInteger(instant.place)) {
    throw new PulsewireError('PW_STORE_DAMAGED', `InfluxDB answers the time ${text}`)
  }
  return instant
}

export function tagOf(cell: string): string {
  return decodeTag(cell)
}

/**
 * Whether a place below the millisecond is of a later message than another: places are numbers (of a message in its session, or of a
 * record in the log) modulo 1,000,000.
 */
export function isLater(place: number, than: number): boolean {
  const ahead = (place - than + PLACES) % PLACES
  return ahead > 0 && ahead < PLACES / 2
}
