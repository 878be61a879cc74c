import { MAX_SAMPLES_PER_SIGNAL, PulsewireError } from '@pulsewire/contracts'
import { crc32 } from '../shared/crc32.ts'

/**
 * A block of int16 samples as it is kept:
 *
 * ```
 * block  = format count crc deltas
 * format = %x01                  ; one byte
 * count  = varint                ; number of samples, at most MAX_SAMPLES_PER_SIGNAL
 * crc    = 4OCTET                ; CRC-32 (as in zlib) of the samples as little-endian int16, itself little-endian
 * deltas = count * varint        ; zigzag(sample[i] − sample[i−1]), sample[−1] = 0
 * varint = LEB128, unsigned
 * ```
 * An ECG at 250 Hz takes about one byte a sample. In Python: see the metadata of the sealed files (`BLOCK_FORMAT_NOTE`).
 */
const FORMAT = 1
/** A delta of int16 needs 17 bits, zigzag included: three bytes. */
const MAX_BYTES_PER_SAMPLE = 3
const HEAD_BYTES = 1 + 3 + 4

/** What stands in the metadata of each sealed file of waveforms, for who opens it with another tool. */
export const BLOCK_FORMAT_NOTE =
  'samples: byte 1 (format), LEB128 count, CRC-32 of the int16 LE samples (4 bytes LE), then count zigzag LEB128 deltas; ' +
  'value = (sample - offset) * scale, -32768 = missing; sample i is at start + i / rateHz seconds'

/** Encodes samples losslessly. Throws a RangeError above MAX_SAMPLES_PER_SIGNAL. */
export function encodeBlock(samples: Int16Array): Uint8Array {
  const count = samples.length
  if (count > MAX_SAMPLES_PER_SIGNAL) throw new RangeError(`a block of ${count} samples`)
  const bytes = new Uint8Array(HEAD_BYTES + count * MAX_BYTES_PER_SAMPLE)
  bytes[0] = FORMAT
  let at = putVarint(bytes, 1, count)
  new DataView(bytes.buffer).setUint32(at, checksumOf(samples), true)
  at += 4
  let previous = 0
  for (const sample of samples) {
    const delta = sample - previous
    previous = sample
    at = putVarint(bytes, at, ((delta << 1) ^ (delta >> 31)) >>> 0)
  }
  return bytes.subarray(0, at)
}

/** Decodes and verifies. Throws PW_STORE_DAMAGED for anything that `encodeBlock` does not write; allocates no more than the input calls for. */
export function decodeBlock(bytes: Uint8Array): Int16Array {
  const reader = { bytes, at: 1 }
  if (bytes[0] !== FORMAT) throw damaged(`format ${bytes[0]}`)
  const count = takeVarint(reader)
  const start = reader.at + 4
  if (count > MAX_SAMPLES_PER_SIGNAL || count > bytes.length - start)
    throw damaged(`${count} samples in ${bytes.length} bytes`)
  const checksum = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(reader.at, true)
  reader.at = start
  const samples = new Int16Array(count)
  let previous = 0
  for (let index = 0; index < count; index++) {
    const zigzag = takeVarint(reader)
    previous += (zigzag >>> 1) ^ -(zigzag & 1)
    if (previous < -32768 || previous > 32767) throw damaged('a sample out of range')
    samples[index] = previous
  }
  if (reader.at !== bytes.length) throw damaged('bytes after the last sample')
  if (checksumOf(samples) !== checksum) throw damaged('the checksum is wrong')
  return samples
}

function putVarint(bytes: Uint8Array, from: number, value: number): number {
  let at = from
  let rest = value
  while (rest > 0x7f) {
    bytes[at++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  bytes[at++] = rest
  return at
}

function takeVarint(reader: { readonly bytes: Uint8Array; at: number }): number {
  let value = 0
  for (let shift = 0; shift < 7 * MAX_BYTES_PER_SAMPLE; shift += 7) {
    const byte = reader.bytes[reader.at++]
    if (byte === undefined) throw damaged('it ends too early')
    value |= (byte & 0x7f) << shift
    if (byte < 0x80) return value
  }
  throw damaged('a number that is too long')
}

const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1

function checksumOf(samples: Int16Array): number {
  if (littleEndian) return crc32(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength))
  const bytes = new Uint8Array(samples.length * 2)
  const view = new DataView(bytes.buffer)
  samples.forEach((sample, index) => view.setInt16(index * 2, sample, true))
  return crc32(bytes)
}

function damaged(detail: string): PulsewireError {
  return new PulsewireError('PW_STORE_DAMAGED', `a waveform block is damaged: ${detail}`)
}
