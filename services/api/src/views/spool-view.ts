import type { SpoolRecord } from '@pulsewire/contracts'

/** A broker that has had nothing waiting, and said nothing, for so long is forgotten. */
const FORGOTTEN_AFTER_MS = 24 * 3_600_000

/** What a broker with a spool said last. */
export interface KnownSpool {
  readonly broker: string
  readonly waiting: number
  readonly oldestAt?: number
  /** When it said so, by the log's clock. */
  readonly reportedAt: number
}

/** What waits in the spools of brokers at the edge, as they said last: one that is cut off cannot say what has come since. */
export interface SpoolView {
  reported(record: SpoolRecord, appendedAt: number): void
  all(now: number): KnownSpool[]
}

export function createSpoolView(): SpoolView {
  const spools = new Map<string, KnownSpool>()
  return {
    reported: ({ broker, waiting, oldestAt }, reportedAt) => {
      if ((spools.get(broker)?.reportedAt ?? 0) > reportedAt) return
      spools.set(broker, { broker, waiting, ...(oldestAt === undefined ? {} : { oldestAt }), reportedAt })
    },
    all: (now) => {
      for (const { broker, waiting, reportedAt } of spools.values()) {
        if (waiting === 0 && now - reportedAt > FORGOTTEN_AFTER_MS) spools.delete(broker)
      }
      return [...spools.values()].sort((a, b) => (a.broker < b.broker ? -1 : 1))
    },
  }
}
