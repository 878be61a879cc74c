import { PulsewireError } from '@pulsewire/contracts'
import type { StoredRecord } from '../port.ts'

/** The parsed value of a record, or `undefined` for a tombstone and for what cannot be read (which is told). */
export function parseRecord<T>(
  record: Pick<StoredRecord, 'value' | 'topic' | 'partition' | 'offset'>,
  reader: (json: unknown) => T,
  onError: (error: Error) => void,
): T | undefined {
  if (record.value === null) return undefined
  try {
    return reader(JSON.parse(Buffer.from(record.value).toString('utf8')))
  } catch (error) {
    const where = `${record.topic}/${record.partition}/${record.offset}`
    onError(new PulsewireError('PW_LOG_DAMAGED', `${where} cannot be read`, { cause: error }))
    return undefined
  }
}
