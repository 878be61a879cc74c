import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  byteLengthOf,
  checksumOf,
  decodeSamples,
  encodeSamples,
  missingToCommon,
  sampleCountOf,
} from './signal-formats.ts'

describe('signal formats', () => {
  test('format 212 packs two samples as the manual says', () => {
    // A = 0x123, B = 0x456 → low(A), high(B) << 4 | high(A), low(B)
    expect([...encodeSamples(212, Int16Array.of(0x123, 0x456))]).toEqual([0x23, 0x41, 0x56])
    expect([...decodeSamples(212, Uint8Array.of(0xff, 0x8f, 0x00), 2)]).toEqual([-1, -2048])
  })

  test('format 16 is little-endian', () => {
    expect([...encodeSamples(16, Int16Array.of(1, -2))]).toEqual([1, 0, 0xfe, 0xff])
  })

  test('samples that were written are read back the same, in both formats', () => {
    const bits12 = fc.array(fc.oneof(fc.integer({ min: -2047, max: 2047 }), fc.constant(-32768)))
    const bits16 = fc.array(fc.integer({ min: -32768, max: 32767 }))
    const both = fc.oneof(fc.tuple(fc.constant(212 as const), bits12), fc.tuple(fc.constant(16 as const), bits16))
    fc.assert(
      fc.property(both, ([format, values]) => {
        const bytes = encodeSamples(format, Int16Array.from(values))
        const samples = decodeSamples(format, bytes, values.length)
        missingToCommon(format, samples)
        expect([...samples]).toEqual(values)
        expect(bytes).toHaveLength(byteLengthOf(format, values.length))
        expect(sampleCountOf(format, bytes.length)).toBe(values.length)
      }),
    )
  })

  test('what does not fit in 12 bits is refused', () => {
    expect(() => encodeSamples(212, Int16Array.of(2048))).toThrow(
      expect.objectContaining({ code: 'WFDB_VALUE_OUT_OF_RANGE' }),
    )
  })

  test('never more samples are made than the bytes hold', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.constantFrom(16 as const, 212 as const), (bytes, format) => {
        expect(decodeSamples(format, bytes, 2 ** 40).length).toBeLessThanOrEqual(bytes.length)
      }),
    )
  })

  test('the checksum is the signed 16-bit sum', () => {
    expect(checksumOf(Int16Array.of(32767, 1))).toBe(-32768)
    expect(checksumOf(Int16Array.of(-32768, -32768))).toBe(0)
  })
})
