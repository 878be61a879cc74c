import { LOG_TOPICS, PulsewireError, type LogTopic } from '@pulsewire/contracts'
import type { OnDamage, ReadLimits, ReadResult } from '../engine/storage.ts'
import type { PartitionEnds, StoredRecord } from '../port.ts'
import type { Environment } from './environment.ts'
import { decodeHeader, isBodySound, readGroup, type GroupHeader } from './group-codec.ts'

/** A commit group as it stands in the log; `header` is undefined where it is damaged. */
export interface StoredGroup {
  readonly baseOffset: number
  readonly bytes: Buffer
  readonly header: GroupHeader | undefined
}

const storedGroup = ({ key, value }: { key: readonly [string, number, number]; value: Buffer }): StoredGroup => ({
  baseOffset: key[2],
  bytes: value,
  header: decodeHeader(value, key[2]),
})

/** Groups of a partition with a base offset from `from` on. Lazy: read it in one go, within a turn. */
export function* groupsFrom(
  env: Environment,
  topic: LogTopic,
  partition: number,
  from: number,
): Generator<StoredGroup> {
  for (const entry of env.log.getRange({
    start: [topic, partition, from],
    end: [topic, partition, Number.MAX_SAFE_INTEGER],
  })) {
    yield storedGroup(entry)
  }
}

/** The last group whose base offset is not above `offset`. */
export function groupAtOrBefore(
  env: Environment,
  topic: LogTopic,
  partition: number,
  offset: number,
): StoredGroup | undefined {
  const range = env.log.getRange({
    start: [topic, partition, offset],
    end: [topic, partition, -1],
    reverse: true,
    limit: 1,
  })
  for (const entry of range) return storedGroup(entry)
  return undefined
}

export function readEnds(env: Environment, topic: LogTopic, partition: number): PartitionEnds {
  env.root.resetReadTxn()
  return { topic, partition, earliest: earliestOf(env, topic, partition), next: nextOf(env, topic, partition) }
}

function nextOf(env: Environment, topic: LogTopic, partition: number): number {
  return env.heads.get([topic, partition])?.next ?? 0
}

function earliestOf(env: Environment, topic: LogTopic, partition: number): number {
  return env.floors.get([topic, partition])?.earliest ?? 0
}

/** Groups from the one on that holds `from`, or would. Lazy: read it in one go, within a turn. */
function* groupsHolding(env: Environment, topic: LogTopic, partition: number, from: number): Generator<StoredGroup> {
  const groups = groupsFrom(env, topic, partition, from)
  const { value: first } = groups.next()
  // Who goes on reading mostly stands where a group begins: then nothing has to be looked up.
  if (first?.baseOffset === from) {
    yield first
    yield* groups
    return
  }
  groups.return(undefined)
  yield* groupsFrom(env, topic, partition, baseFor(env, topic, partition, from))
}

/** Where a group begins that holds `from`, or would: reading starts there. */
function baseFor(env: Environment, topic: LogTopic, partition: number, from: number): number {
  const group = groupAtOrBefore(env, topic, partition, from)
  if (group === undefined || group.baseOffset === from) return from
  // A damaged group may reach beyond `from`: it is looked at again, and reported.
  const end = group.header === undefined ? Infinity : group.baseOffset + group.header.span
  return end > from ? group.baseOffset : from
}

/**
 * Tells of offsets that no group covers. Without compaction there are none but below the earliest: what is missing was lost with a page of the
 * database, which has no checksum that would tell.
 */
function createHoleWatch(topic: LogTopic, partition: number, from: number, onDamage: OnDamage) {
  /** The next offset that has to be covered; undefined after a damaged header, which does not say how far it reached. */
  let expected: number | undefined = from
  return {
    /** The next group begins (or the partition ends) at `offset`. */
    reach(offset: number): void {
      if (expected !== undefined && offset > expected && !LOG_TOPICS[topic].compacted) {
        const text = `The records of ${topic}/${partition} from offset ${expected} to ${offset - 1} are missing`
        onDamage(new PulsewireError('PW_LOG_DAMAGED', text), { topic, partition, offset: expected })
      }
      expected = Math.max(offset, expected ?? 0)
    },
    cover(end: number | undefined): void {
      expected = end === undefined ? undefined : Math.max(end, expected ?? 0)
    },
  }
}

