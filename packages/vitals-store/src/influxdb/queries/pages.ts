/** A page of rows in order of time, and from when to go on where more exist. */
export interface Page<T> {
  readonly rows: readonly T[]
  readonly next?: number
}

/**
 * Cuts rows in order of time to a page of at most `limit`. It is never cut between rows of the same time, since `next` is a time and the
 * rest would be lost: where already the first time has more rows, the page is longer and holds all of that time.
 */
export function pageOf<T>(rows: readonly T[], limit: number, timeOf: (row: T) => number): Page<T> {
  const [first, beyond] = [rows[0], rows[limit]]
  if (first === undefined || beyond === undefined) return { rows }
  const cut = timeOf(beyond)
  if (timeOf(first) < cut) return { rows: rows.filter((row) => timeOf(row) < cut), next: cut }
  const after = rows.find((row) => timeOf(row) > cut)
  return { rows: rows.filter((row) => timeOf(row) === cut), ...(after === undefined ? {} : { next: timeOf(after) }) }
}

/** Records that last and carry `count` items each. */
export interface Counted {
  readonly start: number
  readonly count: number
  /** Device and signal. */
  readonly series: string
}

/**
 * Where to cut such records, so that at most `limit` items (or those of one start, if they are more) come before: the start of the first
 * that is too much. `undefined` = all fit.
 */
export function cutByCount(records: readonly Counted[], from: number, limit: number): number | undefined {
  const starts = new Map<number, { longest: number; series: Set<string> }>()
  for (const { start, count, series } of records) {
    const known = starts.get(start) ?? { longest: 0, series: new Set<string>() }
    starts.set(start, known)
    known.longest = Math.max(known.longest, count)
    known.series.add(series)
  }
  const sorted = [...starts].sort(([one], [other]) => one - other)
  const first = sorted[0]?.[0] ?? 0
  let total = 0
  for (const [start, { longest, series }] of sorted) {
    total += longest * series.size
    if (total > limit && start > first && start > from) return start
  }
  return undefined
}
