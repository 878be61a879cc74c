import type { Shift } from './patient-shift.tsx'
import { minuteText, sinceText } from '../../../vitals/clock.ts'

const WIDTH = 16
const HEIGHT = 40
const MOST = 12

/** NEWS2 now and the highest of each hour: the digit on a bar, as high as the score. */
export function News2Course({
  points,
  latest,
  now,
}: {
  points: Shift['news2']
  latest: Shift['latest'][string] | undefined
  now: number
}) {
  const current = latest === undefined ? 'not known' : `${latest.value} at ${sinceText(latest.time, now)}`
  const words = points.map(([at, value]) => `${minuteText(at)}: ${value}`).join(', ')
  return (
    <div class="news2-course">
      <span>
        NEWS2 <strong>{current}</strong>
      </span>
      {points.length > 0 && (
        <svg
          viewBox={`0 0 ${points.length * WIDTH} ${HEIGHT + 12}`}
          role="img"
          aria-label={`NEWS2, the highest of each hour: ${words}`}
        >
          {points.map(([at, value], index) => {
            const height = (Math.min(MOST, value) / MOST) * HEIGHT
            const band = value >= 7 ? 'band-high' : value >= 5 ? 'band-medium' : 'band-low'
            return (
              <g key={at}>
                <rect class={band} x={index * WIDTH + 1} y={HEIGHT - height + 12} width={WIDTH - 2} height={height} />
                <text x={index * WIDTH + WIDTH / 2} y={HEIGHT - height + 10} text-anchor="middle">
                  {value}
                </text>
              </g>
            )
          })}
        </svg>
      )}
    </div>
  )
}
