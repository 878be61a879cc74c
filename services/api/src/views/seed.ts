import { SYSTEM_PATIENT, statusMessage, type LogPosition } from '@pulsewire/contracts'
import type { EventLog } from '@pulsewire/event-log'
import type { RegistryView } from '@pulsewire/registry'
import type { Logger } from '@pulsewire/runtime'
import type { VitalsStore } from '@pulsewire/vitals-store'
import { interpret } from '../live/interpret.ts'
import { LIVE_TOPICS } from '../live/position.ts'
import type { Views } from './views.ts'

/** Further back the log is not read at the start: the store has it. */
const BACK_MS = 10 * 60_000
/** A device's last status is looked for so far back. */
const STATUS_BACK_MS = 24 * 3_600_000

/**
 * Where the hub starts to read: alarms from their beginning, the rest from where the store stands, so that log and store together
 * leave no hole; but not further back than ten minutes.
 */
export async function liveStart(deps: {
  readonly log: EventLog
  readonly store: VitalsStore
  readonly logger: Logger
  readonly now: () => number
}): Promise<LogPosition[]> {
  const { log, store, logger, now } = deps
  const stored = await store.positions(LIVE_TOPICS).catch((error: unknown) => {
    logger.error({ err: error }, 'the store does not answer: what it holds is missing from the latest values')
    return []
  })
  const starts: LogPosition[] = []
  for (const topic of LIVE_TOPICS) {
    for (const { partition, earliest, next } of await log.ends(topic)) {
      const known = stored.find((position) => position.topic === topic && position.partition === partition)
      const recent = topic === 'alarms' ? 0 : await log.offsetAt(topic, partition, now() - BACK_MS)
      const wanted = topic === 'alarms' ? 0 : Math.max(known?.offset ?? 0, recent)
      starts.push({ topic, partition, offset: Math.min(next, Math.max(earliest, wanted)) })
    }
  }
  return starts
}

/** Fills the views with what the store knows: latest values, and what the devices last said of themselves. */
export async function seedViews(deps: {
  readonly store: VitalsStore
  readonly registry: RegistryView
  readonly views: Views
  readonly logger: Logger
  readonly now: () => number
}): Promise<void> {
  const { store, registry, views, logger, now } = deps
  try {
    for (const value of await store.latest([...registry.state.patients.keys()])) views.latest.offer(value)
    for (const device of registry.state.devices.keys()) {
      const range = { from: now() - STATUS_BACK_MS, to: now() + 1 }
      for (const event of await store.events({ ...range, device })) {
        const status = event.kind === 'status' ? statusMessage.safeParse(event.body) : undefined
        if (status?.success === true) views.devices.status(device, status.data, event.time)
        views.devices.seen(device, Math.min(event.time, now()))
      }
    }
  } catch (error) {
    logger.error({ err: error }, 'the store does not answer: latest values come with the next data')
  }
}

/** What brokers with a spool said before this start: each that can speak does every 30 s. */
export async function seedSpools(deps: {
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
      if (record.headers['kind'] !== 'spool') continue
      try {
        for (const said of interpret(record)) views.learn(said, record.timestamp)
      } catch (error) {
        logger.warn({ err: error, offset: record.offset }, 'what a broker said of its spool is unreadable')
      }
    }
  }
}
