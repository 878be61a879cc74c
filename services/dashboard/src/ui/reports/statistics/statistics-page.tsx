import type { Answer } from '../../../api/client.ts'
import { hoursText, lasting, number, percent } from '../../../reports/format.ts'
import { rangeOfQuery } from '../../../reports/query.ts'
import { endOfMinute } from '../../../vitals/clock.ts'
import { useStation } from '../../hooks.ts'
import { Figure, ReportState } from '../figure.tsx'
import { RangeChooser } from '../range-chooser.tsx'
import { screenZone, useLoaded, useReportQuery } from '../use-report.ts'
import { Completeness } from './completeness.tsx'
import { DayBars } from './day-bars.tsx'
import { DeviceTable } from './device-table.tsx'

export type WardReport = Answer<'GET /reports/ward'>

/** How a ward is used and how well its devices and data do: for who manages it. No value of a patient is on it. */
export function StatisticsPage() {
  const station = useStation()
  const [query, change] = useReportQuery('statistics', 30)
  const { from, to } = rangeOfQuery(query, endOfMinute(station.serverNow()))
  const { value, problem, busy } = useLoaded(JSON.stringify(query), () =>
    station.api.call('GET /reports/ward', {
      query: {
        from: String(from),
        to: String(to),
        tz: screenZone(),
        ...(query.unit === undefined ? {} : { unit: query.unit }),
      },
    }),
  )
  return (
    <>
      <RangeChooser query={query} change={change} />
      <ReportState busy={busy} problem={problem} what="The statistics" />
      {value && (
        <>
          {value.damaged && (
            <p class="warning" role="alert">
              {value.damaged.length} parts of the store could not be read: they are missing in these figures.
            </p>
          )}
          <Totals report={value} />
          <DayBars days={value.byDay} beds={value.beds} />
          <DeviceTable report={value} />
          <Completeness report={value} />
        </>
      )}
    </>
  )
}

function Totals({ report }: { report: WardReport }) {
  const { occupancy, alarms, completeness, beds, patients, windowMs } = report
  const windows = lasting(windowMs)
  const heard = report.devices.reduce((sum, device) => sum + device.heardShare * device.expectedHours, 0)
  const expected = report.devices.reduce((sum, device) => sum + device.expectedHours, 0)
  const late = report.devices.reduce((sum, device) => sum + (device.late ?? 0), 0)
  const messages = report.devices.reduce((sum, device) => sum + (device.messages ?? 0), 0)
  return (
    <section aria-label="In sum">
      <dl class="figures">
        <Figure
          label="Occupancy"
          value={percent(occupancy.share)}
          meaning={`Bed hours with a monitored patient, of ${beds} beds (different places of ${patients} patients)`}
        />
        <Figure
          label="Patients at once"
          value={number(occupancy.atOnce)}
          meaning={`Monitored on average. ${hoursText(occupancy.monitoredHours)} in all: each ${windows} counts in which anything came of a device that a patient wore`}
        />
        <Figure
          label="Standby"
          value={hoursText(occupancy.standbyHours)}
          meaning="Time in which staff had switched a patient’s alarms off"
        />
        <Figure
          label="Admitted, discharged"
          value={`${report.admissions}, ${report.discharges}`}
          meaning="Patients registered in this time; patients whose monitoring was ended as discharged"
        />
        <Figure
          label="Devices heard"
          value={percent(expected === 0 ? undefined : heard / expected)}
          meaning="Of the time in which a monitored patient wore them"
        />
        <Figure
          label="Data complete"
          value={percent(completeness.share)}
          meaning="Of what was expected: samples all the time, values as often as that series usually has them"
        />
        <Figure
          label="Late"
          value={percent(messages === 0 ? undefined : late / messages)}
          meaning={`Of ${messages} messages with values, received more than 15 s after their time`}
        />
        <Figure
          label="Alarms a bed and day"
          value={number(alarms.perBedDay)}
          meaning={`${alarms.alarms} began to ring: ${alarms.high} high, ${alarms.medium} medium, ${alarms.low} low`}
        />
        <Figure
          label="First acknowledged after"
          value={lasting(alarms.medianToAcknowledgeMs)}
          meaning={`Median; nine of ten within ${lasting(alarms.p90ToAcknowledgeMs)}. ${alarms.acknowledged} of ${alarms.alarms} were acknowledged`}
        />
      </dl>
    </section>
  )
}
