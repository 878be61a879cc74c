import { PulsewireError, type LogPosition, type LogTopic } from '@pulsewire/contracts'
import type { EventLog } from '@pulsewire/event-log'
import type { VitalsStore } from '@pulsewire/vitals-store'

/**
 * Where to read on in the partitions that were assigned: where the store stands (not where the group last committed: a store restored
 * from a backup must catch up). Throws PW_CONFLICT where the store is ahead of the log: then they are not of the same system, and
 * new records would be taken for old ones.
 */
export async function startPositions(
  log: Pick<EventLog, 'ends'>,
  store: Pick<VitalsStore, 'positions'>,
  topics: readonly LogTopic[],
  partitions: readonly number[],
  onGap: (error: PulsewireError) => void,
): Promise<LogPosition[]> {
  const stored = await store.positions(topics)
  const starts: LogPosition[] = []
  for (const topic of topics) {
    for (const { partition, earliest, next } of await log.ends(topic)) {
      if (!partitions.includes(partition)) continue
      const known = stored.find((position) => position.topic === topic && position.partition === partition)
      const offset = known?.offset ?? 0
      if (offset > next) {
        throw new PulsewireError(
          'PW_CONFLICT',
          `the store is ahead of the log (${topic}/${partition}: ${offset} > ${next}): are their directories of one system?`,
        )
      }
      if (offset < earliest) {
        onGap(
          new PulsewireError(
            'PW_LOG_DAMAGED',
            `${topic}/${partition} ${offset}–${earliest - 1} are gone and were not recorded`,
          ),
        )
      }
      starts.push({ topic, partition, offset: Math.max(offset, earliest) })
    }
  }
  return starts
}
