import { PulsewireError } from '@pulsewire/contracts'
import type { TimeRange } from '@pulsewire/vitals-store'
import type { RegistryView } from '@pulsewire/registry'
import { z } from 'zod'
import { timeZone } from '../http/instants.ts'

const SETTING = 'ward-shifts'
const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS

/** When the ward's shifts begin, by its own clock. */
export const shiftTimes = z.strictObject({
  timeZone: timeZone.describe('IANA time zone of the ward'),
  startsAt: z
    .array(z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'is a time as 06:00'))
    .min(1)
    .max(6)
    .refine((times) => new Set(times).size === times.length, 'names a time twice'),
})
export type ShiftTimes = z.output<typeof shiftTimes>

/** Early, late and night, by the clock of the machine, until somebody says otherwise. */
function defaultTimes(): ShiftTimes {
  return { timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone, startsAt: ['06:00', '14:00', '22:00'] }
}

/** The ward's shift times as the registry has them. */
export function shiftTimesOf({ state }: Pick<RegistryView, 'state'>): ShiftTimes {
  const value = state.settings.get(SETTING)?.entity.value
  if (value === undefined) return defaultTimes()
  const known = shiftTimes.safeParse(JSON.parse(value))
  if (!known.success) throw new PulsewireError('PW_INTERNAL', `the setting ${SETTING} cannot be read`)
  return known.data
}

/** Sets them, whatever they were; answers them in order. */
export async function setShiftTimes(registry: RegistryView, wanted: ShiftTimes, by: string): Promise<ShiftTimes> {
  const times = { ...wanted, startsAt: wanted.startsAt.toSorted() }
  const expectedVersion = registry.state.settings.get(SETTING)?.version ?? 0
  await registry.change({ kind: 'setting', id: SETTING, value: JSON.stringify(times) }, { expectedVersion, by })
  return times
}

/** The shift in which an instant lies. Where clocks change in the night, one is an hour longer or shorter. */
export function shiftAt(atMs: number, { timeZone: zone, startsAt }: ShiftTimes): TimeRange {
  const starts = [-1, 0, 1]
    .flatMap((days) => startsAt.map((time) => startOn(atMs + days * DAY_MS, time, zone)))
    .toSorted((a, b) => a - b)
  const next = starts.findIndex((start) => start > atMs)
  return { from: starts[next - 1] ?? atMs, to: starts[next] ?? atMs }
}

/** The instant at which the clock of a zone shows `time` on the day of `atMs` there. */
function startOn(atMs: number, time: string, zone: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number)
  const midnight = Math.floor(wallClock(atMs, zone) / DAY_MS) * DAY_MS
  const wanted = midnight + (hours * 60 + minutes) * MINUTE_MS
  // The offset at the first guess may be another than at the answer: look twice.
  const guess = wanted - (wallClock(wanted, zone) - wanted)
  return guess - (wallClock(guess, zone) - wanted)
}

/** What the clock of a zone shows, as ms of a day without time zones. */
function wallClock(atMs: number, timeZone: string): number {
  const format = new Intl.DateTimeFormat('en', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  const parts = new Map(format.formatToParts(atMs).map(({ type, value }) => [type, Number(value)]))
  const of = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0
  return Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'))
}
