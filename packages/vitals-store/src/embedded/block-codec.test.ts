import { crc32 as zlibCrc32 } from 'node:zlib'
import { MISSING_SAMPLE, PulsewireError } from '@pulsewire/contracts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeBlock, encodeBlock } from './block-codec.ts'
import { crc32 } from '../shared/crc32.ts'

const int16 = fc.oneof(fc.integer({ min: -32768, max: 32767 }), fc.constantFrom(-32768, 32767, 0, -1))
const samplesOf = fc.array(int16, { maxLength: 600 }).map((values) => Int16Array.from(values))

describe('the codec of waveform blocks', () => {
  it('is lossless for any int16 samples', () => {
    fc.assert(
      fc.property(samplesOf, (samples) => {
        expect(decodeBlock(encodeBlock(samples))).toEqual(samples)
      }),
    )
  })

  it('is lossless for a view into a larger buffer, and for its result inside another', () => {
    const whole = Int16Array.from([1, 2, 3, MISSING_SAMPLE, 5, 6])
    const encoded = encodeBlock(whole.subarray(2, 5))
    const padded = new Uint8Array(encoded.length + 10)
    padded.set(encoded, 7)
    expect(decodeBlock(padded.subarray(7, 7 + encoded.length))).toEqual(whole.slice(2, 5))
  })

  it('notices every single damaged byte', () => {
    fc.assert(
      fc.property(samplesOf, fc.nat(), fc.integer({ min: 1, max: 255 }), (samples, where, change) => {
        const bytes = encodeBlock(samples).slice()
        const at = where % bytes.length
        bytes[at] = (bytes[at] ?? 0) ^ change
        expect(() => decodeBlock(bytes)).toThrow(PulsewireError)
      }),
    )
  })

  it('answers any bytes with samples or PW_STORE_DAMAGED, never with more samples than bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          expect(decodeBlock(bytes).length).toBeLessThanOrEqual(bytes.length)
        } catch (error) {
          expect(error).toBeInstanceOf(PulsewireError)
        }
      }),
    )
  })

  it('takes about a byte a sample for a smooth signal', () => {
    const samples = Int16Array.from({ length: 250 }, (_, index) => Math.round(400 * Math.sin(index / 20)))
    expect(encodeBlock(samples).length).toBeLessThan(270)
  })

  it('has the CRC-32 of zlib', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(crc32(bytes)).toBe(zlibCrc32(bytes))
      }),
    )
  })
})
