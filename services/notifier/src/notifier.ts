import { PulsewireError, SYSTEM_PATIENT, type Channel, type LogPosition } from '@pulsewire/contracts'
import type { DeliveryPolicy } from '@pulsewire/delivery'
import { createOwnership, type Consumer, type EventLog } from '@pulsewire/event-log'
import type { RegistryView } from '@pulsewire/registry'
import {
  createFailureReport,
  startTicker,
  watchLag,
  type Health,
  type Logger,
  type Metrics,
  type Running,
} from '@pulsewire/runtime'
import type { Senders } from './channels/sender.ts'
import { createOutbox } from './outbox.ts'
import { createPartitionWorker, type PartitionWorker } from './partition-worker.ts'
import { subjectOf, type SubjectOptions } from './subjects.ts'
import { startSystemFindings } from './system-findings.ts'

const TOPICS = ['alarms', 'receipts'] as const
const TICK_MS = 500

export interface RunningNotifier extends Running {
  /** Whether its ticks go on. */
  alive(): Health
}

export interface NotifierDeps {
  readonly log: EventLog
  readonly registry: RegistryView
  readonly senders: Senders
  readonly logger: Logger
  readonly metrics: Metrics
  readonly now?: () => number
}

export interface NotifierOptions extends SubjectOptions {
  readonly group?: string
  readonly tickMs?: number
  /** How long one attempt may take. Default 10 s. */
  readonly attemptWithinMs?: number
}

/**
 * The notifier: tells alarms to whoever is not at a screen, and writes each step of each delivery to `deliveries`, one writer a partition. Any number of
 * them share the partitions; a partition's states are rebuilt from the log by whoever takes it over.
 */
export async function startNotifier(deps: NotifierDeps, options: NotifierOptions): Promise<RunningNotifier> {
  const { log, registry, senders, logger, metrics, now = Date.now } = deps
  const { group = 'notifier' } = options
  const workers = new Map<number, PartitionWorker>()
  const lag = watchLag(log, metrics)
  const systemPartition = log.partitionOf('deliveries', SYSTEM_PATIENT)
  let consumer: Consumer | undefined
  let failing: string | undefined

  const report = createFailureReport(logger, metrics)
  const onError = (error: Error): void => void report(error)
  const channels = (): Channel[] => [...registry.state.channels.values()].map(({ entity }) => entity)
  const policyOf = (patient: string): DeliveryPolicy => ({
    channels: channels(),
    place: registry.state.patients.get(patient)?.entity.place,
  })
  const findings = await startSystemFindings({ log, channels, now, onError })
  const outbox = createOutbox({
    senders,
    channelOf: (id) => registry.state.channels.get(id)?.entity,
    subjectOf: (channel, { delivery, notice }) => subjectOf(registry.state, channel, delivery, notice, options),
    logger,
    metrics,
    now,
    attemptWithinMs: options.attemptWithinMs,
    onGone: async (channel) => {
      const known = registry.state.channels.get(channel.id)
      if (known === undefined) return
      logger.info({ channel: channel.id }, 'the browser has ended its subscription')
      await registry.change({ ...known.entity, removed: true }, { expectedVersion: known.version, by: 'notifier' })
    },
  })
  metrics.beforeLook(async () => {
    metrics.open.set({ name: 'partitions' }, workers.size)
    metrics.queue.set({ name: 'on-their-way' }, outbox.size)
  })
  const send = (worker: PartitionWorker): Promise<void> =>
    outbox.turn(worker).catch((error: unknown) => onSendFailed(error))
  const onSendFailed = (error: unknown): void => {
    failing = report(error) ?? failing
  }
  const ownership = createOwnership(log, group, 'alarms', async (position: LogPosition) => consumer?.commit(position))
  consumer = await log.consume({
    topics: TOPICS,
    group,
    commit: 'manual',
    onAssigned: async (partitions) => {
      await ownership.taken(partitions)
      await lag.begin(group, TOPICS, partitions)
      for (const partition of partitions) {
        const assertOwned = (): Promise<void> => ownership.assert(partition)
        const worker = await createPartitionWorker({ log, partition, now, onError, policyOf, assertOwned })
        workers.set(partition, worker)
      }
      if (partitions.includes(systemPartition)) await findings.taken()
    },
    onRevoked: async (partitions) => {
      const lost = partitions.flatMap((partition) => workers.get(partition) ?? [])
      await Promise.all(lost.map((worker) => outbox.release(worker)))
      for (const partition of partitions) workers.delete(partition)
      if (partitions.includes(systemPartition)) findings.released()
      lag.released(partitions)
    },
    handler: async ({ topic, partition, records, next }) => {
      const worker = workers.get(partition)
      if (worker === undefined) throw new PulsewireError('PW_INTERNAL', `partition ${partition} was not assigned`)
      metrics.received.inc({ kind: topic }, records.length)
      const commit = (offset: number): Promise<void> => ownership.commit({ topic, partition, offset })
      metrics.sent.inc({ kind: 'deliveries' }, await worker.handle({ records, commit }))
      const last = records.at(-1)
      if (last !== undefined) lag.at(topic, partition, last.offset + 1)
      failing = undefined
      // While more is there to be read, what was planned may be over already: the next tick sends what is left of it.
      if (last === undefined || last.offset + 1 >= next) void send(worker)
    },
    onError: (error) => {
      failing = report(error) ?? failing
    },
  })

  const ticker = startTicker(options.tickMs ?? TICK_MS, async () => {
    let failure: string | undefined
    for (const worker of workers.values()) {
      try {
        metrics.sent.inc({ kind: 'deliveries' }, await worker.tick())
        await outbox.turn(worker)
      } catch (error) {
        // The next tick decides anew.
        failure = report(error) ?? failure
      }
    }
    try {
      metrics.sent.inc({ kind: 'findings' }, await findings.report())
    } catch (error) {
      failure = report(error) ?? failure
    }
    return failure
  })

  return {
    stop: async () => {
      await ticker.stop()
      await outbox.stop()
      await consumer.stop()
      await findings.stop()
    },
    alive: () => ticker.alive(),
    health: () => {
      const problem = failing ?? ticker.problem()
      // A receiver that is away is told of by an alarm; this service works all the same.
      const detail = problem ?? findings.problem() ?? `${workers.size} partitions`
      return { ok: problem === undefined, detail }
    },
  }
}
