import type { EventLog } from '@pulsewire/event-log'
import { integer, type Logger, type Running } from '@pulsewire/runtime'

/** What the process reads that keeps the log. */
export const retentionConfig = {
  PULSEWIRE_RETENTION_HOURS: integer(1, 24 * 3650)
    .default(24)
    .describe('how long the log keeps what is recorded'),
  PULSEWIRE_RETENTION_BYTES: integer(1, Number.MAX_SAFE_INTEGER)
    .default(10 * 1024 ** 3)
    .describe('how many bytes the log keeps of what is recorded'),
} as const

const EVERY_MS = 60_000
/** A log that is away is not waited for at the stop, ms: closing it ends what is under way. */
const STOP_WITHIN_MS = 1_500
/** Who must have read a record before it may go. */
const READERS = ['recorder', 'detector', 'alarm-manager']

/**
 * Compaction and retention of the log, once a minute; never of what somebody has yet to read. The station's core does it, and each recorder that
 * runs alone: several at once remove the same, no more.
 */
export function startLogKeeper(parts: {
  readonly log: Pick<EventLog, 'maintain'>
  readonly logger: Logger
  readonly config: { readonly PULSEWIRE_RETENTION_HOURS: number; readonly PULSEWIRE_RETENTION_BYTES: number }
}): Running {
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
      let late: NodeJS.Timeout | undefined
      await Promise.race([work, new Promise((resolve) => (late = setTimeout(resolve, STOP_WITHIN_MS)))])
      clearTimeout(late)
    },
    health: () => ({ ok: failure === undefined, detail: failure ?? 'maintained' }),
  }
}
