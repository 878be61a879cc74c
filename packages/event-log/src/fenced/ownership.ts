import type { LogPosition, LogTopic } from '@pulsewire/contracts'
import type { EventLog } from '../port.ts'

/** Finds out whether partitions are still this member's: by committing again what is committed, which is refused to others. */
export interface Ownership {
  /** These partitions were assigned. */
  taken(partitions: readonly number[]): Promise<void>
  /** Throws PW_CONFLICT where the partition has another owner. */
  assert(partition: number): Promise<void>
  /** Commits as `commit` does, and remembers it. */
  commit(position: LogPosition): Promise<void>
}

/** @param topic one that the group reads: its commits are asked */
export function createOwnership(
  log: EventLog,
  group: string,
  topic: LogTopic,
  commit: (position: LogPosition) => Promise<void>,
): Ownership {
  const stands = new Map<number, number>()
  return {
    taken: async (partitions) => {
      const committed = await log.committed(group, topic)
      for (const { partition, earliest, next } of await log.ends(topic)) {
        if (!partitions.includes(partition)) continue
        const known = committed.find((position) => position.partition === partition)?.offset ?? earliest
        stands.set(partition, Math.min(Math.max(known, earliest), next))
      }
    },
    assert: async (partition) => {
      const offset = stands.get(partition)
      if (offset !== undefined) await commit({ topic, partition, offset })
    },
    commit: async (position) => {
      await commit(position)
      if (position.topic === topic) stands.set(position.partition, position.offset)
    },
  }
}
