import { flux } from '@influxdata/influxdb-client'
import type { TimeRange } from '../port.ts'
import { messageKey, shortHash, type Numbered } from '../shared/accounting.ts'
import type { InfluxClient } from './client.ts'
import { allOf, anyOf, DATA_RANGE, instantOf, oneOf, source } from './flux.ts'
import { collectPoints } from './queries/lasting.ts'

/** How many hashes are kept at hand: what a device sends again after a broken link is mostly recent. */
const AT_HAND = 50_000
/** Looked for in this time before the receipt first, ms; then in all that is there. */
const NEAR_MS = 2 * 86_400_000
/** Messages received within this time of each other are read in one query, ms. */
const TOGETHER_MS = 30_000
/** Messages of a device that are looked up in one query. */
const MOST_AT_ONCE = 200

/** Hashes of messages that were stored, to tell a duplicate from a reused number. */
export interface Hashes {
  remember(message: Numbered): void
  /** The hashes of those messages, by `messageKey`: at hand, else from InfluxDB. */
  find(messages: readonly Numbered[]): Promise<ReadonlyMap<string, string>>
}

export function createHashes(client: InfluxClient): Hashes {
  const atHand = new Map<string, string>()

  /** What InfluxDB knows of some numbers of one device. */
  async function lookUp(messages: readonly Numbered[], range: TimeRange, found: Map<string, string>): Promise<void> {
    const [first] = messages
    if (first === undefined) return
    const partitions = [...new Set(messages.map(({ position }) => String(position.partition)))]
    const scope = allOf(oneOf('device', [first.device]), anyOf('partition', partitions))
    const seqs = anyOf('_value', [...new Set(messages.map(({ seq }) => seq))])
    const times = await client.rows(
      flux`${source(client.bucket, range)} |> filter(fn: (r) => r._measurement == "messages" and r._field == "seq" and ${scope} and ${seqs})
        |> keep(columns: ["_time"])`,
      (cells) => instantOf(cells('_time')).ms,
    )
    const fields = anyOf('_field', ['boot', 'seq', 'hash'])
    for (const near of clustersOf(times)) {
      const query = allOf(flux`r._measurement == "messages"`, scope, fields)
      for (const point of await collectPoints(client, query, near, ['device', 'partition'], ['boot', 'seq', 'hash'])) {
        const [boot, seq, hash] = [point('boot'), Number(point('seq')), point('hash')]
        // Of a point that is being written at this moment, nobody asks.
        if (hash !== '') found.set(messageKey({ device: first.device, boot, seq }), hash)
      }
    }
  }

  return {
    remember(message) {
      atHand.set(messageKey(message), shortHash(message))
      if (atHand.size <= AT_HAND) return
      const oldest = atHand.keys().next()
      if (oldest.done !== true) atHand.delete(oldest.value)
    },

    async find(messages) {
      const found = new Map<string, string>()
      const wanted = new Map<string, Numbered[]>()
      for (const message of messages) {
        const key = messageKey(message)
        const hash = atHand.get(key)
        if (hash !== undefined) found.set(key, hash)
        else wanted.set(message.device, [...(wanted.get(message.device) ?? []), message])
      }
      for (const ofDevice of wanted.values()) {
        for (let start = 0; start < ofDevice.length; start += MOST_AT_ONCE) {
          const some = ofDevice.slice(start, start + MOST_AT_ONCE)
          const newest = Math.max(...some.map(({ receivedAt }) => receivedAt))
          await lookUp(some, { from: Math.max(DATA_RANGE.from, newest - NEAR_MS), to: DATA_RANGE.to }, found)
          const missing = some.filter((message) => !found.has(messageKey(message)))
          await lookUp(missing, DATA_RANGE, found)
        }
      }
      return found
    },
  }
}

/** Ranges that hold all of the times, and little else. */
function clustersOf(times: readonly number[]): TimeRange[] {
  const clusters: { from: number; to: number }[] = []
  for (const time of [...times].sort((one, other) => one - other)) {
    const last = clusters.at(-1)
    if (last !== undefined && time - last.to < TOGETHER_MS) last.to = time + 1
    else clusters.push({ from: time, to: time + 1 })
  }
  return clusters
}
