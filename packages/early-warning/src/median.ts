/** `[event time in ms, value]` */
export type TrendPoint = readonly [timeMs: number, value: number]

/** The median of the values within `[fromMs, toMs]`; `undefined` where there are none. */
export function medianOf(points: readonly TrendPoint[], fromMs: number, toMs: number): number | undefined {
  return median(points.filter(([timeMs]) => timeMs >= fromMs && timeMs <= toMs).map(([, value]) => value))
}

/** The median of some values; `undefined` where there are none. */
export function median(values: readonly number[]): number | undefined {
  const { length } = values
  if (length === 0) return undefined
  const sorted = inOrder(values)
  const middle = length >> 1
  const upper = sorted[middle] ?? NaN
  return length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2
}

/** Short lists, which come every second for each patient, are put in order here, without making another list of them. */
const scratch = new Float64Array(64)

/** The values in order; valid until the next call. */
function inOrder(values: readonly number[]): ArrayLike<number> {
  if (values.length > scratch.length) return values.toSorted((a, b) => a - b)
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? NaN
    let at = i
    while (at > 0 && (scratch[at - 1] ?? NaN) > value) {
      scratch[at] = scratch[at - 1] ?? NaN
      at -= 1
    }
    scratch[at] = value
  }
  return scratch
}
