import type { LogTopic } from '@pulsewire/contracts'
import { afterEach, beforeEach } from 'vitest'
import type { EventLog, LogRecord, StoredRecord } from '../port.ts'

/** An adapter under test. */
export interface EventLogSubject {
  readonly name: string
  /** A new, empty log with so many partitions. */
  create(partitions: number): Promise<SubjectLog>
  /** What of `maintain` is the engine's own affair (Kafka): those tests are left out. Default: nothing is. */
  readonly maintains?: { readonly compaction: boolean; readonly size: boolean }
  /** The longest that delivery or a rebalance may take, ms. Default 5,000. */
  readonly patienceMs?: number
}

export interface SubjectLog {
  /** A handle on the log, independent of others: as another process, or this one after a restart, would open it. */
  open(): Promise<EventLog>
  destroy(): Promise<void>
}

export const PARTITIONS = 4
export const DAY_MS = 24 * 60 * 60 * 1000

/** A record with a text as value (null: a tombstone). */
export const record = (key: string, value: string | null, headers: Record<string, string> = {}): LogRecord => ({
  key,
  headers,
  value: value === null ? null : Buffer.from(value),
})
export const numbered = (key: string, count: number, from = 0): LogRecord[] =>
  Array.from({ length: count }, (_, index) => record(key, String(from + index)))
export const text = (stored: { readonly value: Uint8Array | null }): string | null =>
  stored.value === null ? null : Buffer.from(stored.value).toString()
export const nothing = async (): Promise<void> => undefined

/** Everything of a partition (or of all) as it is read back. */
export async function readAll(log: EventLog, topic: LogTopic, only?: number): Promise<StoredRecord[]> {
  const all: StoredRecord[] = []
  for (const { partition, earliest } of await log.ends(topic)) {
    if (only !== undefined && partition !== only) continue
    for await (const batch of log.read(topic, partition, { from: earliest })) all.push(...batch)
  }
  return all
}

/** Two keys that live in different partitions. */
export function keysApart(log: EventLog): [string, string] {
  for (let index = 1; ; index++) {
    if (log.partitionOf('telemetry', `p${index}`) !== log.partitionOf('telemetry', 'p0')) return ['p0', `p${index}`]
  }
}

/** What the tests of a part work with: a new log for each test, closed and destroyed after it. */
export interface Bench {
  /** A handle on the test's log. */
  readonly log: EventLog
  /** Another handle on it. */
  readonly open: () => Promise<EventLog>
  readonly patience: { readonly timeout: number; readonly interval: number }
}

/** To be called once in a `describe`. */
export function setUpBench(subject: EventLogSubject): Bench {
  let subjectLog: SubjectLog | undefined
  let handles: EventLog[] = []

  const open = async (): Promise<EventLog> => {
    if (subjectLog === undefined) throw new Error('only within a test')
    const handle = await subjectLog.open()
    handles.push(handle)
    return handle
  }

  beforeEach(async () => {
    handles = []
    subjectLog = await subject.create(PARTITIONS)
    await open()
  })
  afterEach(async () => {
    await Promise.all(handles.map((handle) => handle.close()))
    await subjectLog?.destroy()
  })

  return {
    get log() {
      const [first] = handles
      if (first === undefined) throw new Error('only within a test')
      return first
    },
    open,
    patience: { timeout: subject.patienceMs ?? 5_000, interval: 5 },
  }
}
