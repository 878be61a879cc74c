import { crc32 } from 'node:zlib'
import type { LogRecord } from '../port.ts'

/**
 * The binary form of a commit group: the records of one partition that became durable together, kept as one value.
 *
 * Header, 40 bytes, little-endian: `PW` · version u8 · 0 · CRC-32 of bytes 8…40 u32 · CRC-32 of the body u32 · records u32 ·
 * span u32 (offsets covered; more than the records once compacted) · body length u32 · base offset f64 · timestamp f64.
 * Body, a record each: offset − base u32 · number of strings · their lengths in UTF-16 units · bytes of text (varints) · the strings (key, then
 * name and value of each header) as one UTF-8 text · bytes of the value + 1, or 0 for a tombstone (varint) · value.
 */
export const HEADER_BYTES = 40
const VERSION = 1
const MAGIC = 0x5750 // 'PW'

/** A record as it will stand in a group. Its first four bytes are filled in by `encodeGroup`. */
export type Frame = Buffer

export interface GroupHeader {
  readonly baseOffset: number
  /** Offsets covered: `baseOffset` … `baseOffset + span − 1`. */
  readonly span: number
  readonly count: number
  readonly timestamp: number
  readonly bodyBytes: number
  readonly bodyCrc: number
}

export interface GroupRecord extends LogRecord {
  readonly offset: number
}

function varintBytes(value: number): number {
  let bytes = 1
  for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) bytes++
  return bytes
}

function writeVarint(target: Buffer, at: number, value: number): number {
  let position = at
  let rest = value
  while (rest > 127) {
    target[position++] = (rest & 127) | 128
    rest >>>= 7
  }
  target[position++] = rest
  return position
}

/** Encodes a record apart from its offset. Copies it: what the caller does with its buffers afterwards does not matter. */
export function encodeFrame(record: LogRecord): Frame {
  const strings = [record.key]
  for (const name of Object.keys(record.headers)) strings.push(name, record.headers[name] ?? '')
  const text = strings.join('')
  const textBytes = Buffer.byteLength(text)
  const valueBytes = record.value?.byteLength ?? -1
  let lengths = 0
  for (const string of strings) lengths += varintBytes(string.length)
  const frame = Buffer.allocUnsafe(
    4 +
      varintBytes(strings.length) +
      lengths +
      varintBytes(textBytes) +
      textBytes +
      varintBytes(valueBytes + 1) +
      Math.max(0, valueBytes),
  )
  let at = writeVarint(frame, 4, strings.length)
  for (const string of strings) at = writeVarint(frame, at, string.length)
  at = writeVarint(frame, at, textBytes)
  at += frame.write(text, at)
  at = writeVarint(frame, at, valueBytes + 1)
  if (record.value !== null) frame.set(record.value, at)
  return frame
}

/** Packs frames with their offsets, which ascend from `baseOffset`, into a group that covers `span` offsets. */
export function encodeGroup(
  frames: readonly { readonly offset: number; readonly frame: Frame }[],
  group: { readonly baseOffset: number; readonly span: number; readonly timestamp: number },
): Buffer {
  let bodyBytes = 0
  for (const { frame } of frames) bodyBytes += frame.length
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + bodyBytes)
  let at = HEADER_BYTES
  for (const { offset, frame } of frames) {
    frame.writeUInt32LE(offset - group.baseOffset, 0)
    bytes.set(frame, at)
    at += frame.length
  }
  bytes.writeUInt16LE(MAGIC, 0)
  bytes[2] = VERSION
  bytes[3] = 0
  bytes.writeUInt32LE(crc32(bytes.subarray(HEADER_BYTES)), 8)
  bytes.writeUInt32LE(frames.length, 12)
  bytes.writeUInt32LE(group.span, 16)
  bytes.writeUInt32LE(bodyBytes, 20)
  bytes.writeDoubleLE(group.baseOffset, 24)
  bytes.writeDoubleLE(group.timestamp, 32)
  bytes.writeUInt32LE(crc32(bytes.subarray(8, HEADER_BYTES)), 4)
  return bytes
}

/** The header of the group that stands at `baseOffset`, or undefined where it is damaged or belongs elsewhere. */
export function decodeHeader(bytes: Buffer, baseOffset: number): GroupHeader | undefined {
  if (bytes.length < HEADER_BYTES || bytes.readUInt16LE(0) !== MAGIC || bytes[2] !== VERSION) return undefined
  if (crc32(bytes.subarray(8, HEADER_BYTES)) !== bytes.readUInt32LE(4)) return undefined
  const header: GroupHeader = {
    bodyCrc: bytes.readUInt32LE(8),
    count: bytes.readUInt32LE(12),
    span: bytes.readUInt32LE(16),
    bodyBytes: bytes.readUInt32LE(20),
    baseOffset: bytes.readDoubleLE(24),
    timestamp: bytes.readDoubleLE(32),
  }
  return header.baseOffset === baseOffset ? header : undefined
}

/** Whether the body is what was written. */
export function isBodySound(bytes: Buffer, header: GroupHeader): boolean {
  const body = bytes.subarray(HEADER_BYTES)
  return body.length === header.bodyBytes && crc32(body) === header.bodyCrc
}

/** Decodes the records of a sound group one after another; `frame` gives the bytes of the last one. Values are views of `bytes`. */
export interface GroupReader {
  next(): GroupRecord | undefined
  /** Bytes of the record that `next` gave last, to be written into another group. */
  frame(): Frame
}

export function readGroup(bytes: Buffer, header: GroupHeader): GroupReader {
  let at = HEADER_BYTES
  let start = at
  let left = header.count

  const varint = (): number => {
    let value = 0
    let shift = 0
    for (;;) {
      const byte = bytes[at++] ?? 0
      value += (byte & 127) * 2 ** shift
      if (byte < 128) return value
      shift += 7
    }
  }

  return {
    next() {
      if (left === 0) return undefined
      left--
      start = at
      const offset = header.baseOffset + bytes.readUInt32LE(at)
      at += 4
      const lengths: number[] = []
      let units = 0
      for (let strings = varint(); strings > 0; strings--) {
        const length = varint()
        lengths.push(length)
        units += length
      }
      const textBytes = varint()
      // Where units and bytes agree it is ASCII.
      const text = bytes.toString(units === textBytes ? 'latin1' : 'utf8', at, at + textBytes)
      at += textBytes
      const valueBytes = varint() - 1
      const value = valueBytes < 0 ? null : bytes.subarray(at, at + valueBytes)
      at += Math.max(0, valueBytes)

      let from = lengths[0] ?? 0
      const key = text.slice(0, from)
      const headers: Record<string, string> = {}
      for (let index = 1; index + 1 < lengths.length; index += 2) {
        const middle = from + (lengths[index] ?? 0)
        const to = middle + (lengths[index + 1] ?? 0)
        headers[text.slice(from, middle)] = text.slice(middle, to)
        from = to
      }
      return { offset, key, headers, value }
    },
    frame: () => Buffer.from(bytes.subarray(start, at)),
  }
}
