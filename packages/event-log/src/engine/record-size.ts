import { PulsewireError } from '@pulsewire/contracts'
import type { LogRecord } from '../port.ts'

/** The largest record (key, headers and value together), bytes. A device's payload is a quarter of it at most. */
export const MAX_RECORD_BYTES = 1024 * 1024

/** A character of a string (a UTF-16 unit) has so many bytes in UTF-8 at most. */
const MAX_BYTES_PER_CHARACTER = 3

/** Size of a record as limits count it, bytes. */
export function recordBytes(record: LogRecord): number {
  let bytes = Buffer.byteLength(record.key) + (record.value?.byteLength ?? 0)
  for (const [name, value] of Object.entries(record.headers))
    bytes += Buffer.byteLength(name) + Buffer.byteLength(value)
  return bytes
}

/** The least that a record can have, bytes: what it has where its strings are ASCII, which is found without looking through them. */
function leastBytes({ key, headers, value }: LogRecord): number {
  let characters = key.length
  for (const name in headers) characters += name.length + (headers[name]?.length ?? 0)
  return characters + (value?.byteLength ?? 0)
}

/** Refuses records that are too large; answers about the size of all: exactly, but where strings are not ASCII. */
export function checkRecords(records: readonly LogRecord[]): number {
  let total = 0
  for (const record of records) {
    const least = leastBytes(record)
    // Nearly all are so small that it does not matter how their strings are written.
    const bytes = least * MAX_BYTES_PER_CHARACTER <= MAX_RECORD_BYTES ? least : recordBytes(record)
    if (bytes > MAX_RECORD_BYTES) {
      throw new PulsewireError('PW_RECORD_TOO_LARGE', `A record of ${bytes} bytes; the log takes ${MAX_RECORD_BYTES}`)
    }
    total += bytes
  }
  return total
}
