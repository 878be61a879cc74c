import type { DuckDBValue } from '@duckdb/node-api'
import { PulsewireError, quarantineReason, UPLINK_KINDS } from '@pulsewire/contracts'
import type { DeviceEvent, QuarantineEntry, VitalsStore } from '../../port.ts'
import { limitOf } from '../../shared/answer.ts'
import type { Reader } from '../reader.ts'
import { bytesOf, msLiteral, numberOf, rowsOf, textOf } from '../sql.ts'
import { pageOf, whereOf, type Select } from './paging.ts'

const DEFAULT_EVENTS = 10_000
/** Each with up to 256 KiB of payload. */
const DEFAULT_QUARANTINED = 1_000

/** The newest events of a range, in order of time. */
export async function queryEvents(reader: Reader, query: Parameters<VitalsStore['events']>[0]): Promise<DeviceEvent[]> {
  const limit = limitOf(query.limit, DEFAULT_EVENTS)
  const values: DuckDBValue[] = []
  const conditions = [`time >= ${msLiteral(query.from)}`, `time < ${msLiteral(query.to)}`]
  if (query.patient !== undefined) conditions.push(`patient = $${values.push(query.patient)}`)
  if (query.device !== undefined) conditions.push(`device = $${values.push(query.device)}`)
  const sql = `SELECT patient, device, kind, time, body FROM events WHERE ${conditions.join(' AND ')}
    ORDER BY time DESC, version DESC LIMIT ${limit}`
  return reader.read(async (connection) =>
    (await rowsOf(connection, sql, values)).toReversed().map(([patient, device, kind, time, body]): DeviceEvent => {
      const known = UPLINK_KINDS.find((name) => name === kind)
      const content: unknown = JSON.parse(textOf(body))
      if (known === undefined || typeof content !== 'object') {
        throw new PulsewireError('PW_STORE_DAMAGED', 'an event cannot be read')
      }
      return {
        ...(typeof patient === 'string' ? { patient } : {}),
        device: textOf(device),
        kind: known,
        time: numberOf(time),
        body: { ...content },
      }
    }),
  )
}

/** What was quarantined, by the time of receipt. */
export async function queryQuarantine(
  reader: Reader,
  query: Parameters<VitalsStore['quarantine']>[0],
): ReturnType<VitalsStore['quarantine']> {
  const limit = limitOf(query.limit, DEFAULT_QUARANTINED)
  const values: DuckDBValue[] = []
  const conditions = ['true']
  if (query.from !== undefined) conditions.push(`"receivedAt" >= ${msLiteral(query.from)}`)
  if (query.to !== undefined) conditions.push(`"receivedAt" < ${msLiteral(query.to)}`)
  if (query.device !== undefined) conditions.push(`device = $${values.push(query.device)}`)
  return reader.read(async (connection) => {
    const select: Select<QuarantineEntry> = async (where, most) => {
      const page = whereOf('"receivedAt"', where, most)
      const sql = `SELECT id, reason, payload FROM quarantine WHERE ${conditions.join(' AND ')} AND ${page.condition}
        ORDER BY "receivedAt", version ${page.most}`
      return (await rowsOf(connection, sql, values)).map(([id, reason, payload]) => {
        const known = quarantineReason.safeParse(JSON.parse(textOf(reason)))
        if (!known.success) throw new PulsewireError('PW_STORE_DAMAGED', 'a quarantined message cannot be read')
        const { boot, seq, ...rest } = known.data
        const numbered = { ...(boot === undefined ? {} : { boot }), ...(seq === undefined ? {} : { seq }) }
        return { ...rest, ...numbered, id: textOf(id), payload: Uint8Array.from(bytesOf(payload)) }
      })
    }
    const page = await pageOf(select, limit, ({ receivedAt }) => receivedAt)
    return { entries: page.rows, ...(page.next === undefined ? {} : { next: page.next }) }
  })
}
