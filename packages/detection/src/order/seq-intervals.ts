/** Half-open ranges `[from, to)` of sequence numbers, in order, not touching. Plain data. */
export type SeqIntervals = [number, number][]

/** More ranges than this are merged from the lowest on: what was never sent within them then counts as seen. */
const MAX_RANGES = 4_096

/** Adds a number; false where it was there already. */
export function addSeq(intervals: SeqIntervals, seq: number): boolean {
  let low = 0
  let high = intervals.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((intervals[middle]?.[1] ?? 0) < seq) low = middle + 1
    else high = middle
  }
  // `low`: the first range that ends at `seq` or after it.
  const at = intervals[low]
  if (at === undefined || seq < at[0] - 1) {
    intervals.splice(low, 0, [seq, seq + 1])
    if (intervals.length > MAX_RANGES) mergeLowest(intervals)
    return true
  }
  if (seq >= at[0] && seq < at[1]) return false
  if (seq === at[0] - 1) {
    at[0] = seq
    return true
  }
  at[1] = seq + 1
  const next = intervals[low + 1]
  if (next !== undefined && next[0] === at[1]) {
    at[1] = next[1]
    intervals.splice(low + 1, 1)
  }
  return true
}

function mergeLowest(intervals: SeqIntervals): void {
  const [first, second] = intervals
  if (first === undefined || second === undefined) return
  intervals.splice(0, 2, [first[0], second[1]])
}

/** True where every number of `[from, to)` is there. */
export function hasAll(intervals: SeqIntervals, from: number, to: number): boolean {
  return from >= to || intervals.some(([low, high]) => low <= from && high >= to)
}
