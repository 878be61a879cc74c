import type { PatientAlarms } from '@pulsewire/alarms'
import { decodeJson } from '@pulsewire/codec'
import { SYSTEM_PATIENT, statusMessage, type LogPosition } from '@pulsewire/contracts'
import { loadSnapshots, type EventLog, type StateSnapshot } from '@pulsewire/event-log'
import type { RegistryView } from '@pulsewire/registry'
import type { Logger } from '@pulsewire/runtime'
import type { VitalsStore } from '@pulsewire/vitals-store'
import { interpret } from '../live/interpret.ts'
import { LIVE_TOPICS } from '../live/position.ts'
import type { Views } from './views.ts'
import { within } from './within.ts'

/** Further back the log is not read at the start: the store has it. */
const BACK_MS = 10 * 60_000
/**
 * Nor more of a partition than this, so that a start beside a recorder that is far behind takes seconds: whoever has said something since is seen, and
 * of the others what the store has.
 */
const BACK_RECORDS = 20_000
/** The start waits no longer for the store, ms: what happens now is seen without it. */
const STORE_WITHIN_MS = 5_000
/** A device's last status is looked for so far back. */
const STATUS_BACK_MS = 24 * 3_600_000

/**
 * The alarms that are not ended, from their snapshots. Answers from where the events of each partition of `alarms` must be read, so that nothing
 * is missing in them.
 */
export async function seedAlarms(deps: {
  readonly log: EventLog
  readonly views: Pick<Views, 'alarms'>
  readonly logger: Logger
}): Promise<ReadonlyMap<number, number>> {
  const { log, views, logger } = deps
  const onDamage = (error: Error): void => logger.error({ err: error }, 'a snapshot of alarms is damaged')
  const from = new Map<number, number>()
  for (const { partition, earliest } of await log.ends('alarm-state')) {
    const snapshots = await loadSnapshots(
      log.read('alarm-state', partition, { from: earliest, onDamage }),
      (record) => {
        if (record.value === null) return undefined
        try {
          // Written by the alarm manager alone.
          return decodeJson(record.value) as StateSnapshot<PatientAlarms>
        } catch (error) {
          onDamage(error instanceof Error ? error : new Error(String(error)))
          return undefined
        }
      },
    )
    for (const state of snapshots.states) views.alarms.seed(state)
    from.set(partition, snapshots.from)
  }
  return from
}

/**
 * Where the hub starts to read: from where the store stands, so that log and store together leave no hole; alarms from their snapshots where
 * those are older, the rest not further back than ten minutes, and twenty thousand records of a partition.
 */
export async function liveStart(deps: {
  readonly log: EventLog
  readonly store: VitalsStore
  readonly logger: Logger
  readonly now: () => number
  /** What `seedAlarms` answered. */
  readonly alarmsFrom: ReadonlyMap<number, number>
  /** How long the store may take to answer, ms. Default 5,000. */
  readonly storeWithinMs?: number
}): Promise<LogPosition[]> {
  const { log, store, logger, now, alarmsFrom, storeWithinMs = STORE_WITHIN_MS } = deps
  const stored = await within(store.positions(LIVE_TOPICS), storeWithinMs).catch((error: unknown) => {
    logger.error({ err: error }, 'the store does not answer: what it holds is missing from the latest values')
    return []
  })
  const starts: LogPosition[] = []
  for (const topic of LIVE_TOPICS) {
    for (const { partition, earliest, next } of await log.ends(topic)) {
      const known = stored.find((position) => position.topic === topic && position.partition === partition)
      const stands = known?.offset ?? 0
      const wanted =
        topic === 'alarms'
          ? Math.min(stands, alarmsFrom.get(partition) ?? 0)
          : Math.max(stands, next - BACK_RECORDS, await log.offsetAt(topic, partition, now() - BACK_MS))
      starts.push({ topic, partition, offset: Math.min(next, Math.max(earliest, wanted)) })
    }
  }
  return starts
}

/**
 * Fills the views with what the store knows: latest values, and what the devices last said of themselves. Where that takes the store long, it
 * goes on beside what comes; the newer counts.
 */
export async function seedViews(deps: {
  readonly store: VitalsStore
  readonly registry: RegistryView
  readonly views: Views
  readonly logger: Logger
  readonly now: () => number
  /** How long is waited for it, ms. Default 5,000. */
  readonly storeWithinMs?: number
}): Promise<void> {
  const { store, registry, views, logger, now, storeWithinMs = STORE_WITHIN_MS } = deps
  const seeding = async (): Promise<void> => {
    for (const value of await store.latest([...registry.state.patients.keys()])) views.latest.offer(value)
    for (const device of registry.state.devices.keys()) {
      const range = { from: now() - STATUS_BACK_MS, to: now() + 1 }
      for (const event of await store.events({ ...range, device })) {
        const status = event.kind === 'status' ? statusMessage.safeParse(event.body) : undefined
        if (status?.success === true) views.devices.status(device, status.data, event.time)
        views.devices.seen(device, Math.min(event.time, now()))
      }
    }
  }
  const seeded = seeding().catch((error: unknown) => {
    logger.error({ err: error }, 'the store does not answer: latest values come with the next data')
  })
  await within(seeded, storeWithinMs).catch(() => {
    logger.warn('the store takes long: the start goes on, and latest values come later')
  })
}

/** What brokers said before this start: of their spools (each that can speak does every 30 s), and of devices that they did not let in. */
export async function seedReports(deps: {
  readonly log: EventLog
  readonly views: Views
  readonly logger: Logger
  readonly now: () => number
}): Promise<void> {
  const { log, views, logger, now } = deps
  const partition = log.partitionOf('findings', SYSTEM_PATIENT)
  const from = await log.offsetAt('findings', partition, now() - BACK_MS)
  for await (const records of log.read('findings', partition, { from })) {
    for (const record of records) {
      if (record.headers['kind'] !== 'spool' && record.headers['kind'] !== 'refusal') continue
      try {
        for (const said of interpret(record)) views.learn(said, record.timestamp)
      } catch (error) {
        logger.warn({ err: error, offset: record.offset }, 'what a broker said is unreadable')
      }
    }
  }
}