/** Reads records of a partition from `from` on, within the limits (one record at least where there is one). */
export function readPartition(
  env: Environment,
  topic: LogTopic,
  partition: number,
  from: number,
  limits: ReadLimits,
  onDamage: OnDamage,
): ReadResult {
  env.root.resetReadTxn()
  const next = nextOf(env, topic, partition)
  const to = Math.min(limits.to ?? next, next)
  if (from >= to) return { records: [], nextFrom: from, next }
  const holes = createHoleWatch(topic, partition, Math.max(from, earliestOf(env, topic, partition)), onDamage)
  const records: StoredRecord[] = []
  let bytes = 0
  for (const { baseOffset, bytes: value, header } of groupsHolding(env, topic, partition, from)) {
    if (baseOffset >= to) break
    holes.reach(baseOffset)
    holes.cover(header === undefined ? undefined : baseOffset + header.span)
    if (header === undefined || !isBodySound(value, header)) {
      onDamage(
        new PulsewireError(
          'PW_LOG_DAMAGED',
          `The records of ${topic}/${partition} from offset ${baseOffset} on are damaged and were stepped over`,
        ),
        { topic, partition, offset: baseOffset },
      )
      continue
    }
    if (baseOffset + header.span <= from) continue
    const reader = readGroup(value, header)
    for (let record = reader.next(); record !== undefined; record = reader.next()) {
      if (record.offset < from) continue
      if (record.offset >= to) break
      if (records.length >= limits.maxRecords || bytes >= limits.maxBytes)
        return { records, nextFrom: record.offset, next }
      const { offset, key, headers, value: bytesOf } = record
      records.push({ topic, partition, offset, timestamp: header.timestamp, key, headers, value: bytesOf })
      bytes += record.value?.byteLength ?? 0
    }
    if (records.length >= limits.maxRecords || bytes >= limits.maxBytes) {
      return { records, nextFrom: Math.min(to, baseOffset + header.span), next }
    }
  }
  holes.reach(to)
  return { records, nextFrom: to, next }
}

/** The first offset whose record was appended at `timestamp` or later: a binary search over the groups. */
export function findOffsetAt(env: Environment, topic: LogTopic, partition: number, timestamp: number): number {
  const { earliest, next } = readEnds(env, topic, partition)
  // Invariant: all groups that begin below `low` are older; `high` is an offset at which the answer is not above.
  let low = earliest
  let high = next
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const sound = soundAtOrBefore(env, topic, partition, middle, low)
    if (sound === undefined) {
      low = middle + 1
    } else if (sound.header.timestamp >= timestamp) {
      high = Math.min(sound.baseOffset, middle)
      if (sound.baseOffset <= low) high = low
    } else {
      low = Math.max(middle + 1, sound.baseOffset + sound.header.span)
    }
  }
  return firstRecordFrom(env, topic, partition, low, next)
}

function soundAtOrBefore(
  env: Environment,
  topic: LogTopic,
  partition: number,
  offset: number,
  low: number,
): { baseOffset: number; header: GroupHeader } | undefined {
  for (let at = offset; at >= low;) {
    const group = groupAtOrBefore(env, topic, partition, at)
    if (group === undefined || group.baseOffset < low) return undefined
    if (group.header !== undefined) return { baseOffset: group.baseOffset, header: group.header }
    at = group.baseOffset - 1
  }
  return undefined
}

/** Compaction may have taken the record at `offset`: the next one that is there. */
function firstRecordFrom(env: Environment, topic: LogTopic, partition: number, offset: number, next: number): number {
  for (const { bytes, header } of groupsFrom(env, topic, partition, offset)) {
    if (header === undefined || !isBodySound(bytes, header)) continue
    return readGroup(bytes, header).next()?.offset ?? next
  }
  return next
}
