import { quarantineReason } from '@pulsewire/contracts'
import type { EventLog, StoredRecord, Tail } from '@pulsewire/event-log'
import type { Logger } from '@pulsewire/runtime'
import type { TroubleView } from '../views/trouble-view.ts'

/** A screen is told of a device's trouble at most so often. */
const TELL_EVERY_MS = 500

/** Follows what is quarantined from now on, and lets the screens know of which device: a device that is being set up is seen at once. */
export async function watchQuarantine(deps: {
  readonly log: EventLog
  readonly trouble: TroubleView
  readonly logger: Logger
  readonly broadcast: (text: string) => void
}): Promise<Tail> {
  const { log, trouble, logger, broadcast } = deps
  const toldAt = new Map<string, number>()
  const tell = (device: string): void => {
    const now = performance.now()
    if (now - (toldAt.get(device) ?? -Infinity) < TELL_EVERY_MS) return
    for (const [known, at] of toldAt) if (now - at > TELL_EVERY_MS) toldAt.delete(known)
    toldAt.set(device, now)
    broadcast(JSON.stringify({ type: 'status', device, trouble: true }))
  }
  const take = (record: StoredRecord): void => {
    try {
      const reason = quarantineReason.parse(JSON.parse(record.headers['reason'] ?? 'null'))
      trouble.quarantined(reason)
      tell(reason.device)
    } catch (error) {
      logger.warn({ err: error, offset: record.offset }, 'a quarantined record without a readable reason')
    }
  }
  return log.tail({
    topics: ['quarantine'],
    handler: ({ records }) => {
      for (const record of records) take(record)
    },
    onError: (error) => logger.error({ err: error }, 'reading the quarantine'),
  })
}
