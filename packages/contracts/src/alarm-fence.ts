import type { LogTopic } from './log-topics.ts'

/** Header of a takeover in `alarms` (a record without a value): whoever takes a partition over appends one before its first event. */
export const TAKEOVER_HEADER = 'takeover'
/** Header of an alarm event: the offset of the takeover that its writer began with. */
export const EPOCH_HEADER = 'epoch'

/**
 * Which records of `alarms` count. A writer that was paused, lost its partition and wakes up may still append what it had in hand: its
 * events carry an epoch before that of the newest takeover, and every reader ignores them. Fed with all records of a partition, in order.
 */
export interface AlarmFence {
  /** Whether an event counts; false for a takeover itself. */
  admits(record: {
    readonly partition: number
    readonly offset: number
    readonly headers: Readonly<Record<string, string>>
    readonly value: Uint8Array | null
  }): boolean
  /** As if the takeover at `epoch` had been read: for who begins to read further on. */
  seed(partition: number, epoch: number): void
}

export function createAlarmFence(): AlarmFence {
  const epochs = new Map<number, number>()
  const newest = (partition: number, epoch: number): number => {
    const known = Math.max(epochs.get(partition) ?? -1, epoch)
    epochs.set(partition, known)
    return known
  }
  return {
    admits: ({ partition, offset, headers, value }) => {
      if (headers[TAKEOVER_HEADER] !== undefined) {
        newest(partition, offset)
        return false
      }
      if (value === null) return false
      // Events from before there were takeovers have no epoch.
      const epoch = Number(headers[EPOCH_HEADER] ?? -1)
      return epoch >= newest(partition, epoch)
    },
    seed: (partition, epoch) => void newest(partition, epoch),
  }
}

/** A key whose records go to `partition`: for a takeover, which is nobody's. */
export function takeoverKey(log: { partitionOf(topic: LogTopic, key: string): number }, partition: number): string {
  for (let number = 0; ; number++) {
    const key = `${TAKEOVER_HEADER}-${number}`
    if (log.partitionOf('alarms', key) === partition) return key
  }
}
