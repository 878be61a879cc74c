import type { EventLog } from '@pulsewire/event-log'
import type { Logger, Running } from '@pulsewire/runtime'
import type { StationConfig } from '../config.ts'

const EVERY_MS = 60_000
/** Who must have read a record before it may go. */
const READERS = ['recorder', 'detector', 'alarm-manager']

/** Compaction and retention of the log, once a minute; never of what somebody has yet to read. */
export function startLogKeeper(parts: { log: EventLog; logger: Logger; config: StationConfig }): Running {
  const { log, logger, config } = parts
  let failure: string | undefined
  let work = Promise.resolve()
  const maintain = async (): Promise<void> => {
    try {
      await log.maintain({
        retentionMs: config.PULSEWIRE_RETENTION_HOURS * 3_600_000,
        retentionBytes: config.PULSEWIRE_RETENTION_BYTES,
        keepFor: READERS,
      })
      failure = undefined
    } catch (error) {
      failure = error instanceof Error ? error.message : String(error)
      logger.error({ err: error }, 'the log could not be maintained')
    }
  }
  const timer = setInterval(() => {
    work = work.then(maintain)
  }, EVERY_MS)
  return {
    stop: async () => {
      clearInterval(timer)
      await work
    },
    health: () => ({ ok: failure === undefined, detail: failure ?? 'maintained' }),
  }
}
