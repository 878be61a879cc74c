import type { TimeRange, VitalsStore } from '@pulsewire/vitals-store'
import { createWorkLimit } from '../auth/work-limit.ts'

/** What a sensor reports all the time: where one of these comes, the patient is monitored. */
const CONTINUOUS = ['heartRate', 'heartRate.ecg', 'pulseRate', 'spo2', 'respirationRate', 'glucose'] as const

const QUARTER_MS = 15 * 60_000
const HOUR_MS = 60 * 60_000
const DAY_MS = 24 * HOUR_MS
/** Beyond this, by the hour. */
const FINE_UP_TO_MS = 31 * DAY_MS
const AT_ONCE = 4

/**
 * For how long each patient was monitored, in days. A quarter of an hour (an hour in ranges of more than 31 days) counts where any value came of what a
 * sensor reports all the time.
 */
export async function bedDays(
  store: VitalsStore,
  patients: Iterable<string>,
  range: TimeRange,
): Promise<ReadonlyMap<string, number>> {
  const widthMs = range.to - range.from > FINE_UP_TO_MS ? HOUR_MS : QUARTER_MS
  const limited = createWorkLimit(AT_ONCE, Number.POSITIVE_INFINITY)
  const days = [...patients].map(async (patient): Promise<[string, number]> => {
    const ms = await limited.run(() => monitoredMs(store, patient, range, widthMs))
    return [patient, ms / DAY_MS]
  })
  return new Map(await Promise.all(days))
}

async function monitoredMs(
  store: VitalsStore,
  patient: string,
  { from, to }: TimeRange,
  widthMs: number,
): Promise<number> {
  const seen = new Set<number>()
  let pageFrom: number | undefined = from
  while (pageFrom !== undefined && pageFrom < to) {
    const page: Awaited<ReturnType<VitalsStore['vitals']>> = await store.vitals({
      patient,
      codes: CONTINUOUS,
      from: pageFrom,
      to,
      every: { ms: widthMs },
      fn: 'count',
    })
    for (const { points } of page.series) {
      for (const { time, value } of points) {
        if (value !== 0) seen.add(Math.floor(time / widthMs))
      }
    }
    pageFrom = page.next
  }
  let monitored = 0
  for (const window of seen) {
    const start = window * widthMs
    monitored += Math.max(0, Math.min(to, start + widthMs) - Math.max(from, start))
  }
  return monitored
}
