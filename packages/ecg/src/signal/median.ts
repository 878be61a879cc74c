/** Lists as long as this are put in order by hand, without making another list of them. */
const MOST = 128
const scratch = new Float64Array(MOST)

/** The values in order; valid until the next call. */
export function inOrder(values: readonly number[]): ArrayLike<number> {
  if (values.length > MOST) return values.toSorted((a, b) => a - b)
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? NaN
    let at = i
    while (at > 0 && (scratch[at - 1] ?? 0) > value) {
      scratch[at] = scratch[at - 1] ?? 0
      at -= 1
    }
    scratch[at] = value
  }
  return scratch
}

/** 0 of an empty list. */
export function median(values: readonly number[]): number {
  const { length } = values
  if (length === 0) return 0
  const sorted = inOrder(values)
  const middle = length >> 1
  return length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}

/** Puts a value into a list of the last `most`; returns their median. */
export function remember(list: number[], value: number, most: number): number {
  list.push(value)
  if (list.length > most) list.shift()
  return median(list)
}
