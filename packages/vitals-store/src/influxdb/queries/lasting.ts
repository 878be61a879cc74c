import { flux, type FluxParameterLike } from '@influxdata/influxdb-client'
import { MAX_SAMPLES_PER_SIGNAL } from '@pulsewire/contracts'
import type { TimeRange } from '../../port.ts'
import type { Cells, InfluxClient } from '../client.ts'
import { clamped, instantOf, source } from '../flux.ts'

/** What began so long before a range, ms, is read together with it; what lasts longer is looked for by its duration. */
const USUAL_MS = 15_000
/** The longest that a record may last, ms: a full block at 0.1 Hz. */
const LONGEST_MS = MAX_SAMPLES_PER_SIGNAL * 10_000

/**
 * The ranges of start times in which the records of a measurement lie that overlap `range`, where each point has its duration in a field
 * `durationMs`: the range itself with a little before it, and each longer record that began earlier and still goes on.
 */
export async function startRanges(
  client: InfluxClient,
  scope: FluxParameterLike,
  range: TimeRange,
): Promise<TimeRange[]> {
  const near = clamped({ from: range.from - USUAL_MS, to: range.to })
  const far = clamped({ from: range.from - LONGEST_MS, to: range.from - USUAL_MS })
  const ranges = near === undefined ? [] : [near]
  if (far === undefined) return ranges
  const long = await client.rows(
    flux`${source(client.bucket, far)} |> filter(fn: (r) => ${scope} and r._field == "durationMs" and r._value > ${USUAL_MS})
      |> keep(columns: ["_time", "_value"])`,
    (cells) => {
      const start = Date.parse(cells('_time'))
      return start + Number(cells('_value')) > range.from ? start : undefined
    },
  )
  for (const start of new Set(long)) ranges.push({ from: Math.floor(start), to: Math.floor(start) + 1 })
  return ranges
}

type Point = Map<string, string>

/**
 * Points as objects: the fields of those that have the same series and time, put together. InfluxDB reads field after field, so one that is
 * being written at this moment may come in part: where a `required` field is missing it is read once more.
 */
export async function collectPoints(
  client: InfluxClient,
  scope: FluxParameterLike,
  range: TimeRange,
  tags: readonly string[],
  required: readonly string[],
): Promise<Cells[]> {
  const points = await fetchPoints(client, scope, range, tags)
  const partly = [...points.values()].filter((point) => required.some((field) => !point.has(field)))
  if (partly.length > 0) {
    const times = partly.map((point) => instantOf(point.get('_time') ?? '').ms)
    const from = times.reduce((least, time) => Math.min(least, time), Infinity)
    const to = times.reduce((most, time) => Math.max(most, time), 0) + 1
    for (const [key, point] of await fetchPoints(client, scope, { from, to }, tags)) points.set(key, point)
  }
  return [...points.values()].map(
    (point): Cells =>
      (column) =>
        point.get(column) ?? '',
  )
}

async function fetchPoints(
  client: InfluxClient,
  scope: FluxParameterLike,
  range: TimeRange,
  tags: readonly string[],
): Promise<Map<string, Point>> {
  const points = new Map<string, Point>()
  await client.rows(
    flux`${source(client.bucket, range)} |> filter(fn: (r) => ${scope}) |> keep(columns: ${['_time', '_value', '_field', ...tags]})`,
    (cells) => {
      const time = cells('_time')
      const names = tags.map((tag) => cells(tag))
      const key = JSON.stringify([time, ...names])
      let point = points.get(key)
      if (point === undefined) {
        point = new Map([['_time', time], ...tags.map((tag, index): [string, string] => [tag, names[index] ?? ''])])
        points.set(key, point)
      }
      point.set(cells('_field'), cells('_value'))
      return undefined
    },
  )
  return points
}
