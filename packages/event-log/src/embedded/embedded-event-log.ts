import { randomUUID } from 'node:crypto'
import { LOG_TOPICS, LOG_TOPIC_NAMES } from '@pulsewire/contracts'
import { createEventLog } from '../engine/event-log.ts'
import { keptFrom } from '../engine/maintenance-rules.ts'
import { partitionOfKey } from '../engine/partitioner.ts'
import { checkRecords } from '../engine/record-size.ts'
import type { LogStorage } from '../engine/storage.ts'
import type { EventLog } from '../port.ts'
import { createAppendQueue } from './append-queue.ts'
import { compact } from './compaction.ts'
import { createEmbeddedGroups } from './embedded-groups.ts'
import { logErrorOf, openEnvironment, type Environment } from './environment.ts'
import { encodeFrame } from './group-codec.ts'
import { findOffsetAt, readEnds, readPartition } from './partition-reader.ts'
import { createPartitionWriter } from './partition-writer.ts'
import { retain } from './retention.ts'
import { createWatcher } from './watcher.ts'

export interface EmbeddedEventLogOptions {
  /** Created where it does not exist. Processes that open the same one share the log. A local disk, no network file system. */
  readonly directory: string
  /** Partitions of the partitioned topics. Fixed at creation: another count is refused later. Default: what is stored, else 8. */
  readonly partitions?: number
  /**
   * Appends are refused (PW_LOG_FULL) when the log's records would be more than so many bytes; topics without retention, such as `alarms`, may use
   * a tenth more. The file on disk is up to a third larger. Default: no limit.
   */
  readonly maxBytes?: number
  /** How long a commit waits for company at low rates, ms. Default 5. */
  readonly commitWindowMs?: number
  /** Bytes that may wait for their commit before appends are held back. Default 16 MiB. */
  readonly maxPendingBytes?: number
  /** A member of a consumer group that was not heard of for so long loses its partitions, ms. Default 10,000. */
  readonly leaseMs?: number
  readonly now?: () => number
}

const RUSH_BYTES = 256 * 1024
const USAGE_FRESH_MS = 250

function allPartitions(env: Environment): { topic: (typeof LOG_TOPIC_NAMES)[number]; partition: number }[] {
  return LOG_TOPIC_NAMES.flatMap((topic) =>
    Array.from({ length: env.partitionCount(topic) }, (_, partition) => ({ topic, partition })),
  )
}

/** Bytes of records in the log; what other processes append is seen with a short delay. */
function createUsage(env: Environment): { bytes: () => number; add: (bytes: number) => void; refresh: () => void } {
  let bytes = 0
  let readAt = -Infinity
  return {
    bytes() {
      if (performance.now() - readAt < USAGE_FRESH_MS) return bytes
      readAt = performance.now()
      env.root.resetReadTxn()
      bytes = 0
      for (const { value } of env.heads.getRange()) bytes += value.bytes
      for (const { value } of env.floors.getRange()) bytes -= value.bytes
      return bytes
    },
    add(more) {
      bytes += more
    },
    refresh() {
      readAt = -Infinity
    },
  }
}

/** Opens the event log in a directory (LMDB), which several processes may share. */
export async function openEmbeddedEventLog(options: EmbeddedEventLogOptions): Promise<EventLog> {
  const { directory } = options
  const now = options.now ?? Date.now
  const env = await openEnvironment(directory, options.partitions)
  const maxBytes = options.maxBytes ?? Infinity
  const usage = createUsage(env)
  const watcher = createWatcher(env)
  const writerId = randomUUID()
  let commits = 0

  const queue = createAppendQueue({
    windowMs: options.commitWindowMs ?? 5,
    rushBytes: RUSH_BYTES,
    maxBytes: options.maxPendingBytes ?? 16 * 1024 * 1024,
    commit: createPartitionWriter(env, {
      directory,
      maxBytes,
      usedBytes: () => (maxBytes === Infinity ? 0 : usage.bytes()),
      now,
      tick: () => `${writerId}/${commits++}`,
      onCommitted(topic, bytes, tick) {
        usage.add(bytes)
        watcher.notify(topic, tick)
      },
    }),
  })

  const storage: LogStorage = {
    groups: createEmbeddedGroups(env, { directory, leaseMs: options.leaseMs ?? 10_000, now }),
    partitionCount: (topic) => env.partitionCount(topic),
    async append(topic, records) {
      const partitions = env.partitionCount(topic)
      return queue.append(checkRecords(records), () =>
        records.map((record) => ({
          topic,
          partition: partitionOfKey(record.key, partitions),
          frame: encodeFrame(record),
        })),
      )
    },
    ends: (topic, partition) => readEnds(env, topic, partition),
    read: (topic, partition, from, limits, onDamage) => readPartition(env, topic, partition, from, limits, onDamage),
    offsetAt: (topic, partition, timestamp) => findOffsetAt(env, topic, partition, timestamp),
    watch: (topics, listener) => watcher.watch(topics, listener),
    async maintain(wanted) {
      const at = wanted.now ?? now()
      env.root.resetReadTxn()
      const states = (wanted.keepFor ?? []).map((group) => ({ group, state: env.groups.get(group) }))
      const places = allPartitions(env).map(({ topic, partition }) => ({
        topic,
        partition,
        kept: keptFrom(
          states.map(({ group, state }) => ({ state, committed: env.positions.get([group, topic, partition]) })),
          topic,
        ),
      }))
      try {
        const retained = places.filter(({ topic }) => LOG_TOPICS[topic].retained)
        const expiry = at - (wanted.retentionMs ?? Infinity)
        const removed = await retain(env, retained, expiry, wanted.retentionBytes ?? Infinity)
        let compacted = 0
        for (const place of places) if (LOG_TOPICS[place.topic].compacted) compacted += await compact(env, place, at)
        usage.refresh()
        // Slots of readers that died keep pages from being used again.
        env.root.readerCheck()
        return { removed, compacted }
      } catch (thrown) {
        throw await logErrorOf(thrown, directory)
      }
    },
    async close() {
      await queue.close()
      watcher.close()
      await env.root.close()
    },
  }
  return createEventLog(storage)
}
