import type { TrendPane } from '../../../trend/panes.ts'
import type { TrendTable } from '../../../trend/trend-store.ts'
import { clockText, dateText, minuteText } from '../../../vitals/clock.ts'
import type { PlotForecast } from './trend-plot.tsx'

/** The values at the cursor, else the newest of each line. */
export function Readout(props: {
  panes: readonly TrendPane[]
  table: TrendTable
  index: number | undefined
  forecast: PlotForecast | undefined
}) {
  const { panes, table, index, forecast } = props
  const time = index === undefined ? undefined : table.times[index]
  return (
    <p class="readout">
      <strong>{time === undefined ? 'Last values' : `${dateText(time)} ${clockText(time)}`}</strong>
      {panes.flatMap((pane) =>
        pane.lines.map(({ code, label, tone }) => {
          const column = table.columns.get(code)
          const place = index ?? column?.mean.findLastIndex((cell) => typeof cell === 'number') ?? -1
          const [mean, low, high] = [column?.mean[place], column?.low[place], column?.high[place]]
          const text = typeof mean === 'number' ? mean.toFixed(pane.digits) : '– –'
          const isSpread =
            typeof low === 'number' &&
            typeof high === 'number' &&
            low.toFixed(pane.digits) !== high.toFixed(pane.digits)
          return (
            <span key={code} class="readout-value" data-code={code}>
              <i class={`swatch swatch${tone}`} /> {label} <b>{text}</b>
              {isSpread && (
                <small>
                  {' '}
                  {low.toFixed(pane.digits)}–{high.toFixed(pane.digits)}
                </small>
              )}
            </span>
          )
        }),
      )}
      {forecast && index === undefined && (
        <span class="readout-value">
          Glucose expected {minuteText(forecast.to[0])} <b>{Math.round(forecast.to[1])}</b> mg/dL
        </span>
      )}
    </p>
  )
}

export function Legend({ pane }: { pane: TrendPane }) {
  if (pane.lines.length < 2) return null
  return (
    <>
      {pane.lines.map(({ code, label, tone }) => (
        <span key={code} class="legend">
          <i class={`swatch swatch${tone}`} /> {label}
        </span>
      ))}
    </>
  )
}
