import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  SIGNAL_FORMATS,
  byteLengthOf,
  checksumOf,
  decodeSamples,
  encodeSamples,
  missingToCommon,
  sampleCountOf,
  supportedFormat,
  type SignalFormat,
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

  test('formats of whole bytes: 61 has the high byte first, 80 and 160 count from the middle', () => {
    expect([...decodeSamples(61, Uint8Array.of(0, 1, 0xff, 0xfe), 2)]).toEqual([1, -2])
    expect([...decodeSamples(80, Uint8Array.of(128, 129, 255, 1), 4)]).toEqual([0, 1, 127, -127])
    expect([...decodeSamples(160, Uint8Array.of(0, 0x80, 1, 0x80, 0xff, 0x7f), 3)]).toEqual([0, 1, -1])
  })

  test('what is missing is -32768, whatever stands for it in the file', () => {
    const read = (format: SignalFormat, ...bytes: number[]): number[] => {
      const samples = decodeSamples(format, Uint8Array.from(bytes), 2)
      missingToCommon(format, samples)
      return [...samples]
    }
    expect(read(16, 0, 0x80, 0x80, 0xff)).toEqual([-32768, -128])
    expect(read(61, 0x80, 0, 0xff, 0x80)).toEqual([-32768, -128])
    expect(read(80, 0, 1)).toEqual([-32768, -127])
    expect(read(160, 0, 0, 0x80, 0x7f)).toEqual([-32768, -128])
    expect(read(212, 0, 0x08, 0)).toEqual([-32768, 0])
  })

  test('a format that is not read is refused by name', () => {
    expect(() => supportedFormat(310)).toThrow('signal format 310 is not supported (16, 61, 80, 160, 212 are)')
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
      fc.property(fc.uint8Array(), fc.constantFrom(...SIGNAL_FORMATS), (bytes, format) => {
        expect(decodeSamples(format, bytes, 2 ** 40).length).toBeLessThanOrEqual(bytes.length)
      }),
    )
  })

  test('the checksum is the signed 16-bit sum', () => {
    expect(checksumOf(Int16Array.of(32767, 1))).toBe(-32768)
    expect(checksumOf(Int16Array.of(-32768, -32768))).toBe(0)
  })
})
