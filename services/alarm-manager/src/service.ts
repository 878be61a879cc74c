import { errorCodeOf } from '@pulsewire/contracts'
import type { EventLog } from '@pulsewire/event-log'
import type { Logger, Metrics, Running } from '@pulsewire/runtime'
import { createPartitionWorker, type PartitionWorker } from './partition-worker.ts'

const TICK_MS = 500

export interface AlarmManagerDeps {
  readonly log: EventLog
  readonly logger: Logger
  readonly metrics: Metrics
  readonly now?: () => number
}

export interface AlarmManagerOptions {
  readonly group?: string
  readonly tickMs?: number
}

/**
 * The alarm manager: takes findings and what staff ask for, and writes each step of each alarm to `alarms`, one writer a partition.
 * Any number of them share the partitions; a partition's states are rebuilt from the log by whoever takes it over.
 */
export async function startAlarmManager(deps: AlarmManagerDeps, options: AlarmManagerOptions = {}): Promise<Running> {
  const { log, logger, metrics, now = Date.now } = deps
  const workers = new Map<number, PartitionWorker>()
  let failing: string | undefined

  const onError = (error: Error): void => {
    metrics.errors.inc({ code: errorCodeOf(error) })
    logger.error({ err: error }, error.message)
  }
  const consumer = await log.consume({
    topics: ['findings', 'staff-commands'],
    group: options.group ?? 'alarm-manager',
    onAssigned: async (partitions) => {
      const opened = await Promise.all(
        partitions.map((partition) => createPartitionWorker({ log, partition, now, onError })),
      )
      partitions.forEach((partition, index) => {
        const worker = opened[index]
        if (worker !== undefined) workers.set(partition, worker)
      })
    },
    onRevoked: async (partitions) => {
      for (const partition of partitions) workers.delete(partition)
    },
    handler: async (batch) => {
      const worker = workers.get(batch.partition)
      if (worker === undefined) return
      metrics.received.inc({ kind: batch.topic }, batch.records.length)
      metrics.sent.inc({ kind: 'alarms' }, await worker.handle(batch.records))
      const lag = batch.next - 1 - (batch.records.at(-1)?.offset ?? batch.next - 1)
      metrics.lag.set({ topic: batch.topic, partition: String(batch.partition) }, lag)
      failing = undefined
    },
    onError: (error) => {
      failing = error.message
      onError(error)
    },
  })

  let ticking: Promise<void> | undefined
  let tickFailing: string | undefined
  const tick = async (): Promise<void> => {
    let failure: string | undefined
    for (const worker of workers.values()) {
      try {
        metrics.sent.inc({ kind: 'alarms' }, await worker.tick())
      } catch (error) {
        // The next tick decides anew.
        const asError = error instanceof Error ? error : new Error(String(error))
        failure = asError.message
        onError(asError)
      }
    }
    tickFailing = failure
  }
  const timer = setInterval(() => {
    ticking ??= tick().finally(() => {
      ticking = undefined
    })
  }, options.tickMs ?? TICK_MS)

  return {
    stop: async () => {
      clearInterval(timer)
      await ticking
      await consumer.stop()
    },
    health: () => {
      const problem = failing ?? tickFailing
      return { ok: problem === undefined, detail: problem ?? `${workers.size} partitions` }
    },
  }
}
