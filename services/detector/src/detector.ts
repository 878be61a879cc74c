import { randomBytes } from 'node:crypto'
import { PulsewireError, SYSTEM_PATIENT, type HeartbeatRecord, type LogPosition } from '@pulsewire/contracts'
import { encodeJson } from '@pulsewire/codec'
import type { EcgAnalyzerFactory, PatientContext } from '@pulsewire/detection'
import type { Consumer, EventLog } from '@pulsewire/event-log'
import { openRegistryView, type RegistryView } from '@pulsewire/registry'
import {
  NO_TRACING,
  createFailureReport,
  watchLag,
  type Health,
  type Logger,
  type Metrics,
  type Running,
  type Tracing,
} from '@pulsewire/runtime'
import { DETECTOR_GROUP } from './group.ts'
import { openPartitionWorker, type PartitionWorker } from './partition-worker.ts'
import { UNKNOWN_PATIENT, patientContexts } from './patient-contexts.ts'

export interface DetectorDeps {
  readonly log: EventLog
  readonly logger: Logger
  readonly metrics: Metrics
  /** Default: nothing is traced. */
  readonly tracing?: Tracing
  /** Wall clock, ms. */
  readonly now?: () => number
  /** Default: a view of its own. */
  readonly registry?: RegistryView
}

export interface DetectorOptions {
  /** Name of this worker in heartbeats. Default: made up. */
  readonly worker?: string
  readonly tickMs?: number
  readonly heartbeatMs?: number
  readonly snapshotEveryMs?: number
  /** For tests. */
  readonly createAnalyzer?: EcgAnalyzerFactory
}

export interface RunningDetector extends Running {
  readonly worker: string
  readonly partitions: readonly number[]
  /** Whether its rounds go on. */
  alive(): Health
}

const MAX_BATCH_RECORDS = 2_000
/**
 * With more patients than these, a partition's records are gathered, a millisecond for each further patient, up to a second: what is known of a patient
 * is out of the processor's caches when the next message comes, and two of them together cost a quarter less. An alarm has ten seconds.
 */
const GATHER_ABOVE_PATIENTS = 100
const MOST_GATHER_MS = 1_000
/** Not well where the last round is longer ago than this. */
const STUCK_AFTER_MS = 10_000
/** To be killed and started again: a round waits for the log at most, which answers or fails long before. */
const DEAD_AFTER_MS = 60_000
/** Contexts are looked up anew at least this often: an association may begin at a time that was in the future. */
const REFRESH_EVERY_MS = 10_000

