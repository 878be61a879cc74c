import { flux } from '@influxdata/influxdb-client'
import { LOG_TOPIC_NAMES, PulsewireError, type LogPosition, type LogTopic } from '@pulsewire/contracts'
import type { InfluxClient } from './client.ts'
import { allOf, anyOf, eitherOf, LEDGER_EPOCH_MS, ledgerInstant, ledgerSource, literal, oneOf, tagOf } from './flux.ts'
import { lineOf, nanoseconds, PLACES } from './line.ts'
import { createSessions, parseSessions, partsOf, type Sessions, type SessionsJson } from './sessions.ts'

/**
 * The bookkeeping of each partition of the log, kept in InfluxDB without transactions:
 *
 * - `ledger` (tags topic, partition): one line a write, after everything that it counts is in. It says where the partition then stands
 *   and what was counted up to there, and which numbers of which sessions came since the line before.
 * - `sessions` (tags topic, partition, device): now and then, all numbers of a device, so that few lines of the above must be read; those
 *   of one with many holes in parts (tag part).
 *
 * A line's time is 2200 plus its offset in the log, in nanoseconds. So the newest line is the one of the highest offset, whoever wrote it
 * when: a writer that was paused, and wakes up to find another one ahead, cannot set anything back. And since what a line says is a
 * function of the log up to that offset, two writers say the same.
 */
export interface PartitionLedger {
  readonly topic: LogTopic
  readonly partition: number
  /** The next offset to be read. */
  readonly offset: number
  readonly stored: number
  readonly duplicates: number
  readonly quarantined: number
  /** `sessions` are complete up to this offset. */
  readonly sessionsAt: number
}

/** Intervals of one line of `sessions`: at most 100 bytes each, and a field of InfluxDB holds 1 MiB. */
const MOST_INTERVALS = 5_000

export type PartitionName = Pick<LogPosition, 'topic' | 'partition'>

export function partitionKey({ topic, partition }: PartitionName): string {
  return `${topic}/${partition}`
}

export function emptyLedger({ topic, partition }: PartitionName): PartitionLedger {
  return { topic, partition, offset: 0, stored: 0, duplicates: 0, quarantined: 0, sessionsAt: 0 }
}

/** `news` = the numbers that came since the line before. All in one field, so that nobody reads half of it. */
export function ledgerLine(ledger: PartitionLedger, news: SessionsJson): string {
  const { offset, stored, duplicates, quarantined, sessionsAt } = ledger
  const state = JSON.stringify({ offset, stored, duplicates, quarantined, sessionsAt, news })
  return lineOf('ledger', tagsOf(ledger), { state }, ledgerNanoseconds(offset))
}

/** All of a device, in as many lines as its numbers need: numbers only come to be seen, so that what an older line says stays true. */
export function sessionsLines(partition: PartitionLedger, device: string, sessions: Sessions): string[] {
  return partsOf(sessions.ofDevice(device), MOST_INTERVALS).map((json, part) => {
    const tags = { ...tagsOf(partition), device, part: part === 0 ? undefined : String(part) }
    return lineOf('sessions', tags, { sessions: JSON.stringify(json) }, ledgerNanoseconds(partition.offset))
  })
}

/** Where all partitions stand. */
export async function readLedgers(client: InfluxClient): Promise<PartitionLedger[]> {
  return client.rows(
    flux`${ledgerSource(client.bucket, 0)} |> filter(fn: (r) => r._measurement == "ledger" and r._field == "state")
      |> last() |> keep(columns: ["_value", "topic", "partition"])`,
    (cells) => parseLedger(cells('topic'), cells('partition'), cells('_value')).ledger,
  )
}

/** The sessions of a partition as of where it stands. `behind`: the devices of which something is not in a kept line yet. */
export async function readSessions(
  client: InfluxClient,
  ledger: PartitionLedger,
): Promise<{ readonly sessions: Sessions; readonly behind: ReadonlySet<string> }> {
  const sessions = createSessions()
  const behind = new Set<string>()
  if (ledger.offset === 0) return { sessions, behind }
  const scope = allOf(oneOf('topic', [ledger.topic]), anyOf('partition', [String(ledger.partition)]))
  const kept = client.rows(
    flux`${ledgerSource(client.bucket, 0, ledger.offset + 1)}
      |> filter(fn: (r) => r._measurement == "sessions" and r._field == "sessions" and ${scope})
      |> last() |> keep(columns: ["_value"])`,
    (cells) => parseSessions(parseJson(cells('_value'))),
  )
  const since = client.rows(
    flux`${ledgerSource(client.bucket, ledger.sessionsAt + 1, ledger.offset + 1)}
      |> filter(fn: (r) => r._measurement == "ledger" and r._field == "state" and ${scope})
      |> keep(columns: ["_value"])`,
    (cells) => parseLedger(ledger.topic, String(ledger.partition), cells('_value')).news,
  )
  for (const json of await kept) sessions.merge(json)
  for (const json of await since) {
    sessions.merge(json)
    for (const device of Object.keys(json)) behind.add(device)
  }
  return { sessions, behind }
}

