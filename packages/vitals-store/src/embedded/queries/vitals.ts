import { unitOf } from '@pulsewire/contracts'
import type { Aggregate, Series, SeriesPoint, VitalsQuery, VitalsStore } from '../../port.ts'
import { extras, limitOf } from '../../shared/answer.ts'
import type { Reader } from '../reader.ts'
import { numberOf, pointValueOf, rowsOf, textOf } from '../sql.ts'
import { VITALS } from '../tables.ts'
import { pageOf, whereOf, type Select } from './paging.ts'
import { windowSql } from './windows.ts'

const DEFAULT_LIMIT = 500_000

/** Each aggregate over the points of a window, for numbers; and for words. */
const AGGREGATES: Record<Aggregate, { readonly number: string; readonly text: string }> = {
  mean: { number: 'avg(value)', text: 'arg_max(text, time)' },
  min: { number: 'min(value)', text: 'arg_max(text, time)' },
  max: { number: 'max(value)', text: 'arg_max(text, time)' },
  median: { number: 'median(value)', text: 'arg_max(text, time)' },
  sum: { number: 'sum(value)', text: 'arg_max(text, time)' },
  stddev: { number: 'CASE WHEN count(value) = 1 THEN 0 ELSE stddev_samp(value) END', text: 'arg_max(text, time)' },
  count: { number: 'count(*)::DOUBLE', text: 'NULL' },
  first: { number: 'arg_min(value, time)', text: 'arg_min(text, time)' },
  last: { number: 'arg_max(value, time)', text: 'arg_max(text, time)' },
}

interface Point extends SeriesPoint {
  readonly code: string
}

/** Series of one patient, each point once, as they are or downsampled. */
export async function queryVitals(reader: Reader, query: VitalsQuery): ReturnType<VitalsStore['vitals']> {
  const limit = limitOf(query.limit, DEFAULT_LIMIT)
  const codes = [...new Set(query.codes)]
  const empty = codes.map((code): Series => ({ code, unit: unitOf(code) ?? '', points: [] }))
  if (codes.length === 0) return { series: empty }
  return reader.read(async (connection) => {
    const { relation, values, damaged } = await reader.sourceOf(
      connection,
      VITALS,
      ['device', 'code', 'time', 'value', 'text', 'seq', 'version'],
      { ...query, names: codes },
    )
    const points = `SELECT device, code, time, arg_max(value, rank) AS value, arg_max(text, rank) AS text
      FROM ${relation} GROUP BY device, code, time`
    const relationOf =
      query.every === undefined && query.fn === undefined
        ? points
        : await downsampled(points, query, async () => {
            const [ends] = await rowsOf(connection, `SELECT min(time), max(time) FROM ${relation}`, values)
            return typeof ends?.[0] === 'bigint'
              ? { from: numberOf(ends[0]), to: numberOf(ends[1]) + 1 }
              : { from: 0, to: 0 }
          })
    const select: Select<Point> = async (where, most) => {
      const page = whereOf('time', where, most)
      const sql = `SELECT code, time::DOUBLE AS at, value, text FROM (${relationOf}) WHERE ${page.condition} ORDER BY time, code ${page.most}`
      return (await rowsOf(connection, sql, values)).flatMap(([code, time, value, text]) => {
        const known = pointValueOf(value, text)
        return known === undefined ? [] : [{ code: textOf(code), time: numberOf(time), value: known }]
      })
    }
    const { rows, next } = await pageOf(select, limit, ({ time }) => time)
    return { series: group(empty, rows), ...extras(next, damaged) }
  })
}

async function downsampled(
  points: string,
  query: VitalsQuery,
  dataRange: () => Promise<{ from: number; to: number }>,
): Promise<string> {
  const calendar = query.every !== undefined && 'days' in query.every
  const { start, join } = windowSql(query, calendar ? await dataRange() : query)
  const { number, text } = AGGREGATES[query.fn ?? 'mean']
  return `SELECT code, ${start} AS time, ${number} AS value, ${text} AS text
    FROM (SELECT device, code, time AS time, value, text FROM (${points})) AS points ${join} GROUP BY code, ${start}`
}

function group(empty: readonly Series[], rows: readonly Point[]): Series[] {
  const byCode = new Map(empty.map((series) => [series.code, [] as SeriesPoint[]]))
  for (const { code, time, value } of rows) byCode.get(code)?.push({ time, value })
  return empty.map((series) => ({ ...series, points: byCode.get(series.code) ?? [] }))
}
