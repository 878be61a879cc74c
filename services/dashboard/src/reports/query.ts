/** What a report is about, as its address says: `#/reports/burden?days=7&unit=Ward%203`, or with `from` and `to` as days. */
export interface ReportQuery {
  readonly days: number
  /** A day, `YYYY-MM-DD`, by the screen's clock; both or none. */
  readonly from?: string
  readonly to?: string
  readonly unit?: string
}

const DAY_MS = 86_400_000
const DAY = /^\d{4}-\d\d-\d\d$/
export const SPANS = [1, 7, 30, 90] as const

/** Reads the part of an address after its `?`. What is no number, no day or the wrong way round is left out. */
export function readQuery(hash: string, fallbackDays: number): ReportQuery {
  const search = new URLSearchParams(hash.includes('?') ? hash.slice(hash.indexOf('?') + 1) : '')
  const days = Number(search.get('days'))
  const [from, to] = [search.get('from') ?? '', search.get('to') ?? '']
  const unit = search.get('unit') ?? ''
  return {
    days: Number.isInteger(days) && days >= 1 && days <= 90 ? days : fallbackDays,
    ...(DAY.test(from) && DAY.test(to) && from <= to ? { from, to } : {}),
    ...(unit === '' ? {} : { unit }),
  }
}

/** The part of an address after its `?`, as `readQuery` reads it. */
export function writeQuery({ days, from, to, unit }: ReportQuery): string {
  const range: Record<string, string> = from !== undefined && to !== undefined ? { from, to } : { days: String(days) }
  return new URLSearchParams({ ...range, ...(unit === undefined ? {} : { unit }) }).toString()
}

/** The range of a query, ms: days of the screen's clock, the last one included; or so many days until now. */
export function rangeOfQuery({ days, from, to }: ReportQuery, nowMs: number): { from: number; to: number } {
  if (from !== undefined && to !== undefined) return { from: startOf(from, 0), to: startOf(to, 1) }
  return { from: nowMs - days * DAY_MS, to: nowMs }
}

function startOf(day: string, later: number): number {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number)
  return new Date(year, month - 1, date + later).getTime()
}

/** The day of an instant by the screen's clock, `YYYY-MM-DD`. */
export function dayOf(ms: number): string {
  const at = new Date(ms)
  const two = (value: number) => String(value).padStart(2, '0')
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
}

/** The unit that a place names before its bed: `Ward 3, bed 1` → `Ward 3`, `ICU 7` → `ICU`. */
export function unitsOf(places: Iterable<string | undefined>): string[] {
  const units = [...places].flatMap((place) => {
    const unit = place?.replace(/[,;:]?\s*(\b(bed|room)\b)?\s*(\d+[a-z]?)?\s*$/i, '').trim()
    return unit === undefined || unit === '' ? [] : [unit]
  })
  return [...new Set(units)].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
}
