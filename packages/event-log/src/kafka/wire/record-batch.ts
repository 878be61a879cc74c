import { gunzipSync } from 'node:zlib'
import { PulsewireError } from '@pulsewire/contracts'
import type { LogRecord } from '../../port.ts'
import { crc32c } from './crc32c.ts'
import { Cursor, varintBytes, writeVarint } from './varint.ts'

/*
 * RecordBatch (magic 2) =>
 *   baseOffset INT64, batchLength INT32, partitionLeaderEpoch INT32, magic INT8, crc UINT32 (of all that follows),
 *   attributes INT16, lastOffsetDelta INT32, baseTimestamp INT64, maxTimestamp INT64, producerId INT64, producerEpoch INT16,
 *   baseSequence INT32, recordCount INT32, records
 * Record => length VARINT, attributes INT8, timestampDelta VARLONG, offsetDelta VARINT, key, value, headers
 */
const HEADER_BYTES = 61
const LENGTH_AT = 8
const LENGTH_FROM = 12
const MAGIC_AT = 16
const CRC_AT = 17
const CRC_FROM = 21
const ATTRIBUTES_AT = 21
const COMPRESSION_MASK = 0x07
const LOG_APPEND_TIME = 0x08
const CONTROL = 0x20
const GZIP = 1

/** Who sends a batch, and which of its records to the partition is the first: so the broker knows a repetition. */
export interface BatchIdentity {
  readonly producerId: bigint
  readonly epoch: number
  readonly firstSequence: number
}

/** Key, value and headers of a record as they stand in a batch (copied: what the caller does with its buffers afterwards changes nothing). */
export function encodeRecordBody(record: LogRecord): Buffer {
  const key = Buffer.from(record.key)
  const headers = Object.entries(record.headers).map(
    ([name, value]) => [Buffer.from(name), Buffer.from(value)] as const,
  )
  const valueBytes = record.value === null ? varintBytes(-1) : fieldBytes(record.value)
  let size = fieldBytes(key) + valueBytes + varintBytes(headers.length)
  for (const [name, value] of headers) size += fieldBytes(name) + fieldBytes(value)
  const body = Buffer.allocUnsafe(size)
  let at = writeField(body, 0, key)
  at = record.value === null ? writeVarint(body, at, -1) : writeField(body, at, record.value)
  at = writeVarint(body, at, headers.length)
  for (const [name, value] of headers) at = writeField(body, writeField(body, at, name), value)
  return body
}

const fieldBytes = (bytes: Uint8Array): number => varintBytes(bytes.length) + bytes.length

function writeField(target: Buffer, at: number, bytes: Uint8Array): number {
  const start = writeVarint(target, at, bytes.length)
  target.set(bytes, start)
  return start + bytes.length
}

/** A batch of records; the broker sets their time (LogAppendTime). */
export function encodeBatch(bodies: readonly Buffer[], identity: BatchIdentity, timestamp: number): Buffer {
  // attributes INT8 and timestampDelta 0, a byte each, and the offset delta.
  const lengths = bodies.map((body, index) => 2 + varintBytes(index) + body.length)
  const size = lengths.reduce((sum, length) => sum + varintBytes(length) + length, HEADER_BYTES)
  const batch = Buffer.allocUnsafe(size)
  batch.writeBigInt64BE(0n, 0)
  batch.writeInt32BE(size - LENGTH_FROM, LENGTH_AT)
  batch.writeInt32BE(-1, 12)
  batch.writeInt8(2, MAGIC_AT)
  batch.writeInt16BE(0, ATTRIBUTES_AT)
  batch.writeInt32BE(bodies.length - 1, 23)
  batch.writeBigInt64BE(BigInt(timestamp), 27)
  batch.writeBigInt64BE(BigInt(timestamp), 35)
  batch.writeBigInt64BE(identity.producerId, 43)
  batch.writeInt16BE(identity.epoch, 51)
  batch.writeInt32BE(identity.firstSequence, 53)
  batch.writeInt32BE(bodies.length, 57)
  let at = HEADER_BYTES
  for (const [index, body] of bodies.entries()) {
    at = writeVarint(batch, at, lengths[index] ?? 0)
    batch[at++] = 0
    batch[at++] = 0
    at = writeVarint(batch, at, index)
    at += body.copy(batch, at)
  }
  batch.writeUInt32BE(crc32c(batch.subarray(CRC_FROM)), CRC_AT)
  return batch
}

/** A record as it came, with its place. */
export interface DecodedRecord extends LogRecord {
  readonly offset: number
  readonly timestamp: number
}

