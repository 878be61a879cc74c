import { flux, fluxExpression, type FluxParameterLike } from '@influxdata/influxdb-client'
import type { LatestValue, TimeRange, VitalsStore } from '../../port.ts'
import type { InfluxClient } from '../client.ts'
import { allOf, clamped, DATA_RANGE, instantOf, oneOf, source, tagOf } from '../flux.ts'
import { decodeText } from '../line.ts'
import { startRanges } from './lasting.ts'
import { compare } from './vitals.ts'

/** Names of the signals and codes that a patient has in a range: the first point of each series is looked at. */
export async function queryCatalogue(
  client: InfluxClient,
  query: Parameters<VitalsStore['catalogue']>[0],
): ReturnType<VitalsStore['catalogue']> {
  const range = clamped(query)
  if (range === undefined) return { signals: [], codes: [] }
  const patient = oneOf('patient', [query.patient])
  const blocks = allOf(flux`r._measurement == "waveform"`, patient)
  const codes = await namesOf(
    client,
    allOf(flux`r._measurement == "vitals"`, patient, fluxExpression(SAID)),
    range,
    'code',
  )
  const durations = allOf(blocks, flux`r._field == "durationMs"`)
  const signals = await namesOf(client, durations, range, 'signal')
  for (const { from, to } of await startRanges(client, blocks, range)) {
    const earlier = clamped({ from, to: Math.min(to, range.from) })
    if (earlier !== undefined) signals.push(...(await stillLasting(client, durations, earlier, range.from)))
  }
  return { signals: sorted(signals), codes: sorted(codes) }
}

const SAID = '(r._field == "value" or r._field == "text")'

async function namesOf(client: InfluxClient, scope: FluxParameterLike, range: TimeRange, tag: 'code' | 'signal') {
  return client.rows(
    flux`${source(client.bucket, range)} |> filter(fn: (r) => ${scope}) |> first() |> keep(columns: ${[tag]})`,
    (cells) => tagOf(cells(tag)),
  )
}

/** Signals of blocks that began in a range and lasted beyond a time. */
async function stillLasting(client: InfluxClient, durations: FluxParameterLike, range: TimeRange, beyond: number) {
  return client.rows(
    flux`${source(client.bucket, range)} |> filter(fn: (r) => ${durations}) |> keep(columns: ["_time", "_value", "signal"])`,
    (cells) => (instantOf(cells('_time')).ms + Number(cells('_value')) > beyond ? tagOf(cells('signal')) : undefined),
  )
}

function sorted(names: readonly string[]): string[] {
  return [...new Set(names)].sort(compare)
}

/** The newest value of each series of some patients, by patient, device and code. */
export async function queryLatest(client: InfluxClient, patients: readonly string[]): Promise<LatestValue[]> {
  if (patients.length === 0) return []
  const newest = new Map<string, LatestValue>()
  const query = (field: 'value' | 'text') =>
    flux`${source(client.bucket, DATA_RANGE)}
      |> filter(fn: (r) => r._measurement == "vitals" and r._field == ${field} and ${oneOf('patient', patients)})
      |> last() |> keep(columns: ["_time", "_value", "patient", "device", "code"])`
  for (const field of ['value', 'text'] as const) {
    await client.rows(query(field), (cells) => {
      const [patient, device, code] = [tagOf(cells('patient')), tagOf(cells('device')), tagOf(cells('code'))]
      const text = cells('_value')
      const { ms: time } = instantOf(cells('_time'))
      const key = JSON.stringify([patient, device, code])
      if ((newest.get(key)?.time ?? -Infinity) < time) {
        newest.set(key, { patient, device, code, time, value: field === 'value' ? Number(text) : decodeText(text) })
      }
      return undefined
    })
  }
  const order = new Map(patients.map((patient, index) => [patient, index]))
  return [...newest.values()].sort(
    (one, other) =>
      (order.get(one.patient) ?? 0) - (order.get(other.patient) ?? 0) ||
      compare(one.device, other.device) ||
      compare(one.code, other.code),
  )
}
