import Encoder from 'kafkajs/src/protocol/encoder.js'
import apiKeys from 'kafkajs/src/protocol/requests/apiKeys.js'
import type { Exchange } from 'kafkajs/src/network/connection.js'
import { Cursor } from './varint.ts'

/*
 * The three requests that this adapter writes and reads by itself. kafkajs's own fail as a whole where one partition does, know one producer
 * epoch a request, and check no checksum.
 */

const PRODUCE_VERSION = 7
const FETCH_VERSION = 11
const LIST_OFFSETS_VERSION = 2
const READ_UNCOMMITTED = 0

/** Something of one partition. */
export interface OfPartition<T> {
  readonly topic: string
  readonly partition: number
  readonly is: T
}

export interface ProduceAnswer {
  readonly errorCode: number
  readonly baseOffset: number
}
export interface FetchAnswer {
  readonly errorCode: number
  /** The next offset to be appended (as far as all replicas have it). */
  readonly highWatermark: number
  readonly batches: Buffer
}
export interface ListOffsetsAnswer {
  readonly errorCode: number
  readonly offset: number
}

/** Writes forward over a buffer that grows: `#take` may put another in place, so it is asked before the buffer is looked at. */
class Writer {
  #buffer = Buffer.allocUnsafe(1024)
  #at = 0
  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#at)
  }
  int8(value: number): this {
    const at = this.#take(1)
    this.#buffer.writeInt8(value, at)
    return this
  }
  int16(value: number): this {
    const at = this.#take(2)
    this.#buffer.writeInt16BE(value, at)
    return this
  }
  int32(value: number): this {
    const at = this.#take(4)
    this.#buffer.writeInt32BE(value, at)
    return this
  }
  int64(value: number): this {
    const at = this.#take(8)
    this.#buffer.writeBigInt64BE(BigInt(value), at)
    return this
  }
  string(text: string): this {
    const bytes = Buffer.from(text)
    return this.int16(bytes.length).raw(bytes)
  }
  raw(bytes: Buffer): this {
    const at = this.#take(bytes.length)
    bytes.copy(this.#buffer, at)
    return this
  }
  /** `[topic [partition …]]`, topics and partitions in the order given. */
  byTopic<T>(items: readonly OfPartition<T>[], encode: (is: T) => void): this {
    const topics = new Map<string, OfPartition<T>[]>()
    for (const item of items) {
      const known = topics.get(item.topic)
      if (known === undefined) topics.set(item.topic, [item])
      else known.push(item)
    }
    this.int32(topics.size)
    for (const [topic, partitions] of topics) {
      this.string(topic).int32(partitions.length)
      for (const { partition, is } of partitions) {
        this.int32(partition)
        encode(is)
      }
    }
    return this
  }
  #take(bytes: number): number {
    const at = this.#at
    this.#at += bytes
    if (this.#at > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#at, 2 * this.#buffer.length))
      this.#buffer.copy(larger, 0, 0, at)
      this.#buffer = larger
    }
    return at
  }
}

function exchange<T>(
  api: { key: number; version: number; name: string },
  writer: Writer,
  decode: (cursor: Cursor) => T,
): Exchange<T> {
  const body = writer.bytes
  return {
    request: {
      apiKey: api.key,
      apiVersion: api.version,
      apiName: api.name,
      encode: async () => new Encoder(body.length).writeBuffer(body),
    },
    response: {
      decode: async (payload) => decode(new Cursor(payload)),
      parse: async (decoded) => decoded,
    },
  }
}

/**
 * Produce v7 => transactional_id NULLABLE_STRING, acks INT16, timeout INT32, [topic STRING [partition INT32, records BYTES]]
 * answer => [topic [partition INT32, error INT16, base_offset INT64, log_append_time INT64, log_start_offset INT64]] throttle INT32
 */
