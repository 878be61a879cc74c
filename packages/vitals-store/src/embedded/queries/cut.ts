import type { DuckDBConnection } from '@duckdb/node-api'
import type { TimeRange } from '../../port.ts'
import type { Source } from '../reader.ts'
import { msLiteral, numberOf, rowsOf } from '../sql.ts'

/**
 * Where to cut rows that carry `count` items each, so that at most `limit` items (or those of one start, if they are more) come before:
 * the start of the first row that is too much. `undefined` = all fit.
 */
export async function cutByCount(
  connection: DuckDBConnection,
  source: Source,
  range: TimeRange,
  limit: number,
): Promise<number | undefined> {
  const sql = `WITH starts AS (SELECT start, max(count) AS longest, count(DISTINCT (device, signal)) AS series FROM ${source.relation} GROUP BY start),
      totals AS (SELECT start, sum(longest * series) OVER (ORDER BY start) AS total, min(start) OVER () AS first FROM starts)
    SELECT min(start)::DOUBLE FROM totals WHERE total > ${limit} AND start > first AND start > ${msLiteral(range.from)}`
  const [row] = await rowsOf(connection, sql, source.values)
  return row === undefined || row[0] === null ? undefined : numberOf(row[0])
}
