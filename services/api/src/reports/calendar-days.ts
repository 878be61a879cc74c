import type { TimeRange } from '@pulsewire/vitals-store'

const HOUR_MS = 3_600_000

/** The calendar days of a time zone that a range touches, cut to it. */
export function calendarDays({ from, to }: TimeRange, timeZone: string): TimeRange[] {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' })
  const days: { from: number; to: number }[] = []
  let [start, day] = [from, format.format(from)]
  // Midnights of all zones lie on a quarter of an hour.
  for (let at = Math.floor(from / (HOUR_MS / 4)) * (HOUR_MS / 4); at < to; at += HOUR_MS / 4) {
    const date = format.format(at)
    if (date === day || at <= from) continue
    days.push({ from: start, to: at })
    ;[start, day] = [at, date]
  }
  return start < to ? [...days, { from: start, to }] : days
}
