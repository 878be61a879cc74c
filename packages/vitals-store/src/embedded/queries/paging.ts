/** A page of rows in order of time, and from when to go on where more exist. */
export interface Page<T> {
  readonly rows: readonly T[]
  readonly next?: number
}

/**
 * Cuts `limit + 1` rows, in order of time, to a page: never between rows of the same time, since `next` is a time and the rest would
 * be lost. Where all rows are of one time, `allAt` fetches every row of it (a page may then be longer than the limit) and `next` is
 * just after it.
 */
export async function pageOf<T>(
  rows: readonly T[],
  limit: number,
  timeOf: (row: T) => number,
  allAt: (time: number) => Promise<readonly T[]>,
): Promise<Page<T>> {
  const beyond = rows[limit]
  const first = rows[0]
  if (beyond === undefined || first === undefined) return { rows }
  const cut = timeOf(beyond)
  if (timeOf(first) < cut) return { rows: rows.filter((row) => timeOf(row) < cut), next: cut }
  return { rows: await allAt(cut), next: Math.floor(cut) + 1 }
}
