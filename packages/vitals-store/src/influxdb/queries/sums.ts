import { flux, fluxDuration, fluxExpression } from '@influxdata/influxdb-client'
import type { Aggregate, TimeRange, VitalsQuery } from '../../port.ts'
import type { InfluxClient } from '../client.ts'
import { instantOf, source, tagOf } from '../flux.ts'
import { compare, scopeOf, type CodedPoint } from './vitals.ts'
import { windowStarts } from './windows.ts'

/** What InfluxDB works out itself, and what of it. The others need every point here. */
const PARTS: Partial<Record<Aggregate, readonly Part[]>> = {
  mean: ['sum', 'count'],
  min: ['min'],
  max: ['max'],
  sum: ['sum'],
  count: ['count'],
}
type Part = 'sum' | 'count' | 'min' | 'max'
type Parts = Record<Part, number>

/** Midnights of all time zones lie on these, ms. */
const QUARTER_MS = 900_000
/** One window for all data. */
const ALL = '36500d'

/** Whether numbers need not be fetched one by one. */
export function isSummable(query: VitalsQuery): boolean {
  return PARTS[query.fn ?? 'mean'] !== undefined
}

/**
 * Numbers aggregated over the windows of a query. InfluxDB adds up each series over small windows, which are put together here to those
 * that are asked for, over all devices.
 */
export async function sumsOf(
  client: InfluxClient,
  query: VitalsQuery,
  codes: readonly string[],
  range: TimeRange,
): Promise<CodedPoint[]> {
  const fn = query.fn ?? 'mean'
  const { every } = query
  const width = every === undefined ? ALL : `${'ms' in every ? every.ms : QUARTER_MS}ms`
  const found = await Promise.all(
    (PARTS[fn] ?? []).map(async (part) =>
      client.rows(
        flux`${source(client.bucket, range)} |> filter(fn: (r) => r._field == "value" and ${scopeOf(query, codes)})
          |> aggregateWindow(every: ${fluxDuration(width)}, fn: ${fluxExpression(part)}, createEmpty: false, timeSrc: "_start")
          |> keep(columns: ["_time", "_value", "code"])`,
        (cells) => ({
          part,
          code: tagOf(cells('code')),
          time: instantOf(cells('_time')).ms,
          value: Number(cells('_value')),
        }),
      ),
    ),
  )
  const rows = found.flat().sort((one, other) => one.time - other.time)
  const startOf = windowStarts({ from: rows[0]?.time ?? 0, to: (rows.at(-1)?.time ?? 0) + 1 }, query)
  const windows = new Map<string, { code: string; time: number; parts: Parts }>()
  for (const { part, code, time, value } of rows) {
    const start = startOf(time)
    const key = `${code}\0${start}`
    const known = windows.get(key) ?? { code, time: start, parts: { sum: 0, count: 0, min: Infinity, max: -Infinity } }
    windows.set(key, known)
    const { parts } = known
    if (part === 'min') parts.min = Math.min(parts.min, value)
    else if (part === 'max') parts.max = Math.max(parts.max, value)
    else parts[part] += value
  }
  return [...windows.values()]
    .map(({ code, time, parts }) => ({ code, device: '', time, value: valueOf(fn, parts) }))
    .sort((one, other) => one.time - other.time || compare(one.code, other.code))
}

function valueOf(fn: Aggregate, parts: Parts): number {
  switch (fn) {
    case 'min':
    case 'max':
    case 'sum':
    case 'count':
      return parts[fn]
    default:
      return parts.sum / parts.count
  }
}
