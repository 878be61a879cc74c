import { vitalWord } from '../../../alarms/words.ts'
import { csvOf, download } from '../../../reports/csv.ts'
import { hoursText, percent } from '../../../reports/format.ts'
import { dayOf } from '../../../reports/query.ts'
import { signalLabel } from '../../sweep.tsx'
import { ShareBar } from '../figure.tsx'
import type { WardReport } from './statistics-page.tsx'

/** How much of what was expected came, by patient, device and series. */
export function Completeness({ report }: { report: WardReport }) {
  const { patients, series } = report.completeness
  const csv = () =>
    download(
      `completeness-${dayOf(report.from)}-${dayOf(report.to)}.csv`,
      csvOf(
        ['patient', 'place', 'device', 'series', 'kind', 'expectedHours', 'share'],
        series.map((one) => [one.patient, one.place, one.device, one.name, one.kind, one.expectedHours, one.share]),
      ),
    )
  return (
    <section aria-label="Completeness of the data">
      <header class="report-section-head">
        <h2>Completeness of the data</h2>
        <button type="button" onClick={csv}>
          Save as CSV
        </button>
      </header>
      <p class="meaning">
        Expected while the device was worn by a patient who was not on standby. Samples: the time that the samples last,
        of that time. Values: how many came, of as many as this series usually has (the median of its{' '}
        {report.windowMs < 3_600_000 ? 'windows' : 'hours'} with any); more at one time makes up for nothing at another.
        What was sent twice counts twice.
      </p>
      {patients.map(({ patient, place, monitoredHours, share }) => (
        <details key={patient} class="completeness">
          <summary>
            <strong>{place ?? patient}</strong> {percent(share)} <ShareBar share={share} />
            <span class="meaning">monitored for {hoursText(monitoredHours)}</span>
          </summary>
          <table class="report-table">
            <thead>
              <tr>
                <th scope="col">Series</th>
                <th scope="col">Device</th>
                <th scope="col" class="num">
                  Expected
                </th>
                <th scope="col" class="num">
                  Came
                </th>
              </tr>
            </thead>
            <tbody>
              {series
                .filter((one) => one.patient === patient)
                .map((one) => (
                  <tr key={`${one.device}${one.kind}${one.name}`}>
                    <th scope="row">
                      {one.kind === 'waveform' ? `${signalLabel(one.name)} wave` : vitalWord(one.name)}
                    </th>
                    <td>{one.device}</td>
                    <td class="num">{hoursText(one.expectedHours)}</td>
                    <td class="num">
                      {percent(one.share)} <ShareBar share={one.share} />
                    </td>
                  </tr>
                ))}
            </tbody>
          </table>
        </details>
      ))}
    </section>
  )
}
