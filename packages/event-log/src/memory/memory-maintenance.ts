import { LOG_TOPICS } from '@pulsewire/contracts'
import { keptFrom, survivesCompaction } from '../engine/maintenance-rules.ts'
import { recordBytes } from '../engine/record-size.ts'
import type { MaintainOptions, MaintainReport, StoredRecord } from '../port.ts'
import type { MemoryLogData, MemoryPartition } from './memory-log-data.ts'

function compact(partition: MemoryPartition, kept: number, now: number): number {
  const before = partition.records.length
  const newest = new Map(partition.records.map((record) => [record.key, record.offset]))
  partition.records = partition.records.filter(
    (record) => record.offset >= kept || survivesCompaction(record, newest.get(record.key), now),
  )
  return before - partition.records.length
}

/** Removes the oldest records of all partitions while they are too old or too many bytes, each partition up to its `kept`. */
function retain(
  partitions: readonly { store: MemoryPartition; kept: number }[],
  expiry: number,
  maxBytes: number,
): number {
  let bytes = 0
  for (const { store } of partitions) for (const record of store.records) bytes += recordBytes(record)
  const oldestFirst = partitions
    .flatMap(({ store, kept }) => store.records.map((record) => ({ store, kept, record })))
    .sort((a, b) => a.record.timestamp - b.record.timestamp)
  const gone = new Set<StoredRecord>()
  const held = new Set<MemoryPartition>()
  for (const { store, kept, record } of oldestFirst) {
    if (record.timestamp >= expiry && bytes <= maxBytes) break
    if (record.offset >= kept) held.add(store)
    if (held.has(store)) continue
    gone.add(record)
    bytes -= recordBytes(record)
  }
  for (const { store } of partitions) {
    store.records = store.records.filter((record) => !gone.has(record))
    store.earliest = store.records[0]?.offset ?? store.next
  }
  return gone.size
}

/** Compaction and retention of a memory log. */
export function maintainMemory(data: MemoryLogData, options: MaintainOptions, clock: number): MaintainReport {
  const now = options.now ?? clock
  const all = data.all().map(({ topic, partition, store }) => ({
    topic,
    store,
    kept: keptFrom(
      (options.keepFor ?? []).map((group) => ({
        state: data.groups.get(group),
        committed: data.committed(group, topic, partition),
      })),
      topic,
    ),
  }))
  let compacted = 0
  for (const { topic, store, kept } of all) if (LOG_TOPICS[topic].compacted) compacted += compact(store, kept, now)
  const removed = retain(
    all.filter(({ topic }) => LOG_TOPICS[topic].retained),
    now - (options.retentionMs ?? Infinity),
    options.retentionBytes ?? Infinity,
  )
  return { removed, compacted }
}
