import type { Exchange } from 'kafkajs/src/network/connection.js'
import { expect, test, vi } from 'vitest'
import { createReader } from './reader.ts'
import { createFakeBroker } from './testing/fake-broker.ts'
import { encodeBatch, encodeRecordBody } from './wire/record-batch.ts'
import { Cursor } from './wire/varint.ts'

const FETCH_HEADER_BYTES = 25
const FETCH_PLACE_BYTES = 28
const ANSWER_HEADER_BYTES = 10

interface Asked {
  readonly partition: number
  readonly offset: number
}

/** What a fetch asks of one topic, in its order. */
function askedBy(request: Buffer): Asked[] {
  const cursor = new Cursor(request, FETCH_HEADER_BYTES)
  return cursor
    .array(() => {
      cursor.string()
      return cursor.array(() => {
        const partition = cursor.int32()
        cursor.skip(4)
        const offset = cursor.int64()
        cursor.skip(FETCH_PLACE_BYTES - 16)
        return { partition, offset }
      })
    })
    .flat()
}

function answer(topic: string, of: readonly { partition: number; next: number; batches: Buffer }[]): Buffer {
  const head = Buffer.alloc(ANSWER_HEADER_BYTES + 4 + 2 + topic.length + 4)
  head.writeInt32BE(1, ANSWER_HEADER_BYTES)
  head.writeInt16BE(topic.length, ANSWER_HEADER_BYTES + 4)
  head.write(topic, ANSWER_HEADER_BYTES + 6)
  head.writeInt32BE(of.length, head.length - 4)
  const parts = of.map(({ partition, next, batches }) => {
    const part = Buffer.alloc(42)
    part.writeInt32BE(partition, 0)
    part.writeBigInt64BE(BigInt(next), 6)
    part.writeInt32BE(batches.length, 38)
    return Buffer.concat([part, batches])
  })
  return Buffer.concat([head, ...parts])
}

function batchAt(offset: number): Buffer {
  const body = encodeRecordBody({ key: 'k', headers: {}, value: null })
  const batch = encodeBatch([body], { producerId: 1n, epoch: 0, firstSequence: 0 }, 0)
  batch.writeBigInt64BE(BigInt(offset), 0)
  return batch
}

test('a batch larger than a fetch gives to a partition comes, though the partition before it always has something', async () => {
  const { cluster } = createFakeBroker()
  cluster.link = async () => ({
    isOpen: true,
    call: () => Promise.reject(new Error('not here')),
    async send<T>(exchange: Exchange<T>): Promise<T> {
      await new Promise((resolve) => setImmediate(resolve))
      const asked = askedBy(Buffer.from((await exchange.request.encode()).buffer))
      // As Kafka: partition 1 holds a large batch, which comes only where nothing came before it.
      const parts = asked.map(({ partition, offset }, index) => {
        const batches = partition === 0 || (index === 0 && offset === 0) ? batchAt(offset) : Buffer.alloc(0)
        return { partition, next: partition === 0 ? offset + 1 : 1, batches }
      })
      return exchange.response.decode(answer('telemetry', parts))
    },
    close: () => undefined,
  })
  const ends = (): Promise<never> => Promise.reject(new Error('not asked'))
  const reader = createReader(cluster, { nameOf: (topic) => topic, offsets: { ends, at: ends } })
  const source = reader.open([0, 1].map((partition) => ({ topic: 'telemetry', partition, offset: 0 })))
  const next = [0, 0]
  await vi.waitFor(
    async () => {
      for (const partition of [0, 1]) {
        const from = next[partition] ?? 0
        const limits = { maxRecords: 1_000, maxBytes: 1_000_000 }
        next[partition] = (await source.read('telemetry', partition, from, limits, () => undefined)).nextFrom
      }
      expect(next[1]).toBe(1)
    },
    { timeout: 2_000, interval: 2 },
  )
  expect(next[0]).toBeGreaterThan(0)
  source.close()
  reader.close()
})
