import { encodeJson } from '@pulsewire/codec'
import { SYSTEM_PATIENT, isId, type ErrorCode, type RefusalRecord } from '@pulsewire/contracts'
import type { EventLog } from '@pulsewire/event-log'

/** Of one name, what was refused is said again after so long. */
const SAY_AGAIN_MS = 2_000
/** All names together, a minute: whoever guesses fills no log. */
const MOST_A_MINUTE = 60
const MINUTE_MS = 60_000

/** Says in the log whom this broker did not let in, and why: for whoever sets a device up. */
export interface RefusalReports {
  refused(username: string | undefined, code: ErrorCode, known: boolean): void
  /** Resolves when what was said is in the log, or could not be. */
  settled(): Promise<void>
}

export function createRefusalReports(log: Pick<EventLog, 'append'>, now: () => number): RefusalReports {
  const saidAt = new Map<string, number>()
  const saying = new Set<Promise<unknown>>()
  let minute = 0
  let count = 0

  const mayBeSaid = (device: string, code: ErrorCode): boolean => {
    const time = now()
    if (Math.floor(time / MINUTE_MS) !== minute) {
      minute = Math.floor(time / MINUTE_MS)
      count = 0
      saidAt.clear()
    }
    const key = `${device} ${code}`
    if (count >= MOST_A_MINUTE || time - (saidAt.get(key) ?? -Infinity) < SAY_AGAIN_MS) return false
    count++
    saidAt.set(key, time)
    return true
  }
  return {
    refused: (device, code, known) => {
      if (device === undefined || !isId(device) || !mayBeSaid(device, code)) return
      const record: RefusalRecord = { device, at: now(), code, known }
      const said = log
        .append('findings', [{ key: SYSTEM_PATIENT, headers: { kind: 'refusal' }, value: encodeJson(record) }])
        // The log is away: whoever sets a device up now sees that instead.
        .catch(() => undefined)
        .finally(() => saying.delete(said))
      saying.add(said)
    },
    settled: async () => {
      await Promise.all(saying)
    },
  }
}
