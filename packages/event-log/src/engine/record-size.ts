import { PulsewireError } from '@pulsewire/contracts'
import type { LogRecord } from '../port.ts'

/** The largest record (key, headers and value together), bytes. A device's payload is a quarter of it at most. */
export const MAX_RECORD_BYTES = 1024 * 1024

/** Size of a record as limits count it, bytes. */
export function recordBytes(record: LogRecord): number {
  let bytes = Buffer.byteLength(record.key) + (record.value?.byteLength ?? 0)
  for (const [name, value] of Object.entries(record.headers))
    bytes += Buffer.byteLength(name) + Buffer.byteLength(value)
  return bytes
}

/** Refuses records that are too large; answers the size of all. */
export function checkRecords(records: readonly LogRecord[]): number {
  let total = 0
  for (const record of records) {
    const bytes = recordBytes(record)
    if (bytes > MAX_RECORD_BYTES) {
      throw new PulsewireError('PW_RECORD_TOO_LARGE', `A record of ${bytes} bytes; the log takes ${MAX_RECORD_BYTES}`)
    }
    total += bytes
  }
  return total
}
