import { PulsewireError } from '@pulsewire/contracts'
import type { EventLog, StoredRecord } from '@pulsewire/event-log'
import { auditRecord, type AuditRecord } from './audit.ts'

export interface AuditQuery {
  /** ms; missing = from the first record on. */
  readonly from?: number
  /** ms, not included; missing = up to now. */
  readonly to?: number
  readonly by?: string
  /** What must stand in the record: an action, an id, a field, a value. Upper and lower case are the same. */
  readonly what?: string
  /** The `next` of the page before. */
  readonly before?: number
}

/** A record and where it stands. */
export interface AuditEntry extends AuditRecord {
  readonly offset: number
}

/** Records are fetched so many at a time, from the newest backwards. */
const CHUNK = 500
/** A page ends after so many records were looked at, found or not: a rare word in a long history costs several short answers. */
const MOST_LOOKED_AT = 20_000
/** The log's time is a moment later than the record's own, and by another clock. */
const SKEW_MS = 60_000

export interface AuditTrail {
  /** Newest first. `next` carries on; it may come with no entries at all. */
  page(query: AuditQuery, limit: number): Promise<{ entries: AuditEntry[]; next?: number }>
  /** All of them, newest first, without a bound. */
  all(query: AuditQuery): AsyncGenerator<AuditEntry>
}

/**
 * Reads the topic `audit` backwards. The log finds the place of a time by itself (`offsetAt`: a search in LMDB, ListOffsets in Kafka), so a
 * page costs what it shows, however long the history is. The topic is not retained: nothing of it is ever removed.
 */
export function createAuditTrail(
  log: Pick<EventLog, 'read' | 'ends' | 'offsetAt'>,
  onDamage: (error: Error) => void,
): AuditTrail {
  const rangeOf = async ({ from, to, before }: AuditQuery): Promise<{ low: number; high: number }> => {
    const [end] = await log.ends('audit')
    const { earliest = 0, next = 0 } = end ?? {}
    const low = from === undefined ? earliest : await log.offsetAt('audit', 0, from - SKEW_MS)
    const high = to === undefined ? next : await log.offsetAt('audit', 0, to + SKEW_MS)
    return { low: Math.max(earliest, low), high: Math.min(high, before ?? high) }
  }
  /** Chunks from the newest backwards, each with the place where it began. */
  const backwards = async function* (low: number, high: number): AsyncGenerator<readonly [number, StoredRecord[]]> {
    for (let to = high; to > low;) {
      const from = Math.max(low, to - CHUNK)
      const records: StoredRecord[] = []
      for await (const batch of log.read('audit', 0, { from, to, onDamage })) records.push(...batch)
      yield [from, records.toReversed()]
      to = from
    }
  }

  return {
    page: async (query, limit) => {
      const { low, high } = await rangeOf(query)
      const entries: AuditEntry[] = []
      for await (const [from, records] of backwards(low, high)) {
        for (const record of records) {
          const entry = entryOf(record, query, onDamage)
          if (entry === undefined) continue
          entries.push(entry)
          if (entries.length === limit) return { entries, ...(entry.offset > low ? { next: entry.offset } : {}) }
        }
        if (high - from >= MOST_LOOKED_AT) return { entries, ...(from > low ? { next: from } : {}) }
      }
      return { entries }
    },
    all: async function* (query) {
      const { low, high } = await rangeOf(query)
      for await (const [, records] of backwards(low, high)) {
        for (const record of records) {
          const entry = entryOf(record, query, onDamage)
          if (entry !== undefined) yield entry
        }
      }
    },
  }
}

function entryOf(
  { key, value, offset }: StoredRecord,
  { from = 0, to = Number.POSITIVE_INFINITY, by, what }: AuditQuery,
  onDamage: (error: Error) => void,
): AuditEntry | undefined {
  if (value === null || (by !== undefined && key !== by)) return undefined
  const text = Buffer.from(value).toString('utf8')
  if (what !== undefined && !text.toLowerCase().includes(what.toLowerCase())) return undefined
  try {
    const record = auditRecord.parse(JSON.parse(text))
    return record.at >= from && record.at < to ? { ...record, offset } : undefined
  } catch (error) {
    onDamage(new PulsewireError('PW_LOG_DAMAGED', `audit/${offset} is not a record`, { cause: error }))
    return undefined
  }
}
