import { flux } from '@influxdata/influxdb-client'
import { PulsewireError, quarantineReason, UPLINK_KINDS } from '@pulsewire/contracts'
import type { DeviceEvent, QuarantineEntry, VitalsStore } from '../../port.ts'
import { limitOf } from '../../shared/answer.ts'
import type { InfluxClient } from '../client.ts'
import { allOf, clamped, DATA_RANGE, instantOf, oneOf, source, tagOf } from '../flux.ts'
import { collectPoints } from './lasting.ts'
import { pageOf } from './pages.ts'

const DEFAULT_EVENTS = 10_000
/** Each with up to 256 KiB of payload. */
const DEFAULT_QUARANTINED = 1_000

/** The newest events of a range, in order of time. */
export async function queryEvents(
  client: InfluxClient,
  query: Parameters<VitalsStore['events']>[0],
): Promise<DeviceEvent[]> {
  const limit = limitOf(query.limit, DEFAULT_EVENTS)
  const range = clamped(query)
  if (range === undefined) return []
  const scope = allOf(
    flux`r._measurement == "events" and r._field == "body"`,
    query.patient === undefined ? undefined : oneOf('patient', [query.patient]),
    query.device === undefined ? undefined : oneOf('device', [query.device]),
  )
  const rows = await client.rows(
    flux`${source(client.bucket, range)} |> filter(fn: (r) => ${scope}) |> group() |> sort(columns: ["_time"], desc: true)
      |> limit(n: ${limit}) |> keep(columns: ["_time", "_value", "patient", "device", "kind"])`,
    (cells): DeviceEvent => {
      const kind = UPLINK_KINDS.find((name) => name === tagOf(cells('kind')))
      const body: unknown = JSON.parse(cells('_value'))
      if (kind === undefined || typeof body !== 'object') {
        throw new PulsewireError('PW_STORE_DAMAGED', 'an event cannot be read')
      }
      const patient = tagOf(cells('patient'))
      const { ms: time } = instantOf(cells('_time'))
      return { ...(patient === '' ? {} : { patient }), device: tagOf(cells('device')), kind, time, body: { ...body } }
    },
  )
  return rows.toReversed()
}

/** What was quarantined, by the time of receipt. */
export async function queryQuarantine(
  client: InfluxClient,
  query: Parameters<VitalsStore['quarantine']>[0],
): ReturnType<VitalsStore['quarantine']> {
  const limit = limitOf(query.limit, DEFAULT_QUARANTINED)
  const range = clamped({ from: query.from ?? DATA_RANGE.from, to: query.to ?? DATA_RANGE.to })
  if (range === undefined) return { entries: [] }
  const scope = allOf(
    flux`r._measurement == "quarantine"`,
    query.device === undefined ? undefined : oneOf('device', [query.device]),
  )
  // First the times alone, as each entry may have 256 KiB.
  const times = await client.rows(
    flux`${source(client.bucket, range)} |> filter(fn: (r) => ${scope} and r._field == "id") |> group() |> sort(columns: ["_time"])
      |> keep(columns: ["_time"])`,
    (cells) => instantOf(cells('_time')).ms,
  )
  const page = pageOf(times, limit, (time) => time)
  const [first, last] = [page.rows[0], page.rows.at(-1)]
  if (first === undefined || last === undefined) return { entries: [] }
  const points = await collectPoints(
    client,
    scope,
    { from: first, to: last + 1 },
    ['device', 'code', 'source'],
    ['id', 'reason', 'payload'],
  )
  const entries = points
    .map((point) => ({ point, at: instantOf(point('_time')) }))
    .sort((one, other) => one.at.ms - other.at.ms || one.at.place - other.at.place)
    .map(({ point }): QuarantineEntry => {
      const known = quarantineReason.safeParse(JSON.parse(point('reason')))
      if (!known.success) throw new PulsewireError('PW_STORE_DAMAGED', 'a quarantined message cannot be read')
      const { boot, seq, ...rest } = known.data
      const numbered = { ...(boot === undefined ? {} : { boot }), ...(seq === undefined ? {} : { seq }) }
      return {
        ...rest,
        ...numbered,
        id: point('id'),
        payload: Uint8Array.from(Buffer.from(point('payload'), 'base64')),
      }
    })
  return { entries, ...(page.next === undefined ? {} : { next: page.next }) }
}