/** Starts a detector worker: it takes its share of the partitions and analyses what is in them, as long as it runs. */
export async function startDetector(deps: DetectorDeps, options: DetectorOptions = {}): Promise<RunningDetector> {
  const { log, logger, metrics, now = Date.now, tracing = NO_TRACING } = deps
  const { tickMs = 1_000, heartbeatMs = 2_000, snapshotEveryMs = 30_000, createAnalyzer } = options
  const worker = options.worker ?? `detector-${randomBytes(4).toString('hex')}`
  const tell = createFailureReport(logger, metrics)
  const report =
    (what: string) =>
    (error: unknown): void =>
      void tell(error, what)
  const registry = deps.registry ?? (await openRegistryView(log, { onError: report('registry record stepped over') }))
  const workers = new Map<number, PartitionWorker>()
  const lag = watchLag(log, metrics)
  metrics.beforeLook(async () => metrics.open.set({ name: 'partitions' }, workers.size))
  let contexts = patientContexts(registry.state, now())
  let refreshedAtMs = now()
  let isStale = false
  let lastRoundMs = performance.now()
  let problem: string | undefined
  let consumer: Consumer | undefined

  const contextOf = (patient: string): PatientContext => contexts.get(patient) ?? UNKNOWN_PATIENT

  const refresh = (): void => {
    contexts = patientContexts(registry.state, now())
    refreshedAtMs = now()
    isStale = false
    const byPartition = new Map<number, string[]>()
    for (const patient of contexts.keys()) {
      const partition = log.partitionOf('telemetry', patient)
      const patients = byPartition.get(partition) ?? []
      byPartition.set(partition, patients)
      patients.push(patient)
    }
    for (const [partition, owned] of workers) owned.refresh(byPartition.get(partition) ?? [])
  }
  const unwatch = registry.onChange(() => {
    isStale = true
  })

  const commit = async (position: LogPosition): Promise<void> => {
    await consumer?.commit(position)
  }
  consumer = await log.consume({
    topics: ['telemetry', 'staff-commands'],
    group: DETECTOR_GROUP,
    commit: 'manual',
    maxBatchRecords: MAX_BATCH_RECORDS,
    gatherMs: () => {
      let patients = 0
      for (const owned of workers.values()) patients += owned.patients
      return Math.min(MOST_GATHER_MS, Math.max(0, patients - GATHER_ABOVE_PATIENTS))
    },
    onError: report('batch failed'),
    onAssigned: async (partitions) => {
      await registry.catchUp()
      refresh()
      const opened: PartitionWorker[] = []
      for (const partition of partitions) {
        const deps = {
          log,
          logger,
          metrics,
          lag,
          tracing,
          now,
          context: contextOf,
          commit,
          snapshotEveryMs,
          createAnalyzer,
        }
        opened.push(await openPartitionWorker(partition, deps))
      }
      // All or none: where one cannot be opened, the group gives all of them back.
      for (const owned of opened) workers.set(owned.partition, owned)
      refresh()
      logger.info({ partitions }, 'partitions taken over')
    },
    onRevoked: async (partitions) => {
      for (const partition of partitions) {
        const owned = workers.get(partition)
        workers.delete(partition)
        lag.released([partition])
        await owned?.save(true).catch(report('the state was not kept; it will be analysed again'))
      }
    },
    handler: async (batch) => {
      const owned = workers.get(batch.partition)
      if (owned === undefined) throw new PulsewireError('PW_INTERNAL', `partition ${batch.partition} was not assigned`)
      await owned.handle(batch)
    },
  })

  const round = async (): Promise<void> => {
    if (isStale || Math.abs(now() - refreshedAtMs) >= REFRESH_EVERY_MS) refresh()
    let failure: string | undefined
    for (const owned of workers.values()) {
      try {
        await owned.tick(now())
        await owned.save(false)
      } catch (error) {
        const words = tell(error, 'round failed')
        if (words !== undefined) failure = error instanceof Error ? error.message : words
      }
    }
    problem = failure
    lastRoundMs = performance.now()
  }
  /** Those that are really being analysed, not only held. */
  const watched = (): number[] => [...workers.keys()].sort((a, b) => a - b)
  const beat = async (): Promise<void> => {
    const heartbeat: HeartbeatRecord = { worker, at: now(), partitions: watched() }
    await log.append('findings', [
      { key: SYSTEM_PATIENT, headers: { kind: 'heartbeat' }, value: encodeJson(heartbeat) },
    ])
  }
  const rounds = every(tickMs, round, report('round failed'))
  const beats = every(heartbeatMs, beat, report('heartbeat failed'))

  let stopping: Promise<void> | undefined
  const stop = async (): Promise<void> => {
    await Promise.all([rounds.stop(), beats.stop()])
    unwatch()
    await consumer?.stop()
    if (deps.registry === undefined) await registry.close()
  }
  return {
    worker,
    get partitions() {
      return consumer?.assigned ?? []
    },
    stop: () => (stopping ??= stop()),
    alive: (): Health => {
      const ageMs = performance.now() - lastRoundMs
      return { ok: ageMs < DEAD_AFTER_MS, detail: `last round ${Math.round(ageMs / 1000)} s ago` }
    },
    health: (): Health => {
      const ageMs = performance.now() - lastRoundMs
      if (ageMs > STUCK_AFTER_MS) return { ok: false, detail: `no round for ${Math.round(ageMs / 1000)} s` }
      if (problem !== undefined) return { ok: false, detail: problem }
      return { ok: true, detail: `partitions ${watched().join(', ')}` }
    },
  }
}

/** Does `work` again and again, one at a time; the first at once. */
function every(
  intervalMs: number,
  work: () => Promise<void>,
  onError: (error: unknown) => void,
): { stop: () => Promise<void> } {
  let timer: NodeJS.Timeout | undefined
  let isStopped = false
  let current: Promise<void> = Promise.resolve()
  const run = (): void => {
    current = work()
      .catch(onError)
      .then(() => {
        if (!isStopped) timer = setTimeout(run, intervalMs)
      })
  }
  run()
  return {
    stop: async () => {
      isStopped = true
      clearTimeout(timer)
      await current
    },
  }
}
