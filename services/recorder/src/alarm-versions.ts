import { decodeJson } from '@pulsewire/codec'
import { alarmEvent, type AlarmEvent } from '@pulsewire/contracts'
import type { EventLog } from '@pulsewire/event-log'

/**
 * The version of each patient's alarms, so that an event of a writer who had lost the patient is ignored here as by every other
 * reader.
 */
export interface AlarmVersions {
  /** True where the event goes on from what is known (further on where damage in the log was stepped over); then it is what is known. */
  readonly accept: (event: AlarmEvent, partition: number) => boolean
  /** Reads a partition from its start up to `offset` (where the store stands), to know the versions there. */
  readonly seed: (log: EventLog, partition: number, offset: number) => Promise<void>
}

export function createAlarmVersions(onError: (error: Error) => void): AlarmVersions {
  const partitions = new Map<number, Map<string, number>>()
  const accept = (event: AlarmEvent, partition: number): boolean => {
    const versions = partitions.get(partition) ?? new Map<string, number>()
    partitions.set(partition, versions)
    if (event.version <= (versions.get(event.patient) ?? 0)) return false
    versions.set(event.patient, event.version)
    return true
  }
  return {
    accept,
    async seed(log, partition, offset) {
      partitions.delete(partition)
      for await (const records of log.read('alarms', partition, { from: 0, to: offset, onDamage: onError })) {
        for (const { value } of records) {
          const event = value === null ? undefined : readable(value)
          if (event !== undefined) accept(event, partition)
        }
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
