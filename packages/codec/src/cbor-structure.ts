import { PulsewireError } from '@pulsewire/contracts'

/** How deep payloads may nest: the contract's own go four deep. */
export const MAX_DEPTH = 16

/** RFC 8746: int16 typed array, little endian. The only tag that a payload may have. */
export const TAG_INT16_LE = 77

const malformed = (detail: string): PulsewireError => new PulsewireError('PW_PAYLOAD_NOT_CBOR', detail)

/**
 * Walks the structure of a CBOR item (RFC 8949, appendix C) before anything is built from it: every length must be covered by bytes
 * that are there, so no header can make the decoder allocate more than the payload's size allows.
 * Throws PW_PAYLOAD_NOT_CBOR.
 */
export function checkCborStructure(bytes: Uint8Array): void {
  const end = skipItem(bytes, 0, 0)
  if (end !== bytes.length) throw malformed(`${bytes.length - end} bytes follow the CBOR item`)
}

function skipItem(bytes: Uint8Array, start: number, depth: number): number {
  if (depth > MAX_DEPTH) throw malformed(`nested deeper than ${MAX_DEPTH}`)
  const initial = byteAt(bytes, start)
  const major = initial >> 5
  const info = initial & 0x1f
  const [argument, next] = readArgument(bytes, start + 1, info, major)
  switch (major) {
    case 0:
    case 1:
      return next
    case 2:
    case 3:
      return argument === undefined ? skipChunks(bytes, next, major) : skipBytes(bytes, next, argument)
    case 4:
      return skipItems(bytes, next, argument, 1, depth)
    case 5:
      return skipItems(bytes, next, argument, 2, depth)
    case 6:
      if (argument !== TAG_INT16_LE) throw malformed(`tag ${argument} is not part of the contract`)
      if (byteAt(bytes, next) >> 5 !== 2 || (byteAt(bytes, next) & 0x1f) === 31) {
        throw malformed('an int16 typed array (tag 77) must be a byte string of definite length')
      }
      return skipItem(bytes, next, depth + 1)
    default:
      return next
  }
}

/** The argument of an initial byte (`undefined` = indefinite length), and where the content begins. */
function readArgument(bytes: Uint8Array, at: number, info: number, major: number): [number | undefined, number] {
  if (info < 24) return [info, at]
  if (info <= 27) {
    const width = 1 << (info - 24)
    let value = 0
    for (let i = 0; i < width; i++) value = value * 256 + byteAt(bytes, at + i)
    return [value, at + width]
  }
  if (info === 31 && major >= 2 && major <= 5) return [undefined, at]
  throw malformed(`the additional information ${info} of major type ${major} is not well-formed`)
}

function skipItems(
  bytes: Uint8Array,
  start: number,
  count: number | undefined,
  itemsEach: number,
  depth: number,
): number {
  let at = start
  if (count === undefined) {
    while (byteAt(bytes, at) !== 0xff) {
      for (let i = 0; i < itemsEach; i++) at = skipItem(bytes, at, depth + 1)
    }
    return at + 1
  }
  // An item has one byte at least: a count beyond the bytes that are left is a lie, whatever follows.
  if (count * itemsEach > bytes.length - start) throw malformed('the payload ends within an array or map')
  for (let i = 0; i < count * itemsEach; i++) at = skipItem(bytes, at, depth + 1)
  return at
}

function skipChunks(bytes: Uint8Array, start: number, major: number): number {
  let at = start
  while (byteAt(bytes, at) !== 0xff) {
    const initial = byteAt(bytes, at)
    const [length, next] = readArgument(bytes, at + 1, initial & 0x1f, initial >> 5)
    if (initial >> 5 !== major || length === undefined) throw malformed('a chunk of a string is not of its type')
    at = skipBytes(bytes, next, length)
  }
  return at + 1
}

function skipBytes(bytes: Uint8Array, start: number, length: number): number {
  if (length > bytes.length - start) throw malformed('the payload ends within a string')
  return start + length
}

function byteAt(bytes: Uint8Array, at: number): number {
  const value = bytes[at]
  if (value === undefined) throw malformed('the payload ends too early')
  return value
}
