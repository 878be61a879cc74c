import type { LogTopic } from '@pulsewire/contracts'
import type { GroupState } from './group-state.ts'

/** A tombstone stays so long after its append, so that a view which is behind still learns of it. What it deletes goes at once. */
export const TOMBSTONE_GRACE_MS = 60 * 60 * 1000

/** Whether compaction keeps a record: it is the newest of its key, and no tombstone that all have seen. */
export function survivesCompaction(
  record: { readonly offset: number; readonly value: Uint8Array | null; readonly timestamp: number },
  newestOffset: number | undefined,
  now: number,
): boolean {
  if (newestOffset !== undefined && newestOffset > record.offset) return false
  return record.value !== null || record.timestamp >= now - TOMBSTONE_GRACE_MS
}

/**
 * Maintenance removes nothing of a partition from this offset on: the least that the groups have committed. A group that never had a member holds
 * everything; one that does not read the topic holds nothing.
 */
export function keptFrom(
  groups: readonly { readonly state: GroupState | undefined; readonly committed: number | undefined }[],
  topic: LogTopic,
): number {
  let kept = Infinity
  for (const { state, committed } of groups) {
    if (state === undefined) kept = 0
    else if (state.topics.includes(topic)) kept = Math.min(kept, committed ?? 0)
  }
  return kept
}
