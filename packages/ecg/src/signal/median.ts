/** 0 of an empty list. */
export function median(values: readonly number[]): number {
  if (values.length === 0) return 0
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}

/** Puts a value into a list of the last `most`; returns their median. */
export function remember(list: number[], value: number, most: number): number {
  list.push(value)
  if (list.length > most) list.shift()
  return median(list)
}
