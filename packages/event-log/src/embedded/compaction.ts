import type { LogTopic } from '@pulsewire/contracts'
import { survivesCompaction } from '../engine/maintenance-rules.ts'
import { nextTurn } from '../engine/signal.ts'
import type { Environment, Floor } from './environment.ts'
import { encodeGroup, isBodySound, readGroup, type Frame } from './group-codec.ts'
import { groupsFrom, readEnds, type StoredGroup } from './partition-reader.ts'

/** Groups looked at in a turn, and rewritten in a transaction. */
const GROUPS_PER_STEP = 64
const BYTES_PER_STEP = 2 * 1024 * 1024

export interface CompactionPlace {
  readonly topic: LogTopic
  readonly partition: number
  /** Nothing is removed from here on. */
  readonly kept: number
}

/** A group after compaction. */
interface Rewrite {
  readonly baseOffset: number
  /** Undefined where no record is left. */
  readonly value: Buffer | undefined
  readonly freed: number
  readonly dropped: number
}

/** Groups of a partition, some at a time, with a pause for others in between. */
async function* steps(
  env: Environment,
  { topic, partition }: CompactionPlace,
  to: number,
): AsyncGenerator<StoredGroup[]> {
  let from = 0
  for (;;) {
    env.root.resetReadTxn()
    const groups: StoredGroup[] = []
    let bytes = 0
    for (const group of groupsFrom(env, topic, partition, from)) {
      if (group.baseOffset >= to || groups.length >= GROUPS_PER_STEP || bytes >= BYTES_PER_STEP) break
      groups.push(group)
      bytes += group.bytes.length
    }
    const last = groups.at(-1)
    if (last === undefined) return
    yield groups
    from = last.baseOffset + 1
    await nextTurn()
  }
}

function rewriteOf(group: StoredGroup, newest: ReadonlyMap<string, number>, now: number): Rewrite | undefined {
  const { header, bytes, baseOffset } = group
  // A damaged group stays: it is evidence, and what it held is not known.
  if (header === undefined || !isBodySound(bytes, header)) return undefined
  const reader = readGroup(bytes, header)
  const left: { offset: number; frame: Frame }[] = []
  for (let record = reader.next(); record !== undefined; record = reader.next()) {
    const { offset, key, value } = record
    if (survivesCompaction({ offset, value, timestamp: header.timestamp }, newest.get(key), now)) {
      left.push({ offset, frame: reader.frame() })
    }
  }
  if (left.length === header.count) return undefined
  const value = left.length === 0 ? undefined : encodeGroup(left, header)
  return { baseOffset, value, freed: bytes.length - (value?.length ?? 0), dropped: header.count - left.length }
}

async function apply(
  env: Environment,
  { topic, partition }: CompactionPlace,
  rewrites: readonly Rewrite[],
): Promise<boolean> {
  const key: [string, number] = [topic, partition]
  env.root.resetReadTxn()
  const entry = env.floors.getEntry(key)
  const version = entry?.version ?? 0
  const floor: Floor = {
    earliest: entry?.value.earliest ?? 0,
    bytes: rewrites.reduce((sum, rewrite) => sum + rewrite.freed, entry?.value.bytes ?? 0),
  }
  const write = (): void => {
    for (const { baseOffset, value } of rewrites) {
      if (value === undefined) void env.log.remove([topic, partition, baseOffset])
      else void env.log.put([topic, partition, baseOffset], value)
    }
    void env.floors.put(key, floor, version + 1)
  }
  return version === 0 ? env.floors.ifNoExists(key, write) : env.floors.ifVersion(key, version, write)
}

/** Keeps the newest record of each key. Offsets stay. Answers how many records are gone. */
export async function compact(env: Environment, place: CompactionPlace, now: number): Promise<number> {
  const { next } = readEnds(env, place.topic, place.partition)
  const newest = new Map<string, number>()
  for await (const groups of steps(env, place, next)) {
    for (const { header, bytes } of groups) {
      if (header === undefined || !isBodySound(bytes, header)) continue
      const reader = readGroup(bytes, header)
      for (let record = reader.next(); record !== undefined; record = reader.next())
        newest.set(record.key, record.offset)
    }
  }
  let dropped = 0
  for await (const groups of steps(env, place, Math.min(next, place.kept))) {
    const rewrites = groups
      .filter(({ header }) => header !== undefined && header.baseOffset + header.span <= place.kept)
      .flatMap((group) => rewriteOf(group, newest, now) ?? [])
    if (rewrites.length === 0) continue
    // Another process maintains this partition.
    if (!(await apply(env, place, rewrites))) return dropped
    dropped += rewrites.reduce((sum, rewrite) => sum + rewrite.dropped, 0)
  }
  return dropped
}
