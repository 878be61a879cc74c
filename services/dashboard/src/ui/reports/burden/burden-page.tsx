import type { Answer } from '../../../api/client.ts'
import { alarmTitle } from '../../../alarms/words.ts'
import { csvOf, download } from '../../../reports/csv.ts'
import { bedTime, lasting, number, percent, shareWords } from '../../../reports/format.ts'
import { dayOf, rangeOfQuery } from '../../../reports/query.ts'
import { endOfMinute } from '../../../vitals/clock.ts'
import { toPatient, useMayTreat, useStation, useWard } from '../../hooks.ts'
import { PriorityShape } from '../../icons.tsx'
import { Figure, ReportState } from '../figure.tsx'
import { RangeChooser } from '../range-chooser.tsx'
import { screenZone, useLoaded, useReportQuery } from '../use-report.ts'
import { HourMap } from './hour-map.tsx'
import { JudgeList } from './judge-list.tsx'
import { WhatIf } from './what-if.tsx'

export type Burden = Answer<'GET /reports/alarm-burden'>
export type BurdenRow = Burden['rows'][number]

export const rowTitle = ({ type, code, side }: Pick<BurdenRow, 'type' | 'code' | 'side'>): string =>
  type === 'system' ? 'System' : alarmTitle({ type, message: '', code, side })

/** How many alarms staff live with, which of them were right, and what another rule would change. */
export function BurdenPage() {
  const station = useStation()
  const mayTreat = useMayTreat()
  const [query, change] = useReportQuery('burden', 7)
  const range = rangeOfQuery(query, endOfMinute(station.serverNow()))
  const asked = {
    from: String(range.from),
    to: String(range.to),
    ...(query.unit === undefined ? {} : { unit: query.unit }),
  }
  const key = JSON.stringify(query)
  const { value, problem, busy, again } = useLoaded(key, () =>
    station.api.call('GET /reports/alarm-burden', { query: { ...asked, tz: screenZone() } }),
  )
  return (
    <>
      <RangeChooser query={query} change={change} />
      <ReportState busy={busy} problem={problem} what="The alarm burden" />
      {value && (
        <>
          <Totals burden={value} />
          <Types burden={value} range={range} />
          <HourMap rows={value.rows} title={rowTitle} />
          <Beds burden={value} />
          {mayTreat && <JudgeList key={key} asked={asked} unit={query.unit} onJudged={again} />}
          <WhatIf burden={value} asked={asked} days={(range.to - range.from) / 86_400_000} />
        </>
      )}
    </>
  )
}

function Totals({ burden }: { burden: Burden }) {
  const { confirmed, alarms } = burden
  const unjudged = alarms - confirmed.of
  return (
    <section aria-label="In sum">
      <dl class="figures">
        <Figure
          label="Alarms a bed and day"
          value={number(burden.alarmsPerBedDay)}
          meaning={`${alarms} alarms began to ring in ${bedTime(burden.bedDays)}: time in which a sensor reported, by the quarter of an hour (beyond 31 days, by the hour)`}
        />
        <Figure
          label="Rings a bed and day"
          value={number(burden.ringsPerBedDay)}
          meaning="An alarm rings again when its condition comes back or gets worse"
        />
        <Figure
          label="First acknowledged after"
          value={lasting(burden.medianToAcknowledgeMs)}
          meaning={`Median; nine of ten within ${lasting(burden.p90ToAcknowledgeMs)}. ${burden.acknowledged} of ${alarms} were acknowledged`}
        />
        <Figure
          label="Confirmed"
          value={percent(confirmed.share)}
          meaning={`${shareWords(confirmed)}; in brackets the 95 % interval`}
        />
        <Figure
          label="Not judged"
          value={percent(alarms === 0 ? undefined : unjudged / alarms)}
          meaning={`${unjudged} alarms: nobody said whether they were right. An unjudged alarm is not a false one`}
        />
      </dl>
    </section>
  )
}

