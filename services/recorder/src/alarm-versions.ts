import { decodeJson } from '@pulsewire/codec'
import { alarmEvent, createAlarmFence, type AlarmEvent, type AlarmFence } from '@pulsewire/contracts'
import type { EventLog, StoredRecord } from '@pulsewire/event-log'

/**
 * The version of each patient's alarms, so that an event of a writer who had lost the patient is ignored here as by every other
 * reader.
 */
export interface AlarmVersions {
  /**
   * True where the event of `record` goes on from what is known (further on where damage in the log was stepped over) and its writer owned
   * the partition; then it is what is known. A takeover has no event: it is taken in, and false.
   */
  readonly accept: (record: StoredRecord, event: AlarmEvent | undefined) => boolean
  /** Reads a partition from its start up to `offset` (where the store stands), to know the versions there, and forgets what it knew. */
  readonly seed: (log: EventLog, partition: number, offset: number) => Promise<void>
}

export function createAlarmVersions(onError: (error: Error) => void): AlarmVersions {
  const partitions = new Map<number, { readonly fence: AlarmFence; readonly versions: Map<string, number> }>()
  const accept = (record: StoredRecord, event: AlarmEvent | undefined): boolean => {
    const { partition } = record
    const known = partitions.get(partition) ?? { fence: createAlarmFence(), versions: new Map<string, number>() }
    partitions.set(partition, known)
    const { fence, versions } = known
    if (!fence.admits(record) || event === undefined) return false
    if (event.version <= (versions.get(event.patient) ?? 0)) return false
    versions.set(event.patient, event.version)
    return true
  }
  return {
    accept,
    async seed(log, partition, offset) {
      partitions.delete(partition)
      for await (const records of log.read('alarms', partition, { from: 0, to: offset, onDamage: onError })) {
        for (const record of records) accept(record, record.value === null ? undefined : readable(record.value))
      }
    },
  }
}

/** What cannot be read was quarantined when it was recorded. */
function readable(value: Uint8Array): AlarmEvent | undefined {
  try {
    return alarmEvent.parse(decodeJson(value))
  } catch {
    return undefined
  }
}
