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
      for (const partition of partitions) {
        workers.set(partition, await createPartitionWorker({ log, partition, now, onError }))
      }
    },
    onRevoked: async (partitions) => {
      for (const partition of partitions) workers.delete(partition)
    },
    handler: async (batch) => {
      const worker = workers.get(batch.partition)
      if (worker === undefined) return
      metrics.received.inc({ kind: batch.topic }, batch.records.length)
      try {
        metrics.sent.inc({ kind: 'alarms' }, await worker.handle(batch.records))
      } catch (error) {
        // What was decided may be in the log or not: the states are read from there again before the batch is.
        workers.set(batch.partition, await createPartitionWorker({ log, partition: batch.partition, now, onError }))
        throw error
      }
      const lag = batch.next - 1 - (batch.records.at(-1)?.offset ?? batch.next - 1)
      metrics.lag.set({ topic: batch.topic, partition: String(batch.partition) }, lag)
      failing = undefined
    },
    onError: (error) => {
      failing = error.message
      onError(error)
    },
  })

  let ticking = Promise.resolve()
  const tick = async (): Promise<void> => {
    for (const [partition, worker] of workers) {
      try {
        metrics.sent.inc({ kind: 'alarms' }, await worker.tick())
      } catch (error) {
        onError(error instanceof Error ? error : new Error(String(error)))
        // As above; the next tick decides anew.
        if (workers.get(partition) === worker) {
          workers.set(partition, await createPartitionWorker({ log, partition, now, onError }))
        }
      }
    }
  }
  const timer = setInterval(() => {
    ticking = ticking
      .then(tick)
      .catch((error: unknown) => onError(error instanceof Error ? error : new Error(String(error))))
  }, options.tickMs ?? TICK_MS)

  return {
    stop: async () => {
      clearInterval(timer)
      await ticking
      await consumer.stop()
    },
    health: () => ({ ok: failing === undefined, detail: failing ?? `${workers.size} partitions` }),
  }
}
