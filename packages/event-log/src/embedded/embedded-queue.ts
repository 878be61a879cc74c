import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { PulsewireError } from '@pulsewire/contracts'
import { checkRecords } from '../engine/record-size.ts'
import type { ReadResult } from '../engine/storage.ts'
import type { LogRecord, PartitionEnds } from '../port.ts'
import { createAppendQueue } from './append-queue.ts'
import { logErrorOf, openEnvironment, type Environment } from './environment.ts'
import { encodeFrame } from './group-codec.ts'
import { readEnds, readPartition } from './partition-reader.ts'
import { createPartitionWriter } from './partition-writer.ts'
import { isNeighbourAlive, processIdentity } from './process-identity.ts'
import { retain } from './retention.ts'

export interface EmbeddedQueueOptions {
  readonly directory: string
  /** Appends are refused (PW_LOG_FULL) beyond it. The file on disk may be a third larger, and does not shrink. */
  readonly maxBytes: number
  /** How long to wait for a process that is just ending. Default 10 s. */
  readonly waitMs?: number
}

/**
 * Records in one line on disk (LMDB), for one process: in at the end, out at the front. The same groups and checksums as the embedded
 * log. Offsets are never given twice.
 */
export interface EmbeddedQueue {
  /** Resolves when all are durable. PW_LOG_FULL where there is no room. */
  append(records: readonly LogRecord[]): Promise<void>
  /** What stands at `from` and after it. What is damaged is reported and stepped over. */
  read(from: number, limits: { maxRecords: number; maxBytes: number }, onDamage: (error: Error) => void): ReadResult
  readonly ends: Pick<PartitionEnds, 'earliest' | 'next'>
  readonly bytes: number
  /** Removes what stands before `offset`, in whole commit groups: up to one group less. */
  trim(offset: number): Promise<void>
  close(): Promise<void>
}

/** The one place of the environment that is used. */
const PLACE = { topic: 'telemetry', partition: 0 } as const
const OWNER = 'queue-owner'
const LOOK_AGAIN_MS = 100

/** Opens (or creates) a queue. PW_CONFIG_INVALID where another process of this machine keeps it. */
export async function openEmbeddedQueue(options: EmbeddedQueueOptions): Promise<EmbeddedQueue> {
  const { directory, maxBytes } = options
  const env = await openEnvironment(directory, 1)
  try {
    await own(env, directory, options.waitMs ?? 10_000)
  } catch (error) {
    await env.root.close()
    throw error
  }
  const writer = randomUUID()
  let commits = 0
  const usedBytes = (): number => {
    env.root.resetReadTxn()
    const key: [string, number] = [PLACE.topic, PLACE.partition]
    return (env.heads.get(key)?.bytes ?? 0) - (env.floors.get(key)?.bytes ?? 0)
  }
  const queue = createAppendQueue({
    windowMs: 5,
    rushBytes: 256 * 1024,
    maxBytes: 16 * 1024 * 1024,
    commit: createPartitionWriter(env, {
      directory,
      maxBytes,
      usedBytes,
      now: Date.now,
      tick: () => `${writer}/${commits++}`,
      onCommitted: () => undefined,
    }),
  })

  return {
    append: async (records) => {
      await queue.append(checkRecords(records), () =>
        records.map((record) => ({ ...PLACE, frame: encodeFrame(record) })),
      )
    },
    read: (from, limits, onDamage) => readPartition(env, PLACE.topic, PLACE.partition, from, limits, onDamage),
    get ends() {
      return readEnds(env, PLACE.topic, PLACE.partition)
    },
    get bytes() {
      return usedBytes()
    },
    trim: async (offset) => {
      try {
        await retain(env, [{ ...PLACE, kept: offset }], Infinity, Infinity)
      } catch (thrown) {
        throw await logErrorOf(thrown, directory)
      }
    },
    close: async () => {
      await queue.close()
      await env.clock.remove(OWNER)
      await env.root.close()
    },
  }
}

/** Two processes at one queue would both take from it. */
async function own(env: Environment, directory: string, waitMs: number): Promise<void> {
  const self = processIdentity()
  const deadline = performance.now() + waitMs
  for (;;) {
    const owner = env.root.transactionSync(() => {
      const before = env.clock.get(OWNER)
      if (before !== undefined && before !== self && isNeighbourAlive(before)) return before
      env.clock.putSync(OWNER, self)
      return self
    })
    if (owner === self) return
    if (performance.now() > deadline) {
      throw new PulsewireError('PW_CONFIG_INVALID', `${directory} is in use by another process (${owner})`)
    }
    await sleep(LOOK_AGAIN_MS)
  }
}
