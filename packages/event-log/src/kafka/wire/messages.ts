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

const utf8 = (text: string): Buffer => {
  const bytes = Buffer.from(text)
  return Buffer.concat([int16(bytes.length), bytes])
}
const int8 = (value: number): Buffer => Buffer.from([value & 0xff])
const int16 = (value: number): Buffer => {
  const bytes = Buffer.allocUnsafe(2)
  bytes.writeInt16BE(value)
  return bytes
}
const int32 = (value: number): Buffer => {
  const bytes = Buffer.allocUnsafe(4)
  bytes.writeInt32BE(value)
  return bytes
}
const int64 = (value: number): Buffer => {
  const bytes = Buffer.allocUnsafe(8)
  bytes.writeBigInt64BE(BigInt(value))
  return bytes
}

/** `[topic [partition …]]`, topics and partitions in the order given. */
function byTopic<T>(items: readonly OfPartition<T>[], encode: (partition: number, is: T) => Buffer[]): Buffer[] {
  const topics = new Map<string, OfPartition<T>[]>()
  for (const item of items) {
    const known = topics.get(item.topic)
    if (known === undefined) topics.set(item.topic, [item])
    else known.push(item)
  }
  return [
    int32(topics.size),
    ...[...topics].flatMap(([topic, partitions]) => [
      utf8(topic),
      int32(partitions.length),
      ...partitions.flatMap(({ partition, is }) => encode(partition, is)),
    ]),
  ]
}

function exchange<T>(
  api: { key: number; version: number; name: string },
  parts: readonly Buffer[],
  decode: (cursor: Cursor) => T,
): Exchange<T> {
  const body = Buffer.concat(parts)
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
  return exchange(
    { key: apiKeys.Produce, version: PRODUCE_VERSION, name: 'Produce' },
    [
      int16(-1),
      int16(-1),
      int32(timeoutMs),
      ...byTopic(batches, (partition, batch) => [int32(partition), int32(batch.length), batch]),
    ],
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
  return exchange(
    { key: apiKeys.Fetch, version: FETCH_VERSION, name: 'Fetch' },
    [
      int32(-1),
      int32(limits.maxWaitMs),
      int32(1),
      int32(limits.maxBytes),
      int8(READ_UNCOMMITTED),
      int32(0),
      int32(-1),
      ...byTopic(places, (partition, offset) => [
        int32(partition),
        int32(-1),
        int64(offset),
        int64(-1),
        int32(limits.maxPartitionBytes),
      ]),
      int32(0),
      utf8(''),
    ],
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
  return exchange(
    { key: apiKeys.ListOffsets, version: LIST_OFFSETS_VERSION, name: 'ListOffsets' },
    [
      int32(-1),
      int8(READ_UNCOMMITTED),
      ...byTopic(places, (partition, timestamp) => [int32(partition), int64(timestamp)]),
    ],
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
