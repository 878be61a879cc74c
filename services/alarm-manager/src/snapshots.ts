import type { AlarmSnapshot } from '@pulsewire/alarms'
import { PulsewireError } from '@pulsewire/contracts'
import type { LogRecord } from '@pulsewire/event-log'

export function snapshotRecord(snapshot: AlarmSnapshot): LogRecord {
  return { key: snapshot.state.patient, headers: {}, value: Buffer.from(JSON.stringify(snapshot)) }
}

/** The parsed value of a record, or `undefined` for a tombstone and for what cannot be read (which is told). */
export function parse<T>(
  record: {
    readonly value: Uint8Array | null
    readonly topic: string
    readonly partition: number
    readonly offset: number
  },
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
