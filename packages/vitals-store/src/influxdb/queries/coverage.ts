import { flux, fluxDuration, fluxExpression, type FluxParameterLike } from '@influxdata/influxdb-client'
import { LATE_AFTER_MS } from '@pulsewire/contracts'
import type { CoverageQuery, DeviceDelay, TimeRange, VitalsStore } from '../../port.ts'
import { coverageOf, type Covered } from '../../shared/coverage.ts'
import type { InfluxClient } from '../client.ts'
import { allOf, clamped, instantOf, oneOf, source, tagOf } from '../flux.ts'
import { downsample } from './windows.ts'

/** How much of each series came: InfluxDB counts and adds up by itself. */
export async function queryCoverage(client: InfluxClient, query: CoverageQuery): ReturnType<VitalsStore['coverage']> {
  const range = clamped(query)
  const patients = [...new Set(query.patients)]
  // Checks the windows that are asked for, also where there is nothing.
  downsample([], { ...query, patient: '', codes: [], every: { ms: query.everyMs } })
  if (range === undefined || patients.length === 0) return { series: [], delays: [] }
  const scoped = (measurement: string, fields: string) =>
    allOf(flux`r._measurement == ${measurement}`, oneOf('patient', patients), fluxExpression(fields))
  const said = scoped('vitals', '(r._field == "value" or r._field == "text")')
  const lasting = scoped('waveform', 'r._field == "durationMs"')
  const [vitals, waveforms] = await Promise.all([
    amounts(client, said, range, { everyMs: query.everyMs, fn: 'count', name: 'code' }),
    amounts(client, lasting, range, { everyMs: query.everyMs, fn: 'sum', name: 'signal' }),
  ])
  const of = (patient: string, rows: readonly (Covered & { patient: string })[]) =>
    rows.filter((row) => row.patient === patient)
  const series = patients.flatMap((patient) => [
    ...coverageOf(patient, 'vital', of(patient, vitals)),
    ...coverageOf(patient, 'waveform', of(patient, waveforms)),
  ])
  const devices = [...new Set(series.map(({ device }) => device))]
  return { series, delays: await delaysOf(client, devices, range) }
}

async function amounts(
  client: InfluxClient,
  scope: FluxParameterLike,
  range: TimeRange,
  { everyMs, fn, name }: { everyMs: number; fn: 'count' | 'sum'; name: 'code' | 'signal' },
): Promise<(Covered & { patient: string })[]> {
  return client.rows(
    flux`${source(client.bucket, range)} |> filter(fn: (r) => ${scope})
      |> aggregateWindow(every: ${fluxDuration(`${everyMs}ms`)}, fn: ${fluxExpression(fn)}, createEmpty: false, timeSrc: "_start")
      |> keep(columns: ["_time", "_value", "patient", "device", ${name}])`,
    (cells) => ({
      patient: tagOf(cells('patient')),
      device: tagOf(cells('device')),
      name: tagOf(cells(name)),
      // The first window begins with the range.
      start: Math.floor(instantOf(cells('_time')).ms / everyMs) * everyMs,
      amount: Number(cells('_value')),
    }),
  )
}

/** Of messages that were stored before delays were kept, nothing is told. */
async function delaysOf(client: InfluxClient, devices: readonly string[], range: TimeRange): Promise<DeviceDelay[]> {
  if (devices.length === 0) return []
  const scope = allOf(flux`r._measurement == "messages" and r._field == "delayMs"`, oneOf('device', devices))
  const each = async (what: string) => {
    const rows = await client.rows(
      flux`${source(client.bucket, range)} |> filter(fn: (r) => ${scope}) |> group(columns: ["device"])
        |> ${fluxExpression(what)} |> keep(columns: ["_value", "device"])`,
      (cells): [string, number] => [tagOf(cells('device')), Number(cells('_value'))],
    )
    return new Map(rows)
  }
  const [messages, late, p50, p90] = await Promise.all([
    each('count()'),
    each(`filter(fn: (r) => r._value > ${LATE_AFTER_MS}) |> count()`),
    each('toFloat() |> quantile(q: 0.5, method: "estimate_tdigest")'),
    each('toFloat() |> quantile(q: 0.9, method: "estimate_tdigest")'),
  ])
  return [...messages]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([device, count]) => ({
      device,
      messages: count,
      late: late.get(device) ?? 0,
      p50Ms: Math.round(p50.get(device) ?? 0),
      p90Ms: Math.round(p90.get(device) ?? 0),
    }))
}