/** The sessions of one device, over all partitions. */
export async function readDevice(client: InfluxClient, device: string): Promise<Sessions> {
  // The lines since first: what moves from them into `sessions` meanwhile is then seen at least once.
  const ledgers = await readLedgers(client)
  const behind = ledgers.filter(({ offset, sessionsAt }) => offset > sessionsAt)
  const sessions = createSessions()
  if (ledgers.length === 0) return sessions
  const from = Math.min(...behind.map(({ sessionsAt }) => sessionsAt))
  const since =
    behind.length === 0
      ? []
      : await client.rows(
          flux`import "strings"
            ${ledgerSource(client.bucket, from + 1)} |> filter(fn: (r) => r._measurement == "ledger" and r._field == "state"
              and ${eitherOf(behind.map(scopeOf))})
            |> filter(fn: (r) => strings.containsStr(v: r._value, substr: ${literal(JSON.stringify(device))}))
            |> keep(columns: ["_value", "topic", "partition"])`,
          (cells) => parseLedger(cells('topic'), cells('partition'), cells('_value')).news,
        )
  const kept = await client.rows(
    flux`${ledgerSource(client.bucket, 0)}
      |> filter(fn: (r) => r._measurement == "sessions" and r._field == "sessions" and ${oneOf('device', [device])})
      |> last() |> keep(columns: ["_value"])`,
    (cells) => parseSessions(parseJson(cells('_value'))),
  )
  for (const json of [...since, ...kept]) {
    const ours = json[device]
    if (ours !== undefined) sessions.merge({ [device]: ours })
  }
  return sessions
}

/** Removes lines that newer ones have made superfluous: those below where the kept sessions stand. */
export async function pruneLedger(
  client: InfluxClient,
  { topic, partition, sessionsAt }: PartitionLedger,
): Promise<void> {
  const predicate = `_measurement="ledger" AND topic="${topic}" AND partition="${partition}"`
  await client.remove(ledgerInstant(0), ledgerInstant(sessionsAt), predicate)
}

function scopeOf({ topic, partition }: PartitionName): string {
  return `(r.topic == "${topic}" and r.partition == "${partition}")`
}

function tagsOf({ topic, partition }: PartitionName): { topic: string; partition: string } {
  return { topic, partition: String(partition) }
}

function ledgerNanoseconds(offset: number): string {
  return nanoseconds(LEDGER_EPOCH_MS + Math.floor(offset / PLACES), offset % PLACES)
}

function parseLedger(
  topicTag: string,
  partitionTag: string,
  text: string,
): { ledger: PartitionLedger; news: SessionsJson } {
  const fields = new Map(Object.entries(parseJson(text)))
  const count = (name: string): number => {
    const value = fields.get(name)
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
    throw new PulsewireError('PW_STORE_DAMAGED', `the ledger of ${topicTag}/${partitionTag} has no readable ${name}`)
  }
  const topic = LOG_TOPIC_NAMES.find((name) => name === tagOf(topicTag))
  const partition = Number(partitionTag)
  if (topic === undefined || !Number.isSafeInteger(partition)) {
    throw new PulsewireError('PW_STORE_DAMAGED', `the ledger names an unknown partition ${topicTag}/${partitionTag}`)
  }
  const ledger = {
    topic,
    partition,
    offset: count('offset'),
    stored: count('stored'),
    duplicates: count('duplicates'),
    quarantined: count('quarantined'),
    sessionsAt: count('sessionsAt'),
  }
  return { ledger, news: parseSessions(fields.get('news') ?? {}) }
}

function parseJson(text: string): object {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return value
  } catch {
    // told below
  }
  throw new PulsewireError('PW_STORE_DAMAGED', `the ledger cannot be read: ${text.slice(0, 100)}`)
}
