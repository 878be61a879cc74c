import type { LogTopic } from '@pulsewire/contracts'
import { nextTurn } from '../engine/signal.ts'
import type { Environment, Floor } from './environment.ts'
import { groupsFrom, readEnds } from './partition-reader.ts'

/** Groups removed in a transaction at most, so that appends wait for milliseconds only. */
const GROUPS_PER_TRANSACTION = 128

export interface RetainedPartition {
  readonly topic: LogTopic
  readonly partition: number
  /** Nothing is removed from here on. */
  readonly kept: number
}

/** The oldest group of a partition, where it may go. */
interface Candidate {
  readonly place: RetainedPartition
  readonly baseOffset: number
  readonly end: number
  readonly timestamp: number
  readonly records: number
  readonly bytes: number
}

function candidateAt(env: Environment, place: RetainedPartition, from: number): Candidate | undefined {
  const { topic, partition } = place
  const { next } = readEnds(env, topic, partition)
  for (const group of groupsFrom(env, topic, partition, from)) {
    const { baseOffset, bytes, header } = group
    // A damaged header tells neither: it goes with the next sound group's age, when that one is a candidate.
    const end = header === undefined ? nextBase(env, place, baseOffset, next) : baseOffset + header.span
    if (end > place.kept) return undefined
    return {
      place,
      baseOffset,
      end,
      timestamp: header?.timestamp ?? 0,
      records: header?.count ?? 0,
      bytes: bytes.length,
    }
  }
  return undefined
}

function nextBase(env: Environment, { topic, partition }: RetainedPartition, baseOffset: number, next: number): number {
  for (const group of groupsFrom(env, topic, partition, baseOffset + 1)) return group.baseOffset
  return next
}

/** Removes the groups and moves the floors, unless another maintainer moved them meanwhile. */
async function remove(env: Environment, place: RetainedPartition, groups: readonly Candidate[]): Promise<boolean> {
  const key: [string, number] = [place.topic, place.partition]
  env.root.resetReadTxn()
  const entry = env.floors.getEntry(key)
  const version = entry?.version ?? 0
  const earliest = Math.max(...groups.map((group) => group.end))
  const bytes = groups.reduce((sum, group) => sum + group.bytes, entry?.value.bytes ?? 0)
  const floor: Floor = { earliest: Math.max(earliest, entry?.value.earliest ?? 0), bytes }
  const write = (): void => {
    for (const { baseOffset } of groups) void env.log.remove([...key, baseOffset])
    void env.floors.put(key, floor, version + 1)
  }
  return version === 0 ? env.floors.ifNoExists(key, write) : env.floors.ifVersion(key, version, write)
}

/**
 * Removes the oldest groups of all the partitions while they are older than `expiry` (ms) or there are more than `maxBytes`. Whole groups: what
 * stays may be up to one group less. Answers how many records are gone.
 */
export async function retain(
  env: Environment,
  places: readonly RetainedPartition[],
  expiry: number,
  maxBytes: number,
): Promise<number> {
  let total = 0
  const fronts = new Map<RetainedPartition, Candidate>()
  for (const place of places) {
    env.root.resetReadTxn()
    const key: [string, number] = [place.topic, place.partition]
    total += (env.heads.get(key)?.bytes ?? 0) - (env.floors.get(key)?.bytes ?? 0)
    const front = candidateAt(env, place, 0)
    if (front !== undefined) fronts.set(place, front)
  }
  let removed = 0
  for (let more = true; more;) {
    const chosen = new Map<RetainedPartition, Candidate[]>()
    for (let count = 0; count < GROUPS_PER_TRANSACTION; count++) {
      const oldest = [...fronts.values()].reduce<Candidate | undefined>(
        (best, front) => (best === undefined || front.timestamp < best.timestamp ? front : best),
        undefined,
      )
      more = oldest !== undefined && (oldest.timestamp < expiry || total > maxBytes)
      if (oldest === undefined || !more) break
      total -= oldest.bytes
      chosen.set(oldest.place, [...(chosen.get(oldest.place) ?? []), oldest])
      const next = candidateAt(env, oldest.place, oldest.end)
      if (next === undefined) fronts.delete(oldest.place)
      else fronts.set(oldest.place, next)
    }
    for (const [place, groups] of chosen) {
      if (await remove(env, place, groups)) removed += groups.reduce((sum, group) => sum + group.records, 0)
      // Another process maintains this partition.
      else fronts.delete(place)
    }
    // Appends and readers of this process get their turn.
    await nextTurn()
  }
  return removed
}
