import { flux, type FluxParameterLike } from '@influxdata/influxdb-client'
import { MAX_SAMPLES_PER_SIGNAL } from '@pulsewire/contracts'
import type { TimeRange } from '../../port.ts'
import type { Cells, InfluxClient } from '../client.ts'
import { clamped, source } from '../flux.ts'

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

/** Points as objects: the fields of those that have the same series and time, put together. */
export async function collectPoints(
  client: InfluxClient,
  scope: FluxParameterLike,
  range: TimeRange,
  tags: readonly string[],
): Promise<Cells[]> {
  const points = new Map<string, Map<string, string>>()
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
  return [...points.values()].map(
    (point): Cells =>
      (column) =>
        point.get(column) ?? '',
  )
}
