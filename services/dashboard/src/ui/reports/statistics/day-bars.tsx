import { dayOf } from '../../../reports/query.ts'
import { number } from '../../../reports/format.ts'
import type { WardReport } from './statistics-page.tsx'

const HOUR_MS = 3_600_000

/** Each day: patients monitored at once, and alarms. */
export function DayBars({ days, beds }: { days: WardReport['byDay']; beds: number }) {
  if (days.length < 2) return null
  const atOnce = days.map(({ from, to, monitoredHours }) => monitoredHours / ((to - from) / HOUR_MS))
  return (
    <section aria-label="By day">
      <h2>By day</h2>
      <div class="day-charts">
        <Bars title="Patients monitored at once" days={days} values={atOnce} top={Math.max(beds, ...atOnce)} />
        <Bars
          title="Alarms"
          days={days}
          values={days.map(({ alarms }) => alarms)}
          top={Math.max(1, ...days.map(({ alarms }) => alarms))}
        />
      </div>
    </section>
  )
}

const WIDTH = 24
const HEIGHT = 90
const FOOT = 26

interface BarsProps {
  title: string
  days: WardReport['byDay']
  values: readonly number[]
  top: number
}

function Bars({ title, days, values, top }: BarsProps) {
  const words = days.map(({ from }, index) => `${dayOf(from)}: ${number(values[index] ?? 0)}`).join(', ')
  return (
    <figure>
      <figcaption>{title}</figcaption>
      <svg
        class="day-bars"
        viewBox={`0 0 ${days.length * WIDTH} ${HEIGHT + FOOT}`}
        role="img"
        aria-label={`${title}. ${words}`}
      >
        {days.map(({ from }, index) => {
          const value = values[index] ?? 0
          const height = top > 0 ? (value / top) * (HEIGHT - 14) : 0
          const x = index * WIDTH
          const date = new Date(from)
          const isFirst = index === 0 || date.getDate() === 1
          return (
            <g key={from}>
              <rect x={x + 2} y={HEIGHT - height} width={WIDTH - 4} height={height} />
              <text x={x + WIDTH / 2} y={HEIGHT - height - 3} text-anchor="middle">
                {number(value)}
              </text>
              <text class="foot" x={x + WIDTH / 2} y={HEIGHT + 11} text-anchor="middle">
                {date.getDate()}
              </text>
              {isFirst && (
                <text class="foot" x={x + 2} y={HEIGHT + 23}>
                  {date.toLocaleDateString('en-GB', { month: 'short' })}
                </text>
              )}
            </g>
          )
        })}
      </svg>
    </figure>
  )
}
