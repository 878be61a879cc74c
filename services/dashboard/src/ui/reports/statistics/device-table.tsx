import { csvOf, download } from '../../../reports/csv.ts'
import { hoursText, lasting, percent } from '../../../reports/format.ts'
import { dayOf } from '../../../reports/query.ts'
import { sinceText } from '../../../vitals/clock.ts'
import { useStation } from '../../hooks.ts'
import { ShareBar } from '../figure.tsx'
import type { WardReport } from './statistics-page.tsx'

const LOW_BATTERY = 20

/** The devices that were worn: how they are now, and how they did. */
export function DeviceTable({ report }: { report: WardReport }) {
  const station = useStation()
  const now = station.serverNow()
  const devices = report.devices.toSorted((a, b) => a.heardShare - b.heardShare)
  const csv = () =>
    download(
      `devices-${dayOf(report.from)}-${dayOf(report.to)}.csv`,
      csvOf(
        ['device', 'model', 'firmware', 'place', 'wornNow', 'state', 'battery', 'lastSeenAt', 'expectedHours', 'heardShare', 'silentSpells', 'longestSilenceMs', 'messages', 'late', 'p50DelayMs', 'p90DelayMs', 'missingMessages', 'quarantined'], // prettier-ignore
        devices.map((one) => [one.id, one.model, one.firmware, one.place, String(one.wornNow), one.state, one.battery, one.lastSeenAt === undefined ? undefined : new Date(one.lastSeenAt).toISOString(), one.expectedHours, one.heardShare, one.silentSpells, one.longestSilenceMs, one.messages, one.late, one.p50DelayMs, one.p90DelayMs, one.missingMessages, one.quarantined]), // prettier-ignore
      ),
    )
  return (
    <section aria-label="Devices">
      <header class="report-section-head">
        <h2>Devices</h2>
        <button type="button" onClick={csv}>
          Save as CSV
        </button>
        <button type="button" onClick={() => print()}>
          Print
        </button>
      </header>
      <p class="meaning">
        State, battery and firmware as of now. <b>Heard</b>: of the time in which a monitored patient wore it, to{' '}
        {lasting(report.windowMs)}. <b>Silent</b>: stretches without anything, and the longest. <b>Delay</b>: from the
        newest value of a message until it was received, median and nine of ten. <b>Missing</b>: numbered messages that
        never came, of all its sessions. <b>Refused</b>: quarantined in this time.
      </p>
      {devices.length === 0 ? (
        <p>No device was worn in this time.</p>
      ) : (
        <div class="table-scroll" tabIndex={0}>
          <table class="report-table">
            <thead>
              <tr>
                {[
                  'Device',
                  'Bed',
                  'Now',
                  'Battery',
                  'Firmware',
                  'Last seen',
                  'Worn',
                  'Heard',
                  'Silent',
                  'Delay',
                  'Late',
                  'Missing',
                  'Refused',
                ].map((name) => (
                  <th key={name} scope="col">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {devices.map((one) => (
                <tr key={one.id}>
                  <th scope="row">
                    {one.id} {one.model !== undefined && <span class="meaning">{one.model}</span>}
                  </th>
                  <td>{one.place ?? '–'}</td>
                  <td>{one.wornNow ? (one.state ?? 'not known') : 'not worn'}</td>
                  <td class="num">
                    {one.battery === undefined
                      ? '–'
                      : `${one.battery < LOW_BATTERY ? '▼ ' : ''}${Math.round(one.battery)} %`}
                  </td>
                  <td>{one.firmware ?? '–'}</td>
                  <td>{one.lastSeenAt === undefined ? 'never' : sinceText(one.lastSeenAt, now)}</td>
                  <td class="num">{hoursText(one.expectedHours)}</td>
                  <td class="num">
                    {percent(one.heardShare)} <ShareBar share={one.heardShare} />
                  </td>
                  <td class="num">
                    {one.silentSpells === 0 ? 'never' : `${one.silentSpells} × up to ${lasting(one.longestSilenceMs)}`}
                  </td>
                  <td class="num">
                    {one.p50DelayMs === undefined ? '–' : `${lasting(one.p50DelayMs)}, ${lasting(one.p90DelayMs)}`}
                  </td>
                  <td class="num">
                    {percent(
                      one.messages === undefined || one.messages === 0 ? undefined : (one.late ?? 0) / one.messages,
                    )}
                  </td>
                  <td class="num">{one.missingMessages}</td>
                  <td class="num">{one.quarantined}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}
