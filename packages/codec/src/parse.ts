import { MAX_PAYLOAD_BYTES, PulsewireError, type PayloadEncoding } from '@pulsewire/contracts'
import { Decoder, Encoder, type Options } from 'cbor-x'
import { MAX_DEPTH, checkCborStructure } from './cbor-structure.ts'

// cbor-x has `int64AsNumber`, its types do not: without it, every time in ms of another make of encoder comes out as a BigInt.
const decoderOptions: Options & { int64AsNumber: boolean } = {
  useRecords: false,
  mapsAsObjects: true,
  int64AsNumber: true,
}
const cborDecoder = new Decoder(decoderOptions)
const cborEncoder = new Encoder({ useRecords: false, mapsAsObjects: true, tagUint8Array: false, variableMapSize: true })
const utf8 = new TextDecoder('utf-8', { fatal: true })

const OPENING = new Set(['{', '[', '"', 't', 'f', 'n', '-', ' ', '\t', '\r', '\n'].map((char) => char.charCodeAt(0)))

/** JSON or CBOR, by the first byte: a JSON message opens with `{`; a CBOR map is 0xa0 to 0xbf. */
export function encodingOf(bytes: Uint8Array): PayloadEncoding {
  const first = bytes[0]
  if (first === undefined) throw new PulsewireError('PW_PAYLOAD_EMPTY')
  return OPENING.has(first) ? 'json' : 'cbor'
}

/** The value of a payload, of any form. Throws PW_PAYLOAD_EMPTY, _TOO_LARGE, _NOT_JSON, _NOT_CBOR. */
export function parsePayload(bytes: Uint8Array): { encoding: PayloadEncoding; value: unknown } {
  if (bytes.length > MAX_PAYLOAD_BYTES) {
    throw new PulsewireError('PW_PAYLOAD_TOO_LARGE', `${bytes.length} bytes; at most ${MAX_PAYLOAD_BYTES} are taken`)
  }
  const encoding = encodingOf(bytes)
  return { encoding, value: encoding === 'json' ? decodeJson(bytes) : decodeCbor(bytes) }
}

/** The value of a payload that was walked before it was stored: it is built without being walked again. Throws as `parsePayload`. */
export function parseStored(bytes: Uint8Array): { encoding: PayloadEncoding; value: unknown } {
  const encoding = encodingOf(bytes)
  return { encoding, value: encoding === 'json' ? buildJson(bytes) : buildCbor(bytes) }
}

/** A value from UTF-8 JSON. Throws PW_PAYLOAD_NOT_JSON. */
export function decodeJson(bytes: Uint8Array): unknown {
  checkJsonDepth(bytes)
  return buildJson(bytes)
}

function buildJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(utf8.decode(bytes)) as unknown
  } catch (error) {
    throw new PulsewireError('PW_PAYLOAD_NOT_JSON', error instanceof Error ? error.message : undefined, {
      cause: error,
    })
  }
}

/** A value as UTF-8 JSON. */
export function encodeJson(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value))
}

/** A value from CBOR. Throws PW_PAYLOAD_NOT_CBOR. */
export function decodeCbor(bytes: Uint8Array): unknown {
  checkCborStructure(bytes)
  return buildCbor(bytes)
}

function buildCbor(bytes: Uint8Array): unknown {
  try {
    return cborDecoder.decode(bytes) as unknown
  } catch (error) {
    throw new PulsewireError('PW_PAYLOAD_NOT_CBOR', error instanceof Error ? error.message : undefined, {
      cause: error,
    })
  }
}

/** A value as CBOR; an Int16Array becomes a typed array (RFC 8746, tag 77). */
export function encodeCbor(value: unknown): Uint8Array {
  return cborEncoder.encode(value)
}

/** What nests without end could be parsed, but nothing after it could walk it. Brackets within strings do not count. */
function checkJsonDepth(bytes: Uint8Array): void {
  let depth = 0
  let inString = false
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]
    if (inString) {
      if (byte === 0x5c) i++
      else if (byte === 0x22) inString = false
    } else if (byte === 0x22) inString = true
    else if (byte === 0x7b || byte === 0x5b) {
      if (++depth > MAX_DEPTH) throw new PulsewireError('PW_PAYLOAD_NOT_JSON', `nested deeper than ${MAX_DEPTH}`)
    } else if (byte === 0x7d || byte === 0x5d) depth--
  }
}