function Types({ burden, range }: { burden: Burden; range: { from: number; to: number } }) {
  const csv = () =>
    download(
      `alarm-burden-${dayOf(range.from)}-${dayOf(range.to)}.csv`,
      csvOf(
        ['type', 'code', 'side', 'priority', 'alarms', 'rings', 'alarmsPerBedDay', 'judged', 'confirmed', 'acknowledged', 'medianToAcknowledgeMs', 'p90ToAcknowledgeMs', ...Array.from({ length: 24 }, (_, hour) => `hour${hour}`)], // prettier-ignore
        burden.rows.map((row) => [row.type, row.code, row.side, row.priority, row.alarms, row.rings, row.alarmsPerBedDay, row.confirmed.of, row.confirmed.count, row.acknowledged, row.medianToAcknowledgeMs, row.p90ToAcknowledgeMs, ...row.byHour]), // prettier-ignore
      ),
    )
  return (
    <section aria-label="By type">
      <header class="report-section-head">
        <h2>By type</h2>
        <button type="button" onClick={csv}>
          Save as CSV
        </button>
        <button type="button" onClick={() => print()}>
          Print
        </button>
      </header>
      {burden.rows.length === 0 ? (
        <p>No alarm began to ring in this time.</p>
      ) : (
        <div class="table-scroll" tabIndex={0}>
          <table class="report-table">
            <thead>
              <tr>
                <th scope="col">Alarm</th>
                <th scope="col">Priority</th>
                <th scope="col" class="num">
                  Alarms
                </th>
                <th scope="col" class="num">
                  a bed and day
                </th>
                <th scope="col" class="num">
                  Rings
                </th>
                <th scope="col">Confirmed</th>
                <th scope="col" class="num">
                  Acknowledged after
                </th>
                <th scope="col" class="num">
                  9 of 10 within
                </th>
              </tr>
            </thead>
            <tbody>
              {burden.rows.map((row) => (
                <tr key={`${row.type}${row.code}${row.side}${row.priority}`}>
                  <th scope="row">{rowTitle(row)}</th>
                  <td class={`priority-${row.priority}`}>
                    <PriorityShape priority={row.priority} /> {row.priority}
                  </td>
                  <td class="num">{row.alarms}</td>
                  <td class="num">{number(row.alarmsPerBedDay)}</td>
                  <td class="num">{row.rings}</td>
                  <td>{shareWords(row.confirmed)}</td>
                  <td class="num">{lasting(row.medianToAcknowledgeMs)}</td>
                  <td class="num">{lasting(row.p90ToAcknowledgeMs)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}

function Beds({ burden }: { burden: Burden }) {
  const watches = useWard((state) => state.patients)
  const outliers = burden.beds.filter(({ outlier }) => outlier)
  return (
    <section aria-label="By bed">
      <h2>By bed</h2>
      <p class="meaning">
        {outliers.length === 0
          ? 'No bed stands out.'
          : `${outliers.map(({ place, patient }) => place ?? patient).join(', ')}: far more than the others. Look at the limits and the electrodes there first.`}{' '}
        A bed stands out with more alarms a day than the upper quartile of all beds and 1.5 times the distance between
        the quartiles, of at least four beds.
      </p>
      <div class="table-scroll" tabIndex={0}>
        <table class="report-table">
          <thead>
            <tr>
              <th scope="col">Bed</th>
              <th scope="col" class="num">
                Alarms a day
              </th>
              <th scope="col" class="num">
                Alarms
              </th>
              <th scope="col" class="num">
                Rings
              </th>
              <th scope="col" class="num">
                Monitored
              </th>
              <th scope="col">Stands out</th>
            </tr>
          </thead>
          <tbody>
            {burden.beds.map((bed) => (
              <tr key={bed.patient}>
                <th scope="row">
                  {watches.has(bed.patient) ? (
                    <a href={toPatient(bed.patient)}>{bed.place ?? bed.patient}</a>
                  ) : (
                    (bed.place ?? bed.patient)
                  )}
                </th>
                <td class="num">{bed.bedDays === 0 ? '–' : number(bed.alarmsPerBedDay)}</td>
                <td class="num">{bed.alarms}</td>
                <td class="num">{bed.rings}</td>
                <td class="num">{lasting(bed.bedDays * 86_400_000)}</td>
                <td>{bed.outlier ? '▲ yes' : ''}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}
