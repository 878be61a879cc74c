import { LOG_TOPICS, PulsewireError, type LogPosition, type LogTopic } from '@pulsewire/contracts'
import { createEventLog } from '../engine/event-log.ts'
import { checkPartitionCount, DEFAULT_PARTITIONS, partitionOfKey, partitionsOfTopic } from '../engine/partitioner.ts'
import type { LogStorage, ReadResult } from '../engine/storage.ts'
import type { EventLog, LogRecord, MaintainOptions, MaintainReport, StoredRecord } from '../port.ts'
import { createMemoryGroups } from './memory-groups.ts'
import { createMemoryLogData, type MemoryLogData, type MemoryPartition } from './memory-log-data.ts'

/** The largest record (key, headers and value), bytes. The same in the embedded log. */
export const MAX_RECORD_BYTES = 1024 * 1024

export interface MemoryEventLogOptions {
  /** Partitions of the partitioned topics. Default: what `data` has, else 8. */
  readonly partitions?: number
  /** The records, where several handles shall share them (or one shall be reopened). Default: new and empty. */
  readonly data?: MemoryLogData
  readonly now?: () => number
}

/** Size of a record as limits count it, bytes. */
export function recordBytes(record: LogRecord): number {
  let bytes = Buffer.byteLength(record.key) + (record.value?.byteLength ?? 0)
  for (const [name, value] of Object.entries(record.headers))
    bytes += Buffer.byteLength(name) + Buffer.byteLength(value)
  return bytes
}

function readMemory(
  stored: readonly StoredRecord[],
  from: number,
  to: number,
  maxRecords: number,
  maxBytes: number,
): ReadResult['records'] {
  const records: StoredRecord[] = []
  let bytes = 0
  for (let index = firstIndex(stored, (record) => record.offset >= from); index < stored.length; index++) {
    const record = stored[index]
    if (record === undefined || record.offset >= to || records.length >= maxRecords || bytes >= maxBytes) break
    records.push(record)
    bytes += recordBytes(record)
  }
  return records
}

/** The first index for which `test` holds, where it holds for all after it too (binary search). */
function firstIndex(stored: readonly StoredRecord[], test: (record: StoredRecord) => boolean): number {
  let low = 0
  let high = stored.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const record = stored[middle]
    if (record !== undefined && !test(record)) low = middle + 1
    else high = middle
  }
  return low
}

function maintainPartition(
  partition: MemoryPartition,
  compacted: boolean,
  retained: boolean,
  floor: number,
  options: MaintainOptions,
  now: number,
): MaintainReport {
  const before = partition.records.length
  if (compacted) {
    const newest = new Map(partition.records.map((record) => [record.key, record.offset]))
    partition.records = partition.records.filter(
      (record) => record.offset >= floor || (newest.get(record.key) === record.offset && record.value !== null),
    )
    return { removed: 0, compacted: before - partition.records.length }
  }
  if (!retained) return { removed: 0, compacted: 0 }
  let excess =
    partition.records.reduce((sum, record) => sum + recordBytes(record), 0) - (options.retentionBytes ?? Infinity)
  const expiry = now - (options.retentionMs ?? Infinity)
  const keepFrom = partition.records.findIndex((record) => {
    if (record.offset >= floor || !(excess > 0 || record.timestamp < expiry)) return true
    excess -= recordBytes(record)
    return false
  })
  partition.records = keepFrom === -1 ? [] : partition.records.slice(keepFrom)
  partition.earliest = partition.records[0]?.offset ?? partition.next
  return { removed: before - partition.records.length, compacted: 0 }
}

/** The event log in this process's memory: for tests, and to try things. Durable only as long as its `data` lives. */
export function createMemoryEventLog(options: MemoryEventLogOptions = {}): EventLog {
  const data = options.data ?? createMemoryLogData(options.partitions ?? DEFAULT_PARTITIONS)
  checkPartitionCount(data.partitions)
  if (options.partitions !== undefined && options.partitions !== data.partitions) {
    throw new PulsewireError(
      'PW_CONFIG_INVALID',
      `The log has ${data.partitions} partitions, not ${options.partitions}`,
    )
  }
  const now = options.now ?? Date.now
  const partitionCount = (topic: LogTopic): number => partitionsOfTopic(topic, data.partitions)

  const appendOne = (topic: LogTopic, record: LogRecord): LogPosition => {
    const partition = partitionOfKey(record.key, partitionCount(topic))
    const target = data.partition(topic, partition)
    const timestamp = Math.max(now(), target.records.at(-1)?.timestamp ?? 0)
    const offset = target.next++
    target.records.push({
      key: record.key,
      headers: { ...record.headers },
      value: record.value === null ? null : Uint8Array.from(record.value),
      topic,
      partition,
      offset,
      timestamp,
    })
    return { topic, partition, offset }
  }

  const storage: LogStorage = {
    groups: createMemoryGroups(data, now),
    partitionCount,
    async append(topic, records) {
      const tooLarge = records.find((record) => recordBytes(record) > MAX_RECORD_BYTES)
      if (tooLarge !== undefined)
        throw new PulsewireError('PW_RECORD_TOO_LARGE', `A record of ${recordBytes(tooLarge)} bytes`)
      const positions = records.map((record) => appendOne(topic, record))
      data.appended.emit(topic)
      return positions
    },
    ends(topic, partition) {
      const { earliest, next } = data.partition(topic, partition)
      return { topic, partition, earliest, next }
    },
    read(topic, partition, from, limits) {
      const { records: stored, next } = data.partition(topic, partition)
      const to = Math.min(limits.to ?? next, next)
      const records = readMemory(stored, from, to, limits.maxRecords, limits.maxBytes)
      const last = records.at(-1)
      return { records, nextFrom: last === undefined ? Math.max(from, to) : last.offset + 1, next }
    },
    offsetAt(topic, partition, timestamp) {
      const { records, next } = data.partition(topic, partition)
      return records[firstIndex(records, (record) => record.timestamp >= timestamp)]?.offset ?? next
    },
    watch(topics, listener) {
      return data.appended.on((topic) => {
        if (topics.includes(topic)) listener()
      })
    },
    async maintain(maintain) {
      let removed = 0
      let compacted = 0
      for (const { topic, partition, store } of data.all()) {
        const committed = (maintain.keepFor ?? []).map((group) => data.committed(group, topic, partition))
        const floor = Math.min(store.next, ...committed.map((offset) => offset ?? 0))
        const traits = LOG_TOPICS[topic]
        const report = maintainPartition(
          store,
          traits.compacted,
          traits.retained,
          floor,
          maintain,
          maintain.now ?? now(),
        )
        removed += report.removed
        compacted += report.compacted
      }
      return { removed, compacted }
    },
    close: () => Promise.resolve(),
  }
  return createEventLog(storage)
}
