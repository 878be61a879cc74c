import type { LogTopic } from '@pulsewire/contracts'
import { errorCodeOf } from '@pulsewire/contracts'
import type { Metrics } from './metrics.ts'
import { within } from './probes.ts'

/** Where a topic's partitions begin and end, and how far a group came, as the event log tells it. */
export interface PositionsSource {
  ends(
    topic: LogTopic,
  ): Promise<readonly { readonly partition: number; readonly earliest: number; readonly next: number }[]>
  committed(group: string, topic: LogTopic): Promise<readonly { readonly partition: number; readonly offset: number }[]>
}

/** How far a consumer is behind the log, asked when somebody looks: also while it stands still, when no batch would tell. */
export interface LagWatch {
  /** The next offset to be handled, of a partition that this consumer owns. */
  at(topic: LogTopic, partition: number, next: number): void
  /** Where a group goes on reading partitions that it was given: the lag is known before anything was read. */
  begin(group: string, topics: readonly LogTopic[], partitions: readonly number[]): Promise<void>
  /** The partitions have another owner: their lag is shown there. */
  released(partitions: readonly number[]): void
}

const FRESH_MS = 2_000
const ANSWER_WITHIN_MS = 2_000

/** Fills `metrics.lag` at each look. Where the log does not answer, the last lag stays, and the error is counted. */
export function watchLag(log: PositionsSource, metrics: Metrics): LagWatch {
  const positions = new Map<LogTopic, Map<number, number>>()
  let lookedAt = -Infinity
  const look = async (): Promise<void> => {
    if (performance.now() - lookedAt < FRESH_MS) return
    lookedAt = performance.now()
    const topics = [...positions].filter(([, partitions]) => partitions.size > 0)
    await Promise.all(
      topics.map(async ([topic, partitions]) => {
        try {
          for (const { partition, next } of await within(log.ends(topic), ANSWER_WITHIN_MS)) {
            const position = partitions.get(partition)
            if (position === undefined) continue
            metrics.lag.set({ topic, partition: String(partition) }, Math.max(0, next - position))
          }
        } catch (error) {
          metrics.errors.inc({ code: errorCodeOf(error) })
        }
      }),
    )
  }
  metrics.beforeLook(look)
  const at: LagWatch['at'] = (topic, partition, next) => {
    const partitions = positions.get(topic) ?? new Map<number, number>()
    positions.set(topic, partitions)
    partitions.set(partition, next)
  }
  return {
    at,
    begin: async (group, topics, partitions) => {
      for (const topic of topics) {
        const committed = await log.committed(group, topic)
        for (const { partition, earliest } of await log.ends(topic)) {
          if (!partitions.includes(partition)) continue
          const known = committed.find((position) => position.partition === partition)?.offset ?? 0
          at(topic, partition, Math.max(known, earliest))
        }
      }
    },
    released: (released) => {
      for (const [topic, partitions] of positions) {
        for (const partition of released) {
          partitions.delete(partition)
          metrics.lag.remove({ topic, partition: String(partition) })
        }
      }
    },
  }
}
