import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { LogRecord } from '../../port.ts'
import { crc32c } from './crc32c.ts'
import { decodeBatches, encodeBatch, encodeRecordBody } from './record-batch.ts'

const IDENTITY = { producerId: 7n, epoch: 3, firstSequence: 100 }

function batchAt(offset: number, records: readonly LogRecord[]): Buffer {
  const batch = encodeBatch(records.map(encodeRecordBody), IDENTITY, 1_700_000_000_000)
  batch.writeBigInt64BE(BigInt(offset), 0)
  return batch
}
const one = (key: string, value = 'v'): LogRecord => ({ key, headers: {}, value: Buffer.from(value) })
/** The checksum as it should be after a change of what it covers. */
function sealed(batch: Buffer): Buffer {
  batch.writeUInt32BE(crc32c(batch.subarray(21)), 17)
  return batch
}

describe('record batches', () => {
  test('the checksum is CRC-32C', () => {
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283)
    expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa)
  })

  test('what is encoded is decoded the same, at its offsets', () => {
    const record = fc.record({
      key: fc.string({ unit: 'grapheme' }),
      headers: fc.dictionary(
        fc.string({ unit: 'grapheme' }).filter((name) => name !== '__proto__'),
        fc.string({ unit: 'grapheme' }),
      ),
      value: fc.option(fc.uint8Array({ maxLength: 300 })),
    })
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 80 }), fc.nat(2 ** 40), (records, offset) => {
        const { records: decoded, nextFrom, damaged } = decodeBatches(batchAt(offset, records), offset)
        expect(damaged).toEqual([])
        expect(nextFrom).toBe(offset + records.length)
        expect(decoded.map(({ key, headers, value }) => ({ key, headers: { ...headers }, value }))).toEqual(
          records.map(({ key, headers, value }) => ({ key, headers: { ...headers }, value })),
        )
        expect(decoded.map((stored) => stored.offset)).toEqual(records.map((_, index) => offset + index))
      }),
    )
  })

  test('what lies before the wanted offset is left out, a batch that was cut off is left for the next fetch', () => {
    const bytes = Buffer.concat([batchAt(10, [one('a'), one('b'), one('c')]), batchAt(13, [one('d')]).subarray(0, 65)])
    const { records, nextFrom } = decodeBatches(bytes, 11)
    expect(records.map(({ key, offset }) => [key, offset])).toEqual([
      ['b', 11],
      ['c', 12],
    ])
    expect(nextFrom).toBe(13)
  })

  test('a batch that compaction has emptied moves the place on', () => {
    const empty = batchAt(20, [one('a'), one('b')]).subarray(0, 61)
    empty.writeInt32BE(61 - 12, 8)
    empty.writeInt32BE(0, 57)
    expect(decodeBatches(sealed(Buffer.from(empty)), 20)).toEqual({ records: [], nextFrom: 22, damaged: [] })
  })

  test('a control batch is no record', () => {
    const control = batchAt(5, [one('a')])
    control.writeInt16BE(0x20, 21)
    expect(decodeBatches(sealed(control), 5)).toEqual({ records: [], nextFrom: 6, damaged: [] })
  })

  test('a flipped bit is found, reported and stepped over; the neighbours are served', () => {
    for (const at of [30, 62, 66]) {
      const middle = batchAt(1, [one('b')])
      middle.writeUInt8(middle.readUInt8(at) ^ 0x10, at)
      const { records, nextFrom, damaged } = decodeBatches(
        Buffer.concat([batchAt(0, [one('a')]), middle, batchAt(2, [one('c')])]),
        0,
      )
      expect(records.map(({ key }) => key)).toEqual(['a', 'c'])
      expect(nextFrom).toBe(3)
      expect(damaged).toEqual([{ offset: 1, reason: 'the checksum does not match' }])
    }
  })

  test('a batch that lies about its own end takes no neighbour with it', () => {
    const liar = batchAt(1, [one('b')])
    liar.writeInt32BE(1_000_000, 23)
    const { records, nextFrom } = decodeBatches(Buffer.concat([liar, batchAt(2, [one('c')])]), 1)
    expect(records.map(({ key }) => key)).toEqual(['c'])
    expect(nextFrom).toBe(3)
    expect(decodeBatches(liar, 1)).toMatchObject({ records: [], nextFrom: 2, damaged: [{ offset: 1 }] })
  })

  test('the broker’s time of the append is that of every record of the batch', () => {
    const batch = batchAt(0, [one('a'), one('b')])
    batch.writeInt16BE(0x08, 21)
    batch.writeBigInt64BE(1_700_000_000_999n, 35)
    expect(decodeBatches(sealed(batch), 0).records.map(({ timestamp }) => timestamp)).toEqual([
      1_700_000_000_999, 1_700_000_000_999,
    ])
  })

  test('gzip is read; another compression is an error of the configuration, never stepped over', () => {
    const plain = batchAt(0, [one('a'), one('b')])
    const packed = Buffer.concat([plain.subarray(0, 61), gzipSync(plain.subarray(61))])
    packed.writeInt32BE(packed.length - 12, 8)
    packed.writeInt16BE(1, 21)
    expect(decodeBatches(sealed(packed), 0).records.map(({ key }) => key)).toEqual(['a', 'b'])
    const zstd = batchAt(0, [one('a')])
    zstd.writeInt16BE(4, 21)
    expect(() => decodeBatches(sealed(zstd), 0)).toThrow(expect.objectContaining({ code: 'PW_CONFIG_INVALID' }))
  })
})
