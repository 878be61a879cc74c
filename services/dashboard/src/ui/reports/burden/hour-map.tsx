import { shadeOf } from '../../../reports/format.ts'
import type { BurdenRow } from './burden-page.tsx'

const HOURS = Array.from({ length: 24 }, (_, hour) => hour)

/** Alarms by type and hour of the day: each field says its number; the shade lets the eye find it. */
export function HourMap({ rows, title }: { rows: readonly BurdenRow[]; title: (row: BurdenRow) => string }) {
  if (rows.length === 0) return null
  const greatest = Math.max(...rows.flatMap((row) => row.byHour))
  const sum = HOURS.map((hour) => rows.reduce((total, row) => total + (row.byHour[hour] ?? 0), 0))
  return (
    <section aria-label="By hour of the day">
      <h2>By hour of the day</h2>
      <div class="table-scroll" tabIndex={0}>
        <table class="hour-map">
          <thead>
            <tr>
              <th scope="col">Alarm</th>
              {HOURS.map((hour) => (
                <th key={hour} scope="col">
                  {hour}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={`${row.type}${row.code}${row.side}${row.priority}`}>
                <th scope="row">
                  {title(row)} <span class="meaning">{row.priority}</span>
                </th>
                {HOURS.map((hour) => {
                  const count = row.byHour[hour] ?? 0
                  return (
                    <td key={hour} class={`shade-${shadeOf(count, greatest)}`}>
                      {count === 0 ? '' : count}
                    </td>
                  )
                })}
              </tr>
            ))}
          </tbody>
          <tfoot>
            <tr>
              <th scope="row">All</th>
              {sum.map((count, hour) => (
                <td key={hour}>{count === 0 ? '' : count}</td>
              ))}
            </tr>
          </tfoot>
        </table>
      </div>
    </section>
  )
}
