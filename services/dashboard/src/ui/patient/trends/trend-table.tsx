import { useState } from 'preact/hooks'
import { type TrendRows, csvOf } from '../../../trend/export.ts'
import { dayAndMinute, clockText, dateText } from '../../../vitals/clock.ts'
import { useStation } from '../../hooks.ts'

/** The charts as a table, for a screen reader, to copy and to take along: exactly what is shown. */
export function TrendTableView({ make, name }: { make: () => TrendRows; name: string }) {
  const station = useStation()
  const [isOpen, setOpen] = useState(false)
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(csvOf(make()))
      station.notice('Copied as CSV')
    } catch {
      station.notice('This browser does not let a page copy: take the file instead')
    }
  }
  return (
    <div class="trend-table">
      <div class="trend-actions">
        <button type="button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {isOpen ? 'Hide table' : 'As a table'}
        </button>
        <button type="button" onClick={() => download(`${name}.csv`, csvOf(make()))}>
          Save CSV
        </button>
        <button type="button" onClick={() => void copy()}>
          Copy
        </button>
      </div>
      {isOpen && <Rows {...make()} />}
    </div>
  )
}

function Rows({ head, rows }: TrendRows) {
  if (rows.length === 0) return <p>No values in this range.</p>
  return (
    <div class="trend-rows" tabIndex={0} role="region" aria-label="Values, newest first">
      <table>
        <thead>
          <tr>
            <th scope="col">Time</th>
            {head.map((text) => (
              <th key={text} scope="col">
                {text}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ timeMs, cells }) => (
            <tr key={timeMs}>
              <th scope="row" title={dayAndMinute(timeMs)}>
                {dateText(timeMs)} {clockText(timeMs)}
              </th>
              {cells.map((cell, index) => (
                <td key={head[index]}>{cell === undefined ? '' : Number(cell.toFixed(2))}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function download(name: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: 'text/csv' }))
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  URL.revokeObjectURL(address)
}
