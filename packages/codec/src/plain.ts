import { Decoder, Encoder } from 'cbor-x'

// Numbers, also those that JSON has no word for, and typed arrays come back as they were.
const options = { useRecords: false, mapsAsObjects: true, tagUint8Array: false, int64AsNumber: true }
const encoder = new Encoder(options)
const decoder = new Decoder(options)

/**
 * Plain data with typed arrays (RFC 8746) as CBOR, for what a program keeps for itself: nothing of it is checked when it is read back, so it is not
 * for what comes from outside (see `decodeUplink`).
 */
export function encodePlain(value: unknown): Uint8Array {
  return encoder.encode(value)
}

/** What `encodePlain` wrote. Throws where the bytes are no CBOR. */
export function decodePlain(bytes: Uint8Array): unknown {
  return decoder.decode(bytes)
}