/** What a partition answered to a fetch. */
export interface DecodedBatches {
  readonly records: DecodedRecord[]
  /** Where to read on; `from` where nothing whole came. */
  readonly nextFrom: number
  /** Batches that do not match their checksum: stepped over. */
  readonly damaged: readonly { readonly offset: number; readonly reason: string }[]
}

/** Reads the batches of a fetch, from offset `from` on. A batch that was cut off at the end is left for the next fetch. */
export function decodeBatches(bytes: Buffer, from: number): DecodedBatches {
  const records: DecodedRecord[] = []
  const damaged: { offset: number; reason: string }[] = []
  let nextFrom = from
  let at = 0
  while (bytes.length - at >= HEADER_BYTES) {
    const baseOffset = Number(bytes.readBigInt64BE(at))
    const end = at + LENGTH_FROM + bytes.readInt32BE(at + LENGTH_AT)
    if (end > bytes.length || end < at + HEADER_BYTES) break
    const batch = bytes.subarray(at, end)
    at = end
    const lastOffset = baseOffset + batch.readInt32BE(23)
    if (isWhole(batch)) {
      if (lastOffset < nextFrom) continue
      const reason = decodeBatch(batch, baseOffset, from, records)
      if (reason !== undefined) damaged.push({ offset: Math.max(from, baseOffset), reason })
      nextFrom = lastOffset + 1
    } else {
      const offset = Math.max(from, baseOffset)
      damaged.push({ offset, reason: 'the checksum does not match' })
      // What it says of its own end may be what is wrong: the next batch tells where it begins.
      const following = bytes.length - end >= HEADER_BYTES ? Number(bytes.readBigInt64BE(end)) : undefined
      const consistent = batch.readInt32BE(23) === batch.readInt32BE(57) - 1
      nextFrom = Math.max(offset + 1, nextFrom, following ?? (consistent ? lastOffset + 1 : 0))
    }
  }
  return { records, nextFrom, damaged }
}

function isWhole(batch: Buffer): boolean {
  return crc32c(batch.subarray(CRC_FROM)) === batch.readUInt32BE(CRC_AT)
}

/** Adds the records of a batch to `into`; answers what is wrong with it, if something is. */
function decodeBatch(batch: Buffer, baseOffset: number, from: number, into: DecodedRecord[]): string | undefined {
  if (batch.readInt8(MAGIC_AT) !== 2) return `magic ${batch.readInt8(MAGIC_AT)}`
  const attributes = batch.readInt16BE(ATTRIBUTES_AT)
  if ((attributes & CONTROL) !== 0) return undefined
  const compression = attributes & COMPRESSION_MASK
  // Not damage: to step over it would lose it.
  if (compression > GZIP) {
    throw new PulsewireError('PW_CONFIG_INVALID', "The topic's compression.type must be producer, uncompressed or gzip")
  }
  const base = Number(batch.readBigInt64BE(27))
  const appendedAt = (attributes & LOG_APPEND_TIME) === 0 ? undefined : Number(batch.readBigInt64BE(35))
  const count = batch.readInt32BE(57)
  const before = into.length
  try {
    const payload = batch.subarray(HEADER_BYTES)
    const cursor = new Cursor(compression === GZIP ? gunzipSync(payload) : payload)
    for (let index = 0; index < count; index++) {
      const length = cursor.varint()
      const end = cursor.at + length
      cursor.skip(1)
      const timestampDelta = cursor.varlong()
      const offset = baseOffset + cursor.varint()
      if (offset >= from) {
        const timestamp = appendedAt ?? base + timestampDelta
        into.push({ offset, timestamp, ...decodeBody(cursor) })
      }
      cursor.at = end
    }
    return undefined
  } catch (error) {
    into.length = before
    return error instanceof Error ? error.message : String(error)
  }
}

function decodeBody(cursor: Cursor): LogRecord {
  const key = nullable(cursor)
  const value = nullable(cursor)
  const headers: Record<string, string> = {}
  for (let left = cursor.varint(); left > 0; left--) {
    const name = nullable(cursor)?.toString('utf8') ?? ''
    headers[name] = nullable(cursor)?.toString('utf8') ?? ''
  }
  // Copied, so that a record that somebody keeps does not keep the whole answer in memory.
  return { key: key?.toString('utf8') ?? '', headers, value: value === null ? null : Uint8Array.from(value) }
}

function nullable(cursor: Cursor): Buffer | null {
  const length = cursor.varint()
  return length < 0 ? null : cursor.bytes(length)
}
