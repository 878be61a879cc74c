import { WfdbError } from './errors.ts'

/** The sample that says "nothing was measured here", in every format once read. */
export const MISSING = -32768
const MISSING_212 = -2048

/** The signal formats that are read and written. */
export const SIGNAL_FORMATS = [16, 212] as const
export type SignalFormat = (typeof SIGNAL_FORMATS)[number]

/** The format, if it is one of ours; else `WFDB_UNSUPPORTED`. */
export function supportedFormat(format: number): SignalFormat {
  if (format === 16 || format === 212) return format
  throw new WfdbError('WFDB_UNSUPPORTED', `signal format ${format} is not supported (16 and 212 are)`)
}

/** Bytes that hold `count` samples. */
export function byteLengthOf(format: SignalFormat, count: number): number {
  return format === 16 ? 2 * count : Math.ceil((3 * count) / 2)
}

/** Samples that are whole in `byteLength` bytes. */
export function sampleCountOf(format: SignalFormat, byteLength: number): number {
  return format === 16 ? Math.floor(byteLength / 2) : Math.floor((2 * byteLength) / 3)
}

/** Format 16: two's complement, little-endian. */
function decode16(bytes: Uint8Array, count: number): Int16Array {
  const out = new Int16Array(count)
  for (let i = 0; i < count; i++) out[i] = (bytes[2 * i] ?? 0) | ((bytes[2 * i + 1] ?? 0) << 8)
  return out
}

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

/**
 * Samples as they stand in the file, interleaved; at most as many as the bytes hold.
 * The "missing" value of the format is left as it is: see `missingToCommon`.
 */
export function decodeSamples(format: SignalFormat, bytes: Uint8Array, count: number): Int16Array {
  const held = Math.min(count, sampleCountOf(format, bytes.length))
  return format === 16 ? decode16(bytes, held) : decode212(bytes, held)
}

/** Replaces format 212's "missing" (-2048) by the common one. */
export function missingToCommon(format: SignalFormat, samples: Int16Array): void {
  if (format === 16) return
  for (let i = 0; i < samples.length; i++) if (samples[i] === MISSING_212) samples[i] = MISSING
}

/** Interleaved samples to bytes. In format 212 a value outside 12 bits throws `WFDB_VALUE_OUT_OF_RANGE`. */
export function encodeSamples(format: SignalFormat, samples: Int16Array): Uint8Array {
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
