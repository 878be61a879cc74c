import { PulsewireError, type LogPosition, type LogTopic } from '@pulsewire/contracts'
import { createEventLog } from '../engine/event-log.ts'
import { checkPartitionCount, DEFAULT_PARTITIONS, partitionOfKey, partitionsOfTopic } from '../engine/partitioner.ts'
import { checkRecords, recordBytes } from '../engine/record-size.ts'
import type { LogStorage, ReadResult } from '../engine/storage.ts'
import type { EventLog, LogRecord, StoredRecord } from '../port.ts'
import { maintainMemory } from './memory-maintenance.ts'
import { createMemoryGroups } from './memory-groups.ts'
import { createMemoryLogData, type MemoryLogData } from './memory-log-data.ts'

export interface MemoryEventLogOptions {
  /** Partitions of the partitioned topics. Default: what `data` has, else 8. */
  readonly partitions?: number
  /** The records, where several handles shall share them (or one shall be reopened). Default: new and empty. */
  readonly data?: MemoryLogData
  readonly now?: () => number
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

/** The event log in this process's memory: for tests, and to try things. Durable only as long as its `data` lives. */
export function createMemoryEventLog(options: MemoryEventLogOptions = {}): EventLog {
  return createEventLog(createMemoryStorage(options))
}

/** The storage below it. */
export function createMemoryStorage(options: MemoryEventLogOptions = {}): LogStorage {
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

  return {
    groups: createMemoryGroups(data, now),
    partitionCount,
    async append(topic, records) {
      checkRecords(records)
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
        if (topics.includes(topic)) listener(new Set([topic]))
      })
    },
    maintain: async (wanted) => maintainMemory(data, wanted, now()),
    close: () => Promise.resolve(),
  }
}
