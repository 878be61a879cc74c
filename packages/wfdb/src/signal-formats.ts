import { WfdbError } from './errors.ts'

/** The sample that says "nothing was measured here", in every format once read. */
export const MISSING = -32768
const MISSING_212 = -2048
const MISSING_80 = -128

/** The signal formats that are read, as WFDB numbers them (https://physionet.org/physiotools/wag/signal-5.htm). */
export const SIGNAL_FORMATS = [16, 61, 80, 160, 212] as const
export type SignalFormat = (typeof SIGNAL_FORMATS)[number]
/** Those that are written. */
export type WrittenFormat = 16 | 212

/** The format, if it is one of ours; else `WFDB_UNSUPPORTED`. */
export function supportedFormat(format: number): SignalFormat {
  const known = SIGNAL_FORMATS.find((each) => each === format)
  if (known !== undefined) return known
  const ours = SIGNAL_FORMATS.join(', ')
  throw new WfdbError('WFDB_UNSUPPORTED', `signal format ${format} is not supported (${ours} are)`)
}

/** Bits of a sample in the file. */
const BITS: Readonly<Record<SignalFormat, number>> = { 16: 16, 61: 16, 80: 8, 160: 16, 212: 12 }

/** Bytes that hold `count` samples. */
export function byteLengthOf(format: SignalFormat, count: number): number {
  return Math.ceil((BITS[format] * count) / 8)
}

/** Samples that are whole in `byteLength` bytes. */
export function sampleCountOf(format: SignalFormat, byteLength: number): number {
  return Math.floor((8 * byteLength) / BITS[format])
}

type Decode = (bytes: Uint8Array, count: number) => Int16Array

/** Format 16: two's complement, little-endian. */
function decode16(bytes: Uint8Array, count: number): Int16Array {
  const out = new Int16Array(count)
  for (let i = 0; i < count; i++) out[i] = (bytes[2 * i] ?? 0) | ((bytes[2 * i + 1] ?? 0) << 8)
  return out
}

/** Format 61: as 16, but the high byte first. */
const decode61: Decode = (bytes, count) =>
  Int16Array.from({ length: count }, (_, i) => ((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0))

/** Format 80: a byte, 128 being 0. */
const decode80: Decode = (bytes, count) => Int16Array.from({ length: count }, (_, i) => (bytes[i] ?? 0) - 128)

/** Format 160: little-endian, 32768 being 0. */
const decode160: Decode = (bytes, count) => decode16(bytes, count).map((sample) => sample - 32_768)

/** Format 212: two 12-bit samples in 3 bytes: low byte of A; high nibbles (B << 4 | A); low byte of B. */
function decode212(bytes: Uint8Array, count: number): Int16Array {
  const out = new Int16Array(count)
  for (let i = 0; i < count; i++) {
    const at = 3 * (i >> 1)
    const high = bytes[at + 1] ?? 0
    const raw = (i & 1) === 0 ? (bytes[at] ?? 0) | ((high & 0x0f) << 8) : (bytes[at + 2] ?? 0) | ((high & 0xf0) << 4)
    out[i] = (raw << 20) >> 20
  }
  return out
}

const DECODE: Readonly<Record<SignalFormat, Decode>> = {
  16: decode16,
  61: decode61,
  80: decode80,
  160: decode160,
  212: decode212,
}

/**
 * Samples as they stand in the file, interleaved; at most as many as the bytes hold.
 * The "missing" value of the format is left as it is: see `missingToCommon`.
 */
export function decodeSamples(format: SignalFormat, bytes: Uint8Array, count: number): Int16Array {
  const held = Math.min(count, sampleCountOf(format, bytes.length))
  return DECODE[format](bytes, held)
}

/** Replaces the "missing" of formats with fewer bits (212: -2048; 80: -128) by the common one. */
export function missingToCommon(format: SignalFormat, samples: Int16Array): void {
  if (BITS[format] === 16) return
  const missing = format === 80 ? MISSING_80 : MISSING_212
  for (let i = 0; i < samples.length; i++) if (samples[i] === missing) samples[i] = MISSING
}

/** Interleaved samples to bytes. In format 212 a value outside 12 bits throws `WFDB_VALUE_OUT_OF_RANGE`. */
export function encodeSamples(format: WrittenFormat, samples: Int16Array): Uint8Array {
  const bytes = new Uint8Array(byteLengthOf(format, samples.length))
  for (let i = 0; i < samples.length; i++) {
    const given = samples[i] ?? 0
    if (format === 16) {
      bytes[2 * i] = given & 0xff
      bytes[2 * i + 1] = (given >> 8) & 0xff
      continue
    }
    const value = given === MISSING ? MISSING_212 : given
    if (value < -2048 || value > 2047) throw new WfdbError('WFDB_VALUE_OUT_OF_RANGE', `${value} has more than 12 bits`)
    const at = 3 * (i >> 1)
    const first = (i & 1) === 0
    bytes[first ? at : at + 2] = value & 0xff
    bytes[at + 1] = (bytes[at + 1] ?? 0) | (first ? (value >> 8) & 0x0f : (value >> 4) & 0xf0)
  }
  return bytes
}

/** The signed 16-bit sum of samples, as headers give it (computed on the values as they stand in the file). */
export function checksumOf(samples: Int16Array, from = 0): number {
  let sum = from
  for (const sample of samples) sum = (sum + sample) | 0
  return (sum << 16) >> 16
}
