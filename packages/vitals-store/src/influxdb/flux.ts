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
  return flux`from(bucket: ${literal(bucket)}) |> range(start: ${start}, stop: ${stop})`
}

/** The same over offsets of the bookkeeping: `[from, to)`. */
export function ledgerSource(bucket: string, from: number, to: number = MOST_OFFSETS): ParameterizedQuery {
  return flux`from(bucket: ${literal(bucket)}) |> range(start: ${ledgerTime(from)}, stop: ${ledgerTime(to)})`
}

function ledgerTime(offset: number): FluxParameterLike {
  return fluxDateTime(ledgerInstant(offset))
}

/** The instant of an offset in the bookkeeping, RFC 3339. */
export function ledgerInstant(offset: number): string {
  const ms = LEDGER_EPOCH_MS + Math.floor(offset / PLACES)
  return `${new Date(ms).toISOString().slice(0, -1)}${String(offset % PLACES).padStart(6, '0')}Z`
}

/**
 * A text from outside as a literal of Flux: everything but plain letters and digits by its code. The client's own escaping is not enough: Flux
 * reads `$\\"` otherwise than the client means it, so that a text could end early and go on as a query.
 */
export function literal(text: string): FluxParameterLike {
  return fluxExpression(`"${text.replaceAll(/[^\w\u0080-\uffff]/g, byCode)}"`)
}

function byCode(character: string): string {
  return `\\x${(character.codePointAt(0) ?? 0).toString(16).padStart(2, '0')}`
}

/** More values than this are looked for by a regular expression: a condition each is tried on every series. */
const MANY = 20
/** What stands for itself in a regular expression of Flux, but for the dot. */
const PLAIN = /^[\w.-]+$/

/** Whether a tag is one of some values, which come from outside. */
export function oneOf(column: string, values: readonly string[]): FluxParameterLike {
  const tags = values.map(encodeTag)
  if (tags.length <= MANY) return anyOf(column, tags)
  const plain = tags.filter((tag) => PLAIN.test(tag)).map((tag) => tag.replaceAll('.', '[.]'))
  const others = tags.filter((tag) => !PLAIN.test(tag))
  const listed = plain.length === 0 ? [] : [`r.${column} =~ /^(${plain.join('|')})$/`]
  return eitherOf([...listed, ...(others.length === 0 ? [] : [toFluxValue(anyOf(column, others))])])
}

/** Whether a column is one of some values, as they are. */
export function anyOf(column: string, values: readonly (string | number)[]): FluxParameterLike {
  const name = fluxExpression(`r.${column}`)
  return eitherOf(
    values.map((value) => toFluxValue(flux`${name} == ${typeof value === 'string' ? literal(value) : value}`)),
  )
}

/** Conditions of Flux, one of which must hold. As a tree, since Flux refuses to compile a long chain (“nested too deep”). */
export function eitherOf(conditions: readonly string[]): FluxParameterLike {
  return fluxExpression(conditions.length === 0 ? 'false' : orTree(conditions))
}

function orTree(conditions: readonly string[]): string {
  if (conditions.length === 1) return conditions[0] ?? 'false'
  const middle = conditions.length >> 1
  return `(${orTree(conditions.slice(0, middle))} or ${orTree(conditions.slice(middle))})`
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
