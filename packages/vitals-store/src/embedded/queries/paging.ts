/** A page of rows in order of time, and from when to go on where more exist. */
export interface Page<T> {
  readonly rows: readonly T[]
  readonly next?: number
}

/** Fetches rows in order of time: all, those of one time, or those after a time. */
export type Select<T> = (where: { at: number } | { after: number } | 'all', limit?: number) => Promise<readonly T[]>

/**
 * Fetches a page of at most `limit` rows. It is never cut between rows of the same time, since `next` is a time and the rest would be
 * lost: where already the first time has more than `limit` rows, the page is longer and holds all of that time.
 */
export async function pageOf<T>(select: Select<T>, limit: number, timeOf: (row: T) => number): Promise<Page<T>> {
  const rows = await select('all', limit + 1)
  const [first, beyond] = [rows[0], rows[limit]]
  if (first === undefined || beyond === undefined) return { rows }
  const cut = timeOf(beyond)
  if (timeOf(first) < cut) return { rows: rows.filter((row) => timeOf(row) < cut), next: cut }
  const [following] = await select({ after: cut }, 1)
  return { rows: await select({ at: cut }), ...(following === undefined ? {} : { next: timeOf(following) }) }
}

/** The conditions of a `Select` on a column of ms. */
export function whereOf(column: string, where: Parameters<Select<unknown>>[0], limit: number | undefined) {
  const condition =
    where === 'all' ? 'true' : 'at' in where ? `${column} = ${where.at}::BIGINT` : `${column} > ${where.after}::BIGINT`
  return { condition, most: limit === undefined ? '' : `LIMIT ${limit}` }
}
