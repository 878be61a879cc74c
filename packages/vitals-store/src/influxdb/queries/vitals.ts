import { flux, fluxExpression, type ParameterizedQuery } from '@influxdata/influxdb-client'
import { unitOf } from '@pulsewire/contracts'
import type { Series, SeriesPoint, TimeRange, VitalsQuery, VitalsStore } from '../../port.ts'
import { extras, limitOf } from '../../shared/answer.ts'
import type { InfluxClient } from '../client.ts'
import { allOf, clamped, instantOf, isLater, oneOf, source, tagOf } from '../flux.ts'
import { decodeText } from '../line.ts'
import { pageOf } from './pages.ts'
import { isSummable, sumsOf } from './sums.ts'
import { downsample } from './windows.ts'

const DEFAULT_LIMIT = 500_000
/** Rows of a series that are fetched beyond the limit at first: several messages may have said something of one millisecond. */
const SPARE = 8

export interface CodedPoint extends SeriesPoint {
  readonly device: string
  readonly code: string
}

/** Series of one patient, each point once, as they are or downsampled. */
export async function queryVitals(client: InfluxClient, query: VitalsQuery): ReturnType<VitalsStore['vitals']> {
  const limit = limitOf(query.limit, DEFAULT_LIMIT)
  const codes = [...new Set(query.codes)]
  const range = clamped(query)
  const downsampled = query.every !== undefined || query.fn !== undefined
  // Checks the windows that are asked for, also where there is nothing.
  if (downsampled) downsample([], query)
  if (codes.length === 0 || range === undefined) return { series: seriesOf(codes, []) }
  const { points, next } = downsampled
    ? { points: await windowsOf(client, query, codes, range), next: undefined }
    : await firstPoints(client, query, codes, range, limit)
  const page = pageOf(points, limit, ({ time }) => time)
  return { series: seriesOf(codes, page.rows), ...extras(page.next ?? next, []) }
}

/** Enough points for a page, in order of time, and from when others would follow. */
async function firstPoints(
  client: InfluxClient,
  query: VitalsQuery,
  codes: readonly string[],
  range: TimeRange,
  limit: number,
): Promise<{ points: readonly CodedPoint[]; next: number | undefined }> {
  for (let rows = limit + SPARE; ; rows *= 2) {
    const series = await seriesRows(client, query, codes, range, { most: rows })
    // A series that was cut is known before its last time alone.
    const ends = series.flatMap((one) => (one.length < rows ? [] : [one.at(-1)?.time ?? range.from]))
    const end = Math.min(...ends)
    const points = inOrder(series.flat().filter(({ time }) => time < end))
    if (ends.length === 0) return { points, next: undefined }
    if (points.length > 0) return { points, next: end }
  }
}

/** All windows of a query, in order of time. Words are few: they are aggregated here. */
async function windowsOf(
  client: InfluxClient,
  query: VitalsQuery,
  codes: readonly string[],
  range: TimeRange,
): Promise<CodedPoint[]> {
  if (!isSummable(query)) return downsample(inOrder((await seriesRows(client, query, codes, range)).flat()), query)
  const [numbers, words] = await Promise.all([
    sumsOf(client, query, codes, range),
    seriesRows(client, query, codes, range, { fields: ['text'] }),
  ])
  return inOrder([...numbers, ...downsample(inOrder(words.flat()), query)])
}

/** The rows of each series, by time, each millisecond once; at most `most` rows each. */
async function seriesRows(
  client: InfluxClient,
  query: VitalsQuery,
  codes: readonly string[],
  range: TimeRange,
  { most, fields = ['value', 'text'] }: { most?: number; fields?: readonly ('value' | 'text')[] } = {},
): Promise<CodedPoint[][]> {
  const scope = scopeOf(query, codes)
  const limit = most === undefined ? fluxExpression('') : flux`|> limit(n: ${most})`
  const rowsOf = async (field: 'value' | 'text') =>
    client.rows(
      flux`${source(client.bucket, range)} |> filter(fn: (r) => r._field == ${field} and ${scope}) ${limit}
        |> keep(columns: ["_time", "_value", "device", "code"])`,
      (cells) => {
        const value = cells('_value')
        const { ms, place } = instantOf(cells('_time'))
        const [device, code] = [tagOf(cells('device')), tagOf(cells('code'))]
        return { device, code, time: ms, place, value: field === 'value' ? Number(value) : decodeText(value) }
      },
    )
  const series = new Map<string, (CodedPoint & { place: number })[]>()
  for (const rows of await Promise.all(fields.map(rowsOf))) {
    for (const row of rows) {
      const key = `${row.device}\0${row.code}\0${typeof row.value}`
      const known = series.get(key)
      const last = known?.at(-1)
      if (known === undefined || last === undefined) series.set(key, [row])
      else if (last.time !== row.time) known.push(row)
      else if (isLater(row.place, last.place)) known[known.length - 1] = row
    }
  }
  return [...series.values()]
}

export function scopeOf(query: Pick<VitalsQuery, 'patient' | 'device'>, codes: readonly string[]): ParameterizedQuery {
  return flux`r._measurement == "vitals" and ${allOf(
    oneOf('patient', [query.patient]),
    oneOf('code', codes),
    query.device === undefined ? undefined : oneOf('device', [query.device]),
  )}`
}

function inOrder(points: CodedPoint[]): CodedPoint[] {
  return points.sort((one, other) => one.time - other.time || compare(one.code, other.code))
}

export function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}

function seriesOf(codes: readonly string[], points: readonly Omit<CodedPoint, 'device'>[]): Series[] {
  const byCode = new Map(codes.map((code) => [code, [] as SeriesPoint[]]))
  for (const { code, time, value } of points) byCode.get(code)?.push({ time, value })
  return codes.map((code) => ({ code, unit: unitOf(code) ?? '', points: byCode.get(code) ?? [] }))
}
