import { closeSync, existsSync, mkdirSync, openSync, readSync, statfsSync } from 'node:fs'
import { join } from 'node:path'
import { LOG_TOPICS, PulsewireError, type LogTopic } from '@pulsewire/contracts'
import { open, type Database, type RootDatabase } from 'lmdb'
import type { GroupState } from '../engine/group-state.ts'
import { checkPartitionCount, DEFAULT_PARTITIONS, partitionsOfTopic } from '../engine/partitioner.ts'

/** Address space, not disk: the file grows as it is needed. */
export const MAP_BYTES = 1024 ** 4
const LAYOUT_VERSION = 1
/** Below so much free space a failed write counts as "full" (LMDB says EIO where a write came out short). */
const FULL_BELOW_BYTES = 16 * 1024 * 1024

export type PartitionKey = [topic: string, partition: number]
export type OffsetKey = [topic: string, partition: number, offset: number]

/** The growing end of a partition; only appends write it. */
export interface Head {
  readonly next: number
  readonly timestamp: number
  /** Bytes ever appended. */
  readonly bytes: number
}

/** The other end; only maintenance writes it. */
export interface Floor {
  readonly earliest: number
  /** Bytes ever removed. */
  readonly bytes: number
}

/** The LMDB environment of a log and its databases. */
export interface Environment {
  readonly root: RootDatabase
  /** Commit groups (see group-codec.ts) by the offset of their first record. */
  readonly log: Database<Buffer, OffsetKey>
  readonly heads: Database<Head, PartitionKey>
  readonly floors: Database<Floor, PartitionKey>
  /** By topic: something that is different after each append. */
  readonly clock: Database<string, string>
  readonly groups: Database<GroupState, string>
  /** By group and partition: the epoch of the lease, as the entry's version. */
  readonly fences: Database<number, [group: string, partition: number]>
  readonly positions: Database<number, [group: string, topic: string, partition: number]>
  readonly partitions: number
  partitionCount(topic: LogTopic): number
}

/** A failed write or read of LMDB's as one of ours. */
export async function logErrorOf(thrown: unknown, directory: string): Promise<PulsewireError> {
  if (thrown instanceof PulsewireError) return thrown
  let cause = thrown
  if (thrown instanceof Error && 'commitError' in thrown && thrown.commitError instanceof Promise) {
    cause = await Promise.race([
      thrown.commitError.catch((error: unknown) => error),
      new Promise((resolve) => setTimeout(resolve, 1_000, thrown)),
    ])
  }
  const text = cause instanceof Error ? cause.message : String(cause)
  if (/MAP_FULL|no space|too large|quota/i.test(text) || isFull(directory)) {
    return new PulsewireError('PW_LOG_FULL', `No space is left for the event log (${text})`, { cause })
  }
  return new PulsewireError('PW_LOG_UNAVAILABLE', `The event log cannot be written (${text})`, { cause })
}

function isFull(directory: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(directory)
    return bavail * bsize < FULL_BELOW_BYTES
  } catch {
    // The directory itself is gone or unreadable: not a question of space.
    return false
  }
}

/** LMDB's mark, in the first page of its file. */
const MAGIC = 0xbeefc0de
const MAGIC_AT = 24

/** Refuses a file that is not LMDB's: opening one ends the process in native code. */
export function assertLogFile(path: string): void {
  if (!existsSync(path)) return
  const file = openSync(path, 'r')
  try {
    const head = Buffer.alloc(MAGIC_AT + 4)
    const read = readSync(file, head, 0, head.length, 0)
    if (read === 0 || (read === head.length && head.readUInt32LE(MAGIC_AT) === MAGIC)) return
    throw new PulsewireError('PW_LOG_DAMAGED', `${path} is not a file of the event log`)
  } finally {
    closeSync(file)
  }
}

/** Opens (or creates) the log's files. `partitions` has to be what the log was created with. */
export async function openEnvironment(directory: string, wanted: number | undefined): Promise<Environment> {
  if (wanted !== undefined) checkPartitionCount(wanted)
  let root: RootDatabase
  try {
    mkdirSync(directory, { recursive: true })
    assertLogFile(join(directory, 'data.mdb'))
    root = open({
      path: directory,
      noSubdir: false,
      mapSize: MAP_BYTES,
      maxDbs: 16,
      maxReaders: 512,
      // A commit is synced before it is seen or resolved: what a reader acts upon is durable.
      overlappingSync: false,
      // Its extra promise for each turn cannot be caught when a commit fails.
      eventTurnBatching: false,
    })
  } catch (cause) {
    if (cause instanceof PulsewireError) throw cause
    throw new PulsewireError('PW_LOG_UNAVAILABLE', `The event log in ${directory} cannot be opened: ${String(cause)}`, {
      cause,
    })
  }
  const meta = root.openDB<{ version: number; partitions: number }, string>({ name: 'meta', encoding: 'json' })
  await meta.ifNoExists('layout', () => {
    void meta.put('layout', { version: LAYOUT_VERSION, partitions: wanted ?? DEFAULT_PARTITIONS })
  })
  root.resetReadTxn()
  const layout = meta.get('layout')
  if (layout?.version !== LAYOUT_VERSION || (wanted !== undefined && layout.partitions !== wanted)) {
    await root.close()
    throw new PulsewireError(
      'PW_CONFIG_INVALID',
      layout?.version === LAYOUT_VERSION
        ? `The event log in ${directory} was created with ${layout.partitions} partitions and cannot be opened with ${wanted}`
        : `The event log in ${directory} has a layout of another version (${layout?.version})`,
    )
  }
  const { partitions } = layout
  return {
    root,
    log: root.openDB({ name: 'log', encoding: 'binary' }),
    heads: root.openDB({ name: 'heads', encoding: 'json', useVersions: true }),
    floors: root.openDB({ name: 'floors', encoding: 'json', useVersions: true }),
    clock: root.openDB({ name: 'clock', encoding: 'string' }),
    groups: root.openDB({ name: 'groups', encoding: 'json', useVersions: true }),
    fences: root.openDB({ name: 'fences', encoding: 'json', useVersions: true }),
    positions: root.openDB({ name: 'positions', encoding: 'json' }),
    partitions,
    partitionCount: (topic) => partitionsOfTopic(topic, partitions),
  }
}

/** Topics that retention applies to; the others are few and small, and matter when space runs out. */
export function isRetained(topic: LogTopic): boolean {
  return LOG_TOPICS[topic].retained
}
