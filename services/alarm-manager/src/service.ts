import { escalationOf, type EscalationPolicy } from '@pulsewire/alarms'
import { PulsewireError, type LogPosition } from '@pulsewire/contracts'
import { createOwnership, type Consumer, type EventLog } from '@pulsewire/event-log'
import { openRegistryView } from '@pulsewire/registry'
import {
  NO_TRACING,
  createFailureReport,
  startTicker,
  traceRecords,
  watchLag,
  type Health,
  type Logger,
  type Metrics,
  type Running,
  type Tracing,
} from '@pulsewire/runtime'
import { createPartitionWorker, type PartitionWorker } from './partition-worker.ts'

const TOPICS = ['findings', 'staff-commands'] as const
const TICK_MS = 500

export interface RunningAlarmManager extends Running {
  /** Whether its ticks go on. */
  alive(): Health
}

export interface AlarmManagerDeps {
  readonly log: EventLog
  readonly logger: Logger
  readonly metrics: Metrics
  /** Default: nothing is traced. */
  readonly tracing?: Tracing
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
export async function startAlarmManager(
  deps: AlarmManagerDeps,
  options: AlarmManagerOptions = {},
): Promise<RunningAlarmManager> {
  const { log, logger, metrics, tracing = NO_TRACING, now = Date.now } = deps
  const { group = 'alarm-manager' } = options
  const workers = new Map<number, PartitionWorker>()
  const lag = watchLag(log, metrics)
  metrics.beforeLook(async () => metrics.open.set({ name: 'partitions' }, workers.size))
  let consumer: Consumer | undefined
  let failing: string | undefined

  const report = createFailureReport(logger, metrics)
  const onError = (error: Error): void => void report(error)
  // Alarms do not wait for it: whom nothing is known of yet has the usual chain.
  const registry = await openRegistryView(log, { onError, caughtUp: false })
  const policyOf = (id: string): EscalationPolicy => {
    const { patients, escalationChains } = registry.state
    const patient = patients.get(id)?.entity
    return escalationOf(patient, escalationChains.get(patient?.escalationChain ?? '')?.entity)
  }
  const ownership = createOwnership(log, group, 'findings', async (position: LogPosition) => consumer?.commit(position))
  consumer = await log.consume({
    topics: TOPICS,
    group,
    commit: 'manual',
    onAssigned: async (partitions) => {
      await ownership.taken(partitions)
      await lag.begin(group, TOPICS, partitions)
      const opened = await Promise.all(
        partitions.map((partition) =>
          createPartitionWorker({
            log,
            partition,
            now,
            onError,
            policyOf,
            assertOwned: () => ownership.assert(partition),
          }),
        ),
      )
      partitions.forEach((partition, index) => {
        const worker = opened[index]
        if (worker !== undefined) workers.set(partition, worker)
      })
    },
    onRevoked: async (partitions) => {
      for (const partition of partitions) workers.delete(partition)
      lag.released(partitions)
    },
    handler: async (batch) => {
      const worker = workers.get(batch.partition)
      if (worker === undefined) {
        throw new PulsewireError('PW_INTERNAL', `partition ${batch.partition} was not assigned`)
      }
      metrics.received.inc({ kind: batch.topic }, batch.records.length)
      const commit = (offset: number): Promise<void> =>
        ownership.commit({ topic: batch.topic, partition: batch.partition, offset })
      const traced = traceRecords(tracing, 'decide', batch.records)
      try {
        metrics.sent.inc({ kind: 'alarms' }, await worker.handle({ records: batch.records, commit }))
        traced()
      } catch (error) {
        traced(error)
        throw error
      }
      const last = batch.records.at(-1)
      if (last !== undefined) {
        lag.at(batch.topic, batch.partition, last.offset + 1)
        metrics.latencyMs.observe({ step: 'append-to-decided' }, Math.max(0, now() - last.timestamp))
      }
      failing = undefined
    },
    onError: (error) => {
      failing = report(error) ?? failing
    },
  })

  const ticker = startTicker(options.tickMs ?? TICK_MS, async () => {
    let failure: string | undefined
    for (const worker of workers.values()) {
      try {
        metrics.sent.inc({ kind: 'alarms' }, await worker.tick())
      } catch (error) {
        // The next tick decides anew.
        failure = report(error instanceof Error ? error : new Error(String(error))) ?? failure
      }
    }
    return failure
  })

  return {
    stop: async () => {
      await ticker.stop()
      await consumer.stop()
      await registry.close()
    },
    alive: () => ticker.alive(),
    health: () => {
      const problem = failing ?? ticker.problem()
      return { ok: problem === undefined, detail: problem ?? `${workers.size} partitions` }
    },
  }
}
