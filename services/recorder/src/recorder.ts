import { setTimeout as delay } from 'node:timers/promises'
import { errorCodeOf, type LogTopic } from '@pulsewire/contracts'
import type { Consumer, EventLog, RecordBatch } from '@pulsewire/event-log'
import {
  NO_TRACING,
  traceRecords,
  watchLag,
  type Health,
  type Logger,
  type Metrics,
  type Tracing,
} from '@pulsewire/runtime'
import type { VitalsStore } from '@pulsewire/vitals-store'
import { createAlarmVersions } from './alarm-versions.ts'
import { createCommitWindow } from './commit-window.ts'
import { mapRecord } from './map-record.ts'
import { reuseNotices } from './notices.ts'
import { startPositions } from './start-positions.ts'
import type { RecordUnit } from './unit.ts'
import { createWritePace } from './write-pace.ts'
import { writeUnits } from './write-units.ts'

/** What goes into the store. */
export const RECORDED_TOPICS = [
  'telemetry',
  'quarantine',
  'findings',
  'alarms',
  'staff-commands',
] as const satisfies readonly LogTopic[]
export const RECORDER_GROUP = 'recorder'

export interface RecorderDeps {
  readonly log: EventLog
  readonly store: VitalsStore
  readonly logger: Logger
  readonly metrics: Metrics
  /** Default: nothing is traced. */
  readonly tracing?: Tracing
  readonly now?: () => number
}

export interface RecorderOptions {
  /** How long a write waits for more, ms. Default 25. */
  readonly windowMs?: number
  /** How long nothing is read after a write, ms, at most: the less, the shorter it took. Default 500. */
  readonly maxRestMs?: number
  /** Records of one partition that are taken at a time. Default 1,000. */
  readonly maxBatchRecords?: number
  /** Pause before a failed write is tried again, ms; doubled up to `maxRetryMs`. Default 100 and 5,000. */
  readonly retryMs?: number
  readonly maxRetryMs?: number
  /** How often the store's upkeep runs, ms. Default a minute. */
  readonly maintainEveryMs?: number
  /** A partition that was known to be ours so long ago, ms, is asked for again before a write. Shorter than a consumer's session. Default 2,000. */
  readonly provenMs?: number
}

export interface RunningRecorder {
  /** Finishes the write in hand and gives the partitions up. The store and the log stay open. */
  stop(): Promise<void>
  health(): Health
}

/** A write begins without waiting longer once so many records are there. */
const FULL_AT = 4_000

/**
 * Writes what the log holds into the time-series store: at least once from the log, exactly once in the store, since the positions are
 * kept there, in the transaction of the rows (or after them, where the store has none). While the store fails, the log waits.
 */
