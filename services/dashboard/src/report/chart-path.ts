type Point = readonly [timeMs: number, value: number]

/** Where a chart's values lie: `x` and `y` in its own units. */
export interface ChartScale {
  readonly x: (ms: number) => number
  readonly y: (value: number) => number
}

const fixed = (value: number) => Number(value.toFixed(2))

/** A line through points as the `d` of a path; a gap where they are further apart than `joinMs`, a dot where one stands alone. */
export function linePath(points: readonly Point[], { x, y }: ChartScale, joinMs: number): string {
  return runsOf(points, joinMs)
    .map((run) => {
      const [first, ...rest] = run.map(([ms, value]) => `${fixed(x(ms))} ${fixed(y(value))}`)
      return rest.length === 0 ? `M${first}h0.01` : `M${first}L${rest.join(' ')}`
    })
    .join('')
}

/** The area between the lowest and the highest values of the same windows, with the same gaps. */
export function bandPath(low: readonly Point[], high: readonly Point[], { x, y }: ChartScale, joinMs: number): string {
  const highs = new Map(high)
  return runsOf(low, joinMs)
    .filter((run) => run.length > 1)
    .map((run) => {
      const up = run.map(([ms, value]) => `${fixed(x(ms))} ${fixed(y(highs.get(ms) ?? value))}`)
      const down = run.toReversed().map(([ms, value]) => `${fixed(x(ms))} ${fixed(y(value))}`)
      return `M${[...up, ...down].join('L')}Z`
    })
    .join('')
}

function runsOf(points: readonly Point[], joinMs: number): Point[][] {
  const runs: Point[][] = []
  for (const point of points) {
    const last = runs.at(-1)?.at(-1)
    if (last !== undefined && point[0] - last[0] <= joinMs) runs.at(-1)?.push(point)
    else runs.push([point])
  }
  return runs
}

const TICKS_MS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10_080].map((minutes) => minutes * 60_000)

/** Whole times for an axis, in the zone of the screen, not more than `most`. */
export function timeTicks(from: number, to: number, most: number): number[] {
  const every = TICKS_MS.find((step) => (to - from) / step <= most) ?? (to - from) / most
  const shift = new Date(from).getTimezoneOffset() * 60_000
  const ticks: number[] = []
  for (let at = Math.ceil((from - shift) / every) * every + shift; at < to; at += every) ticks.push(at)
  return ticks
}
