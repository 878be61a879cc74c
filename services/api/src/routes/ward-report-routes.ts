import { PulsewireError } from '@pulsewire/contracts'
import { createBurdenMeter, ringingOf } from '@pulsewire/early-warning'
import { patientAt } from '@pulsewire/registry'
import { z } from 'zod'
import type { ApiContext } from '../context.ts'
import { instant, rangeOf, timeZone } from '../http/instants.ts'
import { route, type Route } from '../http/route.ts'
import { calendarDays } from '../reports/calendar-days.ts'
import { pastAlarms } from '../reports/past-alarms.ts'
import { lengthMs } from '../reports/spans.ts'
import { commandsIn, patientChanges } from '../reports/staff-log.ts'
import { patientsOfUnit } from '../reports/unit.ts'
import { monitoredIn, shareOf, wardStatistics } from '../reports/ward-statistics.ts'
import { wardReportAnswer } from './ward-report-shapes.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const LONGEST_MS = 92 * DAY_MS
/** Up to here a silence is told to five minutes, beyond to the hour. */
const FINE_UP_TO_MS = 2 * DAY_MS
/** A standby that began so long before the range is still known. */
const LOOK_BACK_MS = 14 * DAY_MS
const MOST_QUARANTINED = 10_000
const QUARANTINE_PAGE = 200

