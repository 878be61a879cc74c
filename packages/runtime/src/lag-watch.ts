import type { LogTopic } from '@pulsewire/contracts'
import { errorCodeOf } from '@pulsewire/contracts'
import type { Metrics } from './metrics.ts'
import { within } from './probes.ts'

/** The ends of a topic's partitions, as the event log tells them. */
export interface EndsSource {
  ends(topic: LogTopic): Promise<readonly { readonly partition: number; readonly next: number }[]>
}

/** How far a consumer is behind the log, asked when somebody looks: also while it stands still, when no batch would tell. */
export interface LagWatch {
  /** The next offset to be handled, of a partition that this consumer owns. */
  at(topic: LogTopic, partition: number, next: number): void
  /** The partitions have another owner: their lag is shown there. */
  released(partitions: readonly number[]): void
}

const FRESH_MS = 2_000
const ANSWER_WITHIN_MS = 2_000

/** Fills `metrics.lag` at each look. Where the log does not answer, the last lag stays, and the error is counted. */
export function watchLag(log: EndsSource, metrics: Metrics): LagWatch {
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
  return {
    at: (topic, partition, next) => {
      const partitions = positions.get(topic) ?? new Map<number, number>()
      positions.set(topic, partitions)
      partitions.set(partition, next)
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
