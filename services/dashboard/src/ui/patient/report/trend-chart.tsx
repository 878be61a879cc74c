import { bandPath, linePath, timeTicks } from '../../../report/chart-path.ts'
import { CHART_PX, type Measured } from '../../../report/report-data.ts'
import type { LimitStep } from '../../../trend/limit-steps.ts'
import { type TrendPane, spread } from '../../../trend/panes.ts'
import { axisTimes } from '../../../vitals/clock.ts'

const HEIGHT = 92
const LEFT = 40
const TOP = 4
const BOTTOM = 16
const ROWS = 4
const JOIN_MS = 20_000

/** A trend as a drawing that prints: means as a line, lowest and highest as a band, limits dashed. */
export function TrendChart(props: {
  pane: TrendPane
  measured: Measured
  from: number
  to: number
  limits: readonly LimitStep[]
}) {
  const { pane, measured, from, to, limits } = props
  const lines = pane.lines.filter(({ code }) => (measured.series[code]?.mean.length ?? 0) > 0)
  if (lines.length === 0) return null
  const all = lines.flatMap(({ code }) => {
    const { low = [], high = [] } = measured.series[code] ?? {}
    return [...low, ...high].map(([, value]) => value)
  })
  const bounds = all.concat(limits.map(({ value }) => value))
  const least = bounds.reduce((one, other) => Math.min(one, other), Infinity)
  const most = bounds.reduce((one, other) => Math.max(one, other), -Infinity)
  const [bottom, top] = spread(pane.range, least, most)
  const x = (ms: number) => LEFT + ((ms - from) / (to - from)) * (CHART_PX - LEFT)
  const y = (value: number) => TOP + (1 - (value - bottom) / (top - bottom)) * (HEIGHT - TOP - BOTTOM)
  const joinOf = (isSpot: boolean) => (isSpot ? 0 : Math.max(JOIN_MS, measured.windowMs * 1.5))
  const ticks = timeTicks(from, to, 8)
  const labels = axisTimes(ticks.map((ms) => ms / 1000))
  const values = Array.from({ length: ROWS + 1 }, (_, row) => bottom + ((top - bottom) * row) / ROWS)
  return (
    <figure class="report-chart">
      <figcaption>
        <strong>{pane.title}</strong> {pane.unit}
        {lines.length > 1 &&
          ` · ${lines.map(({ label, isDashed }) => `${label}${isDashed ? ' (dashed)' : ''}`).join(', ')}`}
      </figcaption>
      <svg viewBox={`0 0 ${CHART_PX} ${HEIGHT}`} role="img" aria-label={`${pane.title}, trend`}>
        {values.map((value) => (
          <g key={value}>
            <path class="chart-grid" d={`M${LEFT} ${y(value)}H${CHART_PX}`} />
            <text class="chart-label" x={LEFT - 4} y={y(value) + 3} text-anchor="end">
              {Number(value.toFixed(pane.digits + (top - bottom < 2 ? 2 : 0)))}
            </text>
          </g>
        ))}
        {ticks.map((ms, index) => (
          <g key={ms}>
            <path class="chart-grid" d={`M${x(ms)} ${TOP}V${HEIGHT - BOTTOM}`} />
            <text class="chart-label" x={x(ms)} y={HEIGHT - 4} text-anchor="middle">
              {labels[index]}
            </text>
          </g>
        ))}
        {limits.map((step) => (
          <path
            key={`${step.from} ${step.value}`}
            class="chart-limit"
            d={`M${x(step.from)} ${y(step.value)}H${x(step.to)}`}
          />
        ))}
        {lines.map(({ code, spot, isDashed }, index) => {
          const { mean = [], low = [], high = [] } = measured.series[code] ?? {}
          const join = joinOf(spot === true)
          return (
            <g key={code} class={`chart-line line-${index % 6} ${isDashed ? 'dashed' : ''} ${spot ? 'spot' : ''}`}>
              <path class="chart-band" d={bandPath(low, high, { x, y }, join)} />
              <path class="chart-mean" d={linePath(mean, { x, y }, join)} />
            </g>
          )
        })}
      </svg>
    </figure>
  )
}
