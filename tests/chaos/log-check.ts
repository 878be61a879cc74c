import type { LogTopic } from '@pulsewire/contracts'
import type { EventLog } from '@pulsewire/event-log'
import type { AckedMessage } from '@pulsewire/fleet'

/** What each consumer group reads of the log. */
const READERS: Readonly<Record<string, readonly LogTopic[]>> = {
  detector: ['telemetry', 'staff-commands'],
  'alarm-manager': ['findings', 'staff-commands'],
  recorder: ['telemetry', 'quarantine', 'findings', 'alarms', 'staff-commands'],
}

/** Partitions whose readers have not come to the end that the log had when this was called. */
export async function unreadPartitions(log: EventLog): Promise<string[]> {
  const unread: string[] = []
  for (const [group, topics] of Object.entries(READERS)) {
    for (const topic of topics) {
      const committed = await log.committed(group, topic)
      for (const { partition, earliest, next } of await log.ends(topic)) {
        const offset = committed.find((position) => position.partition === partition)?.offset ?? earliest
        if (offset < next) unread.push(`${group}: ${topic}/${partition} at ${offset} of ${next}`)
      }
    }
  }
  return unread
}

const keyOf = ({ device, boot, seq }: AckedMessage): string => `${device}/${boot}/${seq}`

export interface LogReport {
  /** Acknowledged and not in the log: must be 0. */
  readonly lost: number
  /** Records of `telemetry`. */
  readonly records: number
  /** First arrivals of a device's message that came after a later one: must be 0. */
  readonly outOfOrder: number
}

/** Reads all of `telemetry` and compares it with what the senders had acknowledged. */
export async function checkTelemetry(log: EventLog, acked: readonly AckedMessage[]): Promise<LogReport> {
  const missing = new Set(acked.map(keyOf))
  const seen = new Set<string>()
  const highest = new Map<string, number>()
  let records = 0
  let outOfOrder = 0
  for (const { partition, earliest } of await log.ends('telemetry')) {
    for await (const batch of log.read('telemetry', partition, { from: earliest })) {
      for (const { headers } of batch) {
        records += 1
        const { device = '', boot, seq } = headers
        if (boot === undefined || seq === undefined) continue
        const key = `${device}/${boot}/${seq}`
        missing.delete(key)
        if (seen.has(key)) continue
        seen.add(key)
        const session = `${device}/${boot}`
        if (Number(seq) < (highest.get(session) ?? -1)) outOfOrder += 1
        else highest.set(session, Number(seq))
      }
    }
  }
  return { lost: missing.size, records, outOfOrder }
}
