import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { LogRecord } from '../port.ts'
import {
  decodeHeader,
  encodeFrame,
  encodeGroup,
  HEADER_BYTES,
  isBodySound,
  readGroup,
  type GroupRecord,
} from './group-codec.ts'

const name = fc.string({ unit: 'grapheme', maxLength: 40 }).filter((text) => text !== '__proto__')
const logRecord: fc.Arbitrary<LogRecord> = fc.record({
  key: fc.string({ unit: 'grapheme', maxLength: 300 }),
  headers: fc.dictionary(name, fc.string({ unit: 'grapheme', maxLength: 200 }), { maxKeys: 10, noNullPrototype: true }),
  value: fc.option(fc.uint8Array({ maxLength: 2_000 })),
})
/** Records with gaps between their offsets, as compaction leaves them. */
const group = fc.record({
  baseOffset: fc.nat({ max: Number.MAX_SAFE_INTEGER - 1e9 }),
  timestamp: fc.nat({ max: 4e12 }),
  records: fc.array(fc.tuple(logRecord, fc.integer({ min: 1, max: 1_000 })), { minLength: 1, maxLength: 20 }),
})

function build(input: { baseOffset: number; timestamp: number; records: [LogRecord, number][] }): {
  bytes: Buffer
  expected: GroupRecord[]
} {
  let offset = input.baseOffset
  const expected = input.records.map(([record, gap], index): GroupRecord => {
    if (index > 0) offset += gap
    return { ...record, offset }
  })
  const frames = expected.map((record) => ({ offset: record.offset, frame: encodeFrame(record) }))
  const span = offset - input.baseOffset + 1
  return { bytes: encodeGroup(frames, { ...input, span }), expected }
}

function decode(bytes: Buffer, baseOffset: number): GroupRecord[] | undefined {
  const header = decodeHeader(bytes, baseOffset)
  if (header === undefined || !isBodySound(bytes, header)) return undefined
  const reader = readGroup(bytes, header)
  const records: GroupRecord[] = []
  for (let record = reader.next(); record !== undefined; record = reader.next()) records.push(record)
  return records
}

const plain = (records: readonly GroupRecord[] | undefined): unknown =>
  records?.map((record) => ({ ...record, value: record.value === null ? null : [...record.value] }))

describe('group codec', () => {
  test('what is encoded is decoded the same', () => {
    fc.assert(
      fc.property(group, (input) => {
        const { bytes, expected } = build(input)
        expect(plain(decode(bytes, input.baseOffset))).toEqual(plain(expected))
        expect(decodeHeader(bytes, input.baseOffset)).toMatchObject({
          timestamp: input.timestamp,
          count: expected.length,
        })
      }),
    )
  })

  test('a changed bit anywhere is detected; one in the body leaves the header readable, so that the span is known', () => {
    fc.assert(
      fc.property(group, fc.nat(), fc.nat({ max: 7 }), (input, place, bit) => {
        const { bytes } = build(input)
        const at = place % bytes.length
        bytes[at] = (bytes[at] ?? 0) ^ (1 << bit)
        // The fourth byte is reserved and says nothing.
        if (at !== 3) expect(decode(bytes, input.baseOffset)).toBeUndefined()
        if (at >= HEADER_BYTES) expect(decodeHeader(bytes, input.baseOffset)).toBeDefined()
      }),
    )
  })

  test('a group cut short, of another place, or of random bytes is no group', () => {
    fc.assert(
      fc.property(group, fc.nat(), fc.uint8Array({ maxLength: 200 }), (input, cut, noise) => {
        const { bytes } = build(input)
        expect(decode(bytes.subarray(0, cut % bytes.length), input.baseOffset)).toBeUndefined()
        expect(decodeHeader(bytes, input.baseOffset + 1)).toBeUndefined()
        expect(decode(Buffer.from(noise), input.baseOffset)).toBeUndefined()
      }),
    )
  })

  test("a record's frame can be moved to another group as it is", () => {
    const { bytes } = build({
      baseOffset: 10,
      timestamp: 5,
      records: [
        [{ key: 'a', headers: { x: 'ü' }, value: Buffer.from('1') }, 1],
        [{ key: 'b', headers: {}, value: null }, 1],
      ],
    })
    const header = decodeHeader(bytes, 10)
    if (header === undefined) throw new Error('no header')
    const reader = readGroup(bytes, header)
    reader.next()
    reader.next()
    const moved = encodeGroup([{ offset: 11, frame: reader.frame() }], { baseOffset: 10, span: 2, timestamp: 5 })
    expect(decode(moved, 10)).toEqual([{ offset: 11, key: 'b', headers: {}, value: null }])
  })
})
