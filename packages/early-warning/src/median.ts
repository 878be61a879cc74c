/** `[event time in ms, value]` */
export type TrendPoint = readonly [timeMs: number, value: number]

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
