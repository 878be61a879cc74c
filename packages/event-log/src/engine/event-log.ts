import { PulsewireError, type LogPosition, type LogTopic } from '@pulsewire/contracts'
import type { EventLog, StoredRecord, Tail, TailOptions } from '../port.ts'
import { startConsumer } from './consumer.ts'
import { beyondEnd, startPump } from './partition-pump.ts'
import { partitionOfKey } from './partitioner.ts'
import { nextTurn } from './signal.ts'
import type { LogStorage } from './storage.ts'

const READ_LIMITS = { maxRecords: 1_000, maxBytes: 4 * 1024 * 1024 }

const ignore = (): void => undefined

function partitionsOf(storage: LogStorage, topic: LogTopic): number[] {
  return Array.from({ length: storage.partitionCount(topic) }, (_, partition) => partition)
}

async function startTail(storage: LogStorage, options: TailOptions): Promise<Tail> {
  const places = options.topics.flatMap((topic) =>
    partitionsOf(storage, topic).map((partition) => ({ topic, partition })),
  )
  const start = await Promise.all(
    places.map(async ({ topic, partition }): Promise<LogPosition> => {
      const given = options.from?.find((position) => position.topic === topic && position.partition === partition)
      const ends = await storage.ends(topic, partition)
      if (given === undefined || given.offset <= ends.next) return given ?? { topic, partition, offset: ends.next }
      options.onError?.(beyondEnd(given, ends))
      return { topic, partition, offset: ends.earliest }
    }),
  )
  return startPump(storage, {
    start,
    maxBatchRecords: READ_LIMITS.maxRecords,
    deliver: async (topic, partition, batch) => {
      await options.handler({ topic, partition, records: batch.records, next: batch.next })
    },
    onError: options.onError ?? ignore,
  })
}

async function* readRange(
  storage: LogStorage,
  topic: LogTopic,
  partition: number,
  range: Parameters<EventLog['read']>[2],
  assertOpen: () => void,
): AsyncGenerator<StoredRecord[]> {
  assertOpen()
  const to = Math.min(range.to ?? Number.MAX_SAFE_INTEGER, (await storage.ends(topic, partition)).next)
  let from = range.from
  while (from < to) {
    assertOpen()
    const { records, nextFrom } = await storage.read(
      topic,
      partition,
      from,
      { ...READ_LIMITS, to },
      range.onDamage ?? ignore,
    )
    if (records.length > 0) yield records
    if (nextFrom <= from) return
    await nextTurn()
    from = nextFrom
  }
}

/** The port on a `LogStorage`: consumers, tails and reads, and their orderly end. */
export function createEventLog(storage: LogStorage): EventLog {
  const running = new Set<{ stop(): Promise<void> }>()
  let closing: Promise<void> | undefined

  const assertOpen = (): void => {
    if (closing !== undefined) throw new PulsewireError('PW_LOG_CLOSED')
  }
  const assertPartition = (topic: LogTopic, partition: number): void => {
    if (!Number.isInteger(partition) || partition < 0 || partition >= storage.partitionCount(topic)) {
      throw new PulsewireError('PW_NOT_FOUND', `${topic} has no partition ${partition}`)
    }
  }
  /** Keeps what was started, so that `close` can stop it, until it is stopped. */
  const track = (stop: () => Promise<void>): (() => Promise<void>) => {
    const entry = { stop }
    running.add(entry)
    return async () => {
      await stop()
      running.delete(entry)
    }
  }

  return {
    async append(topic, records) {
      assertOpen()
      return records.length === 0 ? [] : storage.append(topic, records)
    },
    async consume(options) {
      assertOpen()
      if (options.topics.length === 0)
        throw new PulsewireError('PW_CONFIG_INVALID', 'A consumer needs a topic at least')
      const consumer = await startConsumer(storage, options)
      const stop = track(() => consumer.stop())
      if (closing !== undefined) {
        await stop()
        assertOpen()
      }
      return {
        get assigned() {
          return consumer.assigned
        },
        commit: (position) => consumer.commit(position),
        stop,
      }
    },
    async tail(options) {
      assertOpen()
      const tail = await startTail(storage, options)
      const stop = track(() => tail.stop())
      if (closing !== undefined) {
        await stop()
        assertOpen()
      }
      return {
        get positions() {
          return tail.positions
        },
        stop,
      }
    },
    read(topic, partition, range) {
      assertPartition(topic, partition)
      return readRange(storage, topic, partition, range, assertOpen)
    },
    async ends(topic) {
      assertOpen()
      return Promise.all(partitionsOf(storage, topic).map(async (partition) => storage.ends(topic, partition)))
    },
    async offsetAt(topic, partition, timestamp) {
      assertOpen()
      assertPartition(topic, partition)
      return storage.offsetAt(topic, partition, timestamp)
    },
    async committed(group, topic) {
      assertOpen()
      const positions = await Promise.all(
        partitionsOf(storage, topic).map(async (partition) => {
          const offset = await storage.groups.committed(group, topic, partition)
          return offset === undefined ? [] : [{ topic, partition, offset }]
        }),
      )
      return positions.flat()
    },
    partitionOf: (topic, key) => partitionOfKey(key, storage.partitionCount(topic)),
    async maintain(options = {}) {
      assertOpen()
      return storage.maintain(options)
    },
    close() {
      closing ??= (async () => {
        await Promise.all([...running].map((started) => started.stop()))
        await storage.close()
      })()
      return closing
    },
  }
}