export async function startRecorder(deps: RecorderDeps, options: RecorderOptions = {}): Promise<RunningRecorder> {
  const { log, store, logger, metrics, tracing = NO_TRACING, now = Date.now } = deps
  const {
    windowMs = 25,
    maxRestMs = 500,
    maxBatchRecords = 1_000,
    retryMs = 100,
    maxRetryMs = 5_000,
    maintainEveryMs = 60_000,
    provenMs = 2_000,
  } = options
  const stopping = new AbortController()
  let failure: string | undefined

  const report = (error: unknown, what: string): void => {
    metrics.errors.inc({ code: errorCodeOf(error) })
    logger.error({ err: error, code: errorCodeOf(error) }, what)
  }
  const alarmVersions = createAlarmVersions((error) => report(error, 'a record of the alarms is damaged'))

  async function writeOnce(units: readonly RecordUnit[]): Promise<void> {
    const began = performance.now()
    const { stored, duplicates, reused, refused } = await writeUnits(store, units)
    const tookMs = performance.now() - began
    pace.wrote(tookMs)
    metrics.latencyMs.observe({ step: 'write' }, tookMs)
    metrics.sent.inc({ kind: 'stored' }, stored)
    metrics.sent.inc({ kind: 'duplicate' }, duplicates)
    metrics.sent.inc({ kind: 'reused' }, reused.length)
    for (const { unit, error } of refused) {
      const { topic, partition, offset } = unit.record
      report(error, `the store refused ${topic}/${partition}/${offset}: it is quarantined`)
    }
    if (reused.length === 0) return
    await log.append('device-commands', reuseNotices(reused, now())).catch((error: unknown) => {
      // They are in the quarantine with their reason; only the device does not hear of it.
      report(error, 'a device could not be told that a message was quarantined')
    })
  }

  /** One attempt; what comes of it is shown as our health. */
  async function write(units: readonly RecordUnit[]): Promise<void> {
    try {
      await writeOnce(units)
      if (failure !== undefined) logger.info('the store takes writes again')
      failure = undefined
    } catch (error) {
      failure = `the store does not take writes: ${error instanceof Error ? error.message : String(error)}`
      report(error, 'the store does not take a write, it is tried again')
      throw error
    }
  }
  let consumer: Consumer | undefined
  const pace = createWritePace(maxRestMs)
  const window = createCommitWindow({ windowMs, fullAt: FULL_AT, write })
  const lag = watchLag(log, metrics)
  metrics.beforeLook(async () => {
    metrics.queue.set({ name: 'commit-window' }, window.waiting)
    metrics.open.set({ name: 'partitions' }, consumer?.assigned.length ?? 0)
  })

  /** When each partition was surely ours: not when that was answered, since this process may have stood still in between. */
  const provenAt = new Map<number, number>()
  const proving = async (partition: number, commit: () => Promise<void>): Promise<void> => {
    const asked = performance.now()
    await commit()
    provenAt.set(partition, asked)
  }
  /** Partitions of which alarm events were taken in whose write failed: they come again. */
  const seedAgain = new Set<number>()

  /** Tries until the store has them, as long as the partition is ours. */
  async function record(batch: RecordBatch, units: readonly RecordUnit[], first: number): Promise<void> {
    const { partition } = batch
    // Committing anew where the batch begins changes nothing, and is refused (PW_CONFLICT) once the partition has another owner.
    const stillOurs = async (): Promise<void> => {
      if (performance.now() - (provenAt.get(partition) ?? -Infinity) < provenMs) return
      await proving(partition, () => batch.commit(first))
    }
    for (let pause = retryMs; ; pause = Math.min(maxRetryMs, pause * 2)) {
      try {
        await window.submit(units, stillOurs)
        return
      } catch (error) {
        if (stopping.signal.aborted || errorCodeOf(error) === 'PW_CONFLICT') throw error
        await delay(pause, undefined, { signal: stopping.signal })
      }
    }
  }

  async function handle(batch: RecordBatch): Promise<void> {
    const [first, last] = [batch.records[0], batch.records.at(-1)]
    if (first === undefined || last === undefined) return
    const { topic, partition } = batch
    metrics.received.inc({ kind: topic }, batch.records.length)
    const traced = traceRecords(tracing, 'record', batch.records)
    if (topic === 'alarms' && seedAgain.has(partition)) {
      await alarmVersions.seed(log, partition, first.offset)
      seedAgain.delete(partition)
    }
    const units = batch.records.map((record) => mapRecord(record, alarmVersions.accept))
    for (const { record, quarantine } of units) {
      if (quarantine === undefined || record.topic === 'quarantine') continue
      const { code, detail } = quarantine[0] ?? { code: 'PW_PAYLOAD_INVALID', detail: '' }
      metrics.errors.inc({ code })
      logger.warn({ code, detail, position: quarantine[0]?.id }, 'a record cannot be decoded: it is quarantined')
    }
    try {
      await record(batch, units, first.offset)
    } catch (error) {
      traced(error)
      if (topic === 'alarms') seedAgain.add(partition)
      throw error
    }
    traced()
    lag.at(topic, partition, last.offset + 1)
    metrics.latencyMs.observe({ step: 'logged-to-stored' }, Math.max(0, now() - last.timestamp))
    // Only retention looks at this: reading goes on from the store's own positions.
    await proving(partition, () => batch.commit(last.offset + 1)).catch((error: unknown) => {
      if (errorCodeOf(error) === 'PW_CONFLICT')
        logger.info({ topic, partition }, 'the partition has another owner by now')
      else report(error, 'a position could not be committed')
    })
    // Where there is more than a batch holds, it is not waited for.
    if (batch.records.length < maxBatchRecords) await pace.rest(stopping.signal)
  }

  consumer = await log.consume({
    topics: RECORDED_TOPICS,
    group: RECORDER_GROUP,
    commit: 'manual',
    maxBatchRecords,
    handler: handle,
    async onAssigned(partitions) {
      try {
        const asked = performance.now()
        const starts = await startPositions(log, store, RECORDED_TOPICS, partitions, (error) =>
          report(error, 'records were removed from the log before they were recorded'),
        )
        for (const { topic, partition, offset } of starts) {
          lag.at(topic, partition, offset)
          provenAt.set(partition, asked)
          if (topic === 'alarms') {
            await alarmVersions.seed(log, partition, offset)
            seedAgain.delete(partition)
          }
        }
        return starts
      } catch (error) {
        failure = error instanceof Error ? error.message : String(error)
        throw error
      }
    },
    onRevoked: async (partitions) => {
      for (const partition of partitions) provenAt.delete(partition)
      lag.released(partitions)
    },
    onError: (error) => {
      if (!stopping.signal.aborted) report(error, 'the log or a handler failed')
    },
  })

  let upkeep: Promise<void> | undefined
  const maintain = (): void => {
    upkeep ??= store
      .maintain({ now: now() })
      .catch((error: unknown) => {
        if (!stopping.signal.aborted) report(error, "the store's upkeep failed")
      })
      .finally(() => {
        upkeep = undefined
      })
  }
  const timer = setInterval(maintain, maintainEveryMs)
  let stopped: Promise<void> | undefined

  return {
    stop: () =>
      (stopped ??= (async () => {
        stopping.abort()
        clearInterval(timer)
        await window.stop()
        await consumer?.stop()
      })()),
    health: () =>
      failure === undefined
        ? { ok: true, detail: `recording, ${window.waiting} waiting` }
        : { ok: false, detail: failure },
  }
}