export function produce(
  batches: readonly OfPartition<Buffer>[],
  timeoutMs: number,
): Exchange<OfPartition<ProduceAnswer>[]> {
  const writer = new Writer()
  return exchange(
    { key: apiKeys.Produce, version: PRODUCE_VERSION, name: 'Produce' },
    writer
      .int16(-1)
      .int16(-1)
      .int32(timeoutMs)
      .byTopic(batches, (batch) => writer.int32(batch.length).raw(batch)),
    (cursor) =>
      cursor
        .array(() => {
          const topic = cursor.string()
          return cursor.array(() => {
            const partition = cursor.int32()
            const is = { errorCode: cursor.int16(), baseOffset: cursor.int64() }
            cursor.skip(16)
            return { topic, partition, is }
          })
        })
        .flat(),
  )
}

/** How much, and how long the broker waits for something to come. */
export interface FetchLimits {
  readonly maxWaitMs: number
  readonly maxBytes: number
  readonly maxPartitionBytes: number
}

/**
 * Fetch v11 => replica INT32, max_wait INT32, min_bytes INT32, max_bytes INT32, isolation INT8, session INT32, session_epoch INT32,
 *   [topic [partition INT32, leader_epoch INT32, offset INT64, log_start INT64, max_bytes INT32]] [forgotten] rack STRING
 * answer => throttle INT32, error INT16, session INT32, [topic [partition INT32, error INT16, high_watermark INT64, last_stable INT64,
 *   log_start INT64, [producer INT64, first INT64], preferred_replica INT32, records BYTES]]
 */
export function fetch(
  places: readonly OfPartition<number>[],
  limits: FetchLimits,
): Exchange<OfPartition<FetchAnswer>[]> {
  const writer = new Writer()
  return exchange(
    { key: apiKeys.Fetch, version: FETCH_VERSION, name: 'Fetch' },
    writer
      .int32(-1)
      .int32(limits.maxWaitMs)
      .int32(1)
      .int32(limits.maxBytes)
      .int8(READ_UNCOMMITTED)
      .int32(0)
      .int32(-1)
      .byTopic(places, (offset) => writer.int32(-1).int64(offset).int64(-1).int32(limits.maxPartitionBytes))
      .int32(0)
      .string(''),
    (cursor) => {
      cursor.skip(10)
      return cursor
        .array(() => {
          const topic = cursor.string()
          return cursor.array(() => {
            const partition = cursor.int32()
            const errorCode = cursor.int16()
            const highWatermark = cursor.int64()
            cursor.skip(16)
            cursor.array(() => cursor.skip(16))
            cursor.skip(4)
            const length = cursor.int32()
            return { topic, partition, is: { errorCode, highWatermark, batches: cursor.bytes(Math.max(0, length)) } }
          })
        })
        .flat()
    },
  )
}

/**
 * By timestamp: −1 = the end, −2 = the earliest. An answer of −1: nothing as young as that.
 * ListOffsets v2 => replica INT32, isolation INT8, [topic [partition INT32, timestamp INT64]]
 * answer => throttle INT32, [topic [partition INT32, error INT16, timestamp INT64, offset INT64]]
 */
export function listOffsets(places: readonly OfPartition<number>[]): Exchange<OfPartition<ListOffsetsAnswer>[]> {
  const writer = new Writer()
  return exchange(
    { key: apiKeys.ListOffsets, version: LIST_OFFSETS_VERSION, name: 'ListOffsets' },
    writer
      .int32(-1)
      .int8(READ_UNCOMMITTED)
      .byTopic(places, (timestamp) => writer.int64(timestamp)),
    (cursor) => {
      cursor.skip(4)
      return cursor
        .array(() => {
          const topic = cursor.string()
          return cursor.array(() => {
            const partition = cursor.int32()
            const errorCode = cursor.int16()
            cursor.skip(8)
            return { topic, partition, is: { errorCode, offset: cursor.int64() } }
          })
        })
        .flat()
    },
  )
}
