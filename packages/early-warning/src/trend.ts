/** `[event time in ms, value]` */
export type TrendPoint = readonly [timeMs: number, value: number]

/** A straight line through the points by least squares. */
export interface Trend {
  readonly perMinute: number
  readonly mean: number
  readonly points: number
  readonly spanMs: number
}

/** The trend of the points within `[fromMs, toMs]`, or `undefined` where fewer than three points or no time between them tell one. */
export function trendOf(points: readonly TrendPoint[], fromMs: number, toMs: number): Trend | undefined {
  const used = points.filter(([timeMs]) => timeMs >= fromMs && timeMs <= toMs)
  if (used.length < 3) return undefined
  const meanTime = used.reduce((sum, [timeMs]) => sum + (timeMs - fromMs), 0) / used.length
  const mean = used.reduce((sum, [, value]) => sum + value, 0) / used.length
  let covariance = 0
  let variance = 0
  for (const [timeMs, value] of used) {
    const offset = timeMs - fromMs - meanTime
    covariance += offset * (value - mean)
    variance += offset * offset
  }
  if (variance === 0) return undefined
  const times = used.map(([timeMs]) => timeMs)
  return {
    perMinute: (covariance / variance) * 60_000,
    mean,
    points: used.length,
    spanMs: Math.max(...times) - Math.min(...times),
  }
}

/** The median of the values within `[fromMs, toMs]`; `undefined` where there are none. */
export function medianOf(points: readonly TrendPoint[], fromMs: number, toMs: number): number | undefined {
  return median(points.filter(([timeMs]) => timeMs >= fromMs && timeMs <= toMs).map(([, value]) => value))
}

/** The median of some values; `undefined` where there are none. */
export function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle]
  if (upper === undefined) return undefined
  const lower = sorted[middle - 1]
  return sorted.length % 2 === 1 || lower === undefined ? upper : (lower + upper) / 2
}
