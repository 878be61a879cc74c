import { encodeJson } from '@pulsewire/codec'
import { SYSTEM_PATIENT, type SpoolRecord } from '@pulsewire/contracts'
import type { EventLog } from '@pulsewire/event-log'
import type { BrokerSpool } from './open-broker-log.ts'

export interface SpoolReportsOptions {
  readonly log: Pick<EventLog, 'append'>
  readonly spool: BrokerSpool
  readonly now: () => number
  readonly everyMs: number
}

/** While something waits, and when it has gone, the ledger shall not lag far behind. */
const BUSY_EVERY_MS = 2_000

/**
 * Says in the log what waits in this broker's spool: for the ledger, which counts elsewhere. What cannot be said because the log is away
 * is said when it is back; who reads sees by its time how old the last word is.
 */
export function startSpoolReports({ log, spool, now, everyMs }: SpoolReportsOptions): {
  stop(): Promise<void>
} {
  let saidAt = -Infinity
  let saidWaiting = 0
  let saying: Promise<void> | undefined

  const say = async (): Promise<void> => {
    const { waitingUplink, oldestAt } = spool.status()
    const report: SpoolRecord = {
      broker: spool.name,
      at: now(),
      waiting: waitingUplink,
      ...(oldestAt === undefined ? {} : { oldestAt }),
    }
    try {
      await log.append('findings', [{ key: SYSTEM_PATIENT, headers: { kind: 'spool' }, value: encodeJson(report) }])
      saidAt = now()
      saidWaiting = waitingUplink
    } catch {
      // The log is away: that is what this is about. The next round tries again.
    }
  }
  const look = (): void => {
    const due = spool.status().waitingUplink > 0 || saidWaiting > 0 ? Math.min(BUSY_EVERY_MS, everyMs) : everyMs
    if (saying !== undefined || now() - saidAt < due) return
    saying = say().finally(() => (saying = undefined))
  }
  const timer = setInterval(look, Math.min(BUSY_EVERY_MS, everyMs))
  look()
  return {
    stop: async () => {
      clearInterval(timer)
      await saying
    },
  }
}
