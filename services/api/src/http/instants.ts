import { PulsewireError } from '@pulsewire/contracts'
import type { TimeRange, VitalsQuery } from '@pulsewire/vitals-store'
import { z } from 'zod'

const EARLIEST_MS = 0
const LATEST_MS = 4_102_444_800_000
const RFC3339 = /^\d{4}-\d{2}-\d{2}([Tt ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?([Zz]|[+-]\d{2}:\d{2}))?$/

/** An instant in a query: RFC 3339 (a date alone is its midnight, UTC) or ms since 1970. Gives ms; `undefined` where it is neither. */
export function parseInstant(text: string): number | undefined {
  const ms = /^\d{1,15}$/.test(text) ? Number(text) : RFC3339.test(text) ? Date.parse(text) : Number.NaN
  return Number.isFinite(ms) && ms >= EARLIEST_MS && ms <= LATEST_MS ? Math.floor(ms) : undefined
}

/** A query parameter that is an instant. A `+` of an offset that was not escaped arrives as a blank: it is taken as what it was meant to be. */
export const instant = z
  .string()
  .max(40)
  .transform((text, context) => {
    const ms = parseInstant(text.replace(/ (\d{2}:\d{2})$/, '+$1'))
    if (ms !== undefined) return ms
    context.addIssue({ code: 'custom', message: 'is neither RFC 3339 nor ms since 1970' })
    return z.NEVER
  })
  .describe('RFC 3339 or ms since 1970')

/** An instant in a body: a number of ms, or RFC 3339. */
export const bodyInstant = z
  .union([z.int().min(EARLIEST_MS).max(LATEST_MS), z.string().max(40)])
  .transform((value, context) => {
    const ms = typeof value === 'number' ? value : parseInstant(value)
    if (ms !== undefined) return ms
    context.addIssue({ code: 'custom', message: 'is neither RFC 3339 nor ms since 1970' })
    return z.NEVER
  })
  .describe('ms since 1970, or RFC 3339')

/** The range `[from, to)` of a query: `to` is now, `from` is `spanMs` before it, where they are not given. */
export function rangeOf(
  query: { from?: number | undefined; to?: number | undefined },
  now: number,
  spanMs: number,
): TimeRange {
  const to = query.to ?? now
  const from = query.from ?? Math.max(0, to - spanMs)
  if (from > to) throw new PulsewireError('PW_REQUEST_INVALID', 'from: lies after to')
  return { from, to }
}

/** `a,b,c` */
export function listOf(item: z.ZodString): z.ZodType<string[], string> {
  return z
    .string()
    .max(4_000)
    .transform((text) => [...new Set(text.split(',').filter((part) => part !== ''))])
    .pipe(z.array(item).max(200))
    .describe('separated by commas')
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }
const UNIT_DAYS: Readonly<Record<string, number>> = { d: 1, w: 7 }

/** `every=1m`: a window of ms, s, m, h; or of calendar days (d, w) in the time zone `tz`. */
export const every = z
  .string()
  .regex(/^[1-9]\d{0,8}(ms|s|m|h|d|w)$/, 'is a number and one of ms, s, m, h, d, w')
  .describe('width of the windows: 30s, 1m, 1h, 1d, 1w')

export const timeZone = z
  .string()
  .max(64)
  .refine(isTimeZone, 'is not an IANA time zone')
  .describe('IANA time zone of the calendar days')

export function windowOf(text: string, tz: string | undefined): NonNullable<VitalsQuery['every']> {
  const count = Number.parseInt(text, 10)
  const unit = text.replace(/^\d+/, '')
  const days = UNIT_DAYS[unit]
  const width = days === undefined ? count * (UNIT_MS[unit] ?? 1) : count * days
  if (days !== undefined && width > 3_660) throw new PulsewireError('PW_REQUEST_INVALID', 'every: at most ten years')
  return days === undefined ? { ms: width } : { days: width, timeZone: tz ?? 'UTC' }
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}