export function wardReportRoutes(context: ApiContext): Route[] {
  const { log, store, registry, views, now } = context

  /** How many messages of each device were quarantined in a range. Their payloads are not wanted. */
  const quarantinedIn = async (range: { from: number; to: number }): Promise<Map<string, number>> => {
    const counts = new Map<string, number>()
    let read = 0
    let pageFrom: number | undefined = range.from
    while (pageFrom !== undefined && read < MOST_QUARANTINED) {
      const page: Awaited<ReturnType<typeof store.quarantine>> = await store.quarantine({
        ...range,
        from: pageFrom,
        limit: QUARANTINE_PAGE,
      })
      for (const { device } of page.entries) counts.set(device, (counts.get(device) ?? 0) + 1)
      read += page.entries.length
      pageFrom = page.next
    }
    return counts
  }

  return [
    route({
      method: 'GET',
      path: '/reports/ward',
      tag: 'reports',
      summary: 'Occupancy, the devices’ state, and how complete the data is; nothing that was measured of a patient',
      access: 'read-accounting',
      query: z.strictObject({
        from: instant.optional().describe('default: 30 days before `to`'),
        to: instant.optional(),
        unit: z.string().min(1).max(200).optional().describe('patients whose place begins with this'),
        tz: timeZone.optional().describe('IANA time zone of the days; default UTC'),
      }),
      response: wardReportAnswer,
      handle: async ({ query }) => {
        const { from, to } = rangeOf(query, now(), 30 * DAY_MS)
        if (to - from > LONGEST_MS) {
          throw new PulsewireError('PW_REQUEST_INVALID', 'from: a report covers at most 92 days')
        }
        const { tz = 'UTC', unit } = query
        // What has not happened yet is missing nowhere.
        const range = { from, to: Math.max(from, Math.min(to, now())) }
        const everyMs = range.to - range.from <= FINE_UP_TO_MS ? HOUR_MS / 12 : HOUR_MS
        const patients = patientsOfUnit(registry, { unit })
        const ids = new Set(patients.map(({ id }) => id))
        const [coverage, commands, changes, quarantined] = await Promise.all([
          store.coverage({ ...range, patients: [...ids], everyMs }),
          commandsIn(log, { from: range.from - LOOK_BACK_MS, to: range.to }, ids),
          patientChanges(log, ids),
          quarantinedIn(range),
        ])
        const { associations } = registry.state
        const record = {
          ...range,
          everyMs,
          patients,
          monitoringOf: (patient: string) => views.alarms.monitoringOf(patient),
          monitoring: commands.filter((command) => command.type === 'monitoring'),
          associations: [...associations.values()].map(({ entity }) => entity),
          coverage: coverage.series,
          delays: coverage.delays,
        }
        const statistics = wardStatistics(record)

        const meter = createBurdenMeter({ fromMs: range.from, toMs: range.to })
        const days = calendarDays(range, tz).map((day) => ({ ...day, alarms: 0 }))
        for await (const alarm of pastAlarms(context, range, { patients: ids })) {
          meter.take(alarm)
          const rang = ringingOf(alarm)?.firstMs ?? -1
          const day = days.find((one) => rang >= one.from && rang < one.to)
          if (day !== undefined) day.alarms++
        }
        const monitoredMs = statistics.patients.reduce((sum, { monitored }) => sum + lengthMs(monitored), 0)
        const standbyMs = statistics.patients.reduce((sum, one) => sum + one.standbyMs, 0)
        const beds = new Set(patients.flatMap(({ place }) => (place === undefined ? [] : [place]))).size
        const placeOf = new Map(patients.map(({ id, place }) => [id, place]))
        const within = ({ at }: { at: number }) => at >= range.from && at < range.to
        const { rows, confirmed, medianToAcknowledgeMs, p90ToAcknowledgeMs, ...burden } = meter.report(
          monitoredMs / DAY_MS,
        )
        const ofPriority = (priority: string) =>
          rows.filter((row) => row.priority === priority).reduce((sum, row) => sum + row.alarms, 0)
        const place = (patient: string | undefined) => {
          const known = patient === undefined ? undefined : placeOf.get(patient)
          return known === undefined ? {} : { place: known }
        }

        const devices = await Promise.all(
          statistics.devices.map(async ({ device, patients: worn, delay, ...use }) => {
            const status = views.devices.statusOf(device)
            const model = registry.state.devices.get(device)?.entity.model ?? status?.model
            const lastSeenAt = views.devices.lastSeenAt(device)
            const wornBy = patientAt(registry.state, device, now())
            const gaps = await store.gaps(device)
            return {
              id: device,
              ...(model === undefined ? {} : { model }),
              ...(status?.firmware === undefined ? {} : { firmware: status.firmware }),
              ...(status === undefined ? {} : { state: status.state }),
              ...(status?.battery === undefined ? {} : { battery: status.battery }),
              ...(lastSeenAt === undefined ? {} : { lastSeenAt }),
              ...place(wornBy ?? worn[0]),
              wornNow: wornBy !== undefined,
              expectedHours: use.expectedMs / HOUR_MS,
              heardShare: use.heardMs / use.expectedMs,
              silentSpells: use.silentSpells,
              longestSilenceMs: use.longestSilenceMs,
              missingMessages: gaps.reduce((sum, gap) => sum + gap.to - gap.from + 1, 0),
              quarantined: quarantined.get(device) ?? 0,
              ...(delay === undefined
                ? {}
                : { messages: delay.messages, late: delay.late, p50DelayMs: delay.p50Ms, p90DelayMs: delay.p90Ms }),
            }
          }),
        )
        return {
          ...range,
          tz,
          windowMs: everyMs,
          beds,
          patients: patients.length,
          occupancy: {
            monitoredHours: monitoredMs / HOUR_MS,
            atOnce: range.to > range.from ? monitoredMs / (range.to - range.from) : 0,
            ...(beds === 0 || range.to === range.from
              ? {}
              : { share: Math.min(1, monitoredMs / (beds * (range.to - range.from))) }),
            standbyHours: standbyMs / HOUR_MS,
          },
          admissions: changes.filter((change) => change.before === undefined && within(change)).length,
          discharges: commands.filter(
            (command) => command.type === 'monitoring' && command.state === 'discharged' && within(command),
          ).length,
          byDay: days.map((day) => ({
            ...day,
            monitoredHours: monitoredIn(statistics.patients, day) / HOUR_MS,
          })),
          alarms: {
            alarms: burden.alarms,
            perBedDay: burden.alarmsPerBedDay,
            high: ofPriority('high'),
            medium: ofPriority('medium'),
            low: ofPriority('low'),
            judged: confirmed.of,
            acknowledged: burden.acknowledged,
            ...(medianToAcknowledgeMs === undefined ? {} : { medianToAcknowledgeMs }),
            ...(p90ToAcknowledgeMs === undefined ? {} : { p90ToAcknowledgeMs }),
          },
          devices,
          completeness: {
            ...shareOf(statistics.series),
            patients: statistics.patients.map(({ patient, monitored, share }) => ({
              patient,
              ...place(patient),
              monitoredHours: lengthMs(monitored) / HOUR_MS,
              ...(share === undefined ? {} : { share }),
            })),
            series: statistics.series.map(({ expectedMs, ...one }) => ({
              ...one,
              ...place(one.patient),
              expectedHours: expectedMs / HOUR_MS,
            })),
          },
          ...(coverage.damaged === undefined ? {} : { damaged: [...coverage.damaged] }),
        }
      },
    }),
  ]
}
