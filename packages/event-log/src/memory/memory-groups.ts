import { PulsewireError } from '@pulsewire/contracts'
import { EMPTY_GROUP, groupLeave, groupRelease, groupRound, type GroupState } from '../engine/group-state.ts'
import type { GroupStorage } from '../engine/storage.ts'
import type { MemoryLogData } from './memory-log-data.ts'

const ROUND_MS = 200
const LEASE_MS = 10_000

/** Consumer groups of a memory log. All members live in this process, so none dies without leaving. */
export function createMemoryGroups(data: MemoryLogData, now: () => number): GroupStorage {
  const stateOf = (group: string): GroupState => data.groups.get(group) ?? EMPTY_GROUP
  const change = (group: string, state: GroupState): void => {
    data.groups.set(group, state)
    data.groupChanged.emit(group)
  }
  return {
    intervalMs: ROUND_MS,
    async round({ group, member, topics, partitions }) {
      const input = { member, process: 'self', topics, partitions, now: now(), leaseMs: LEASE_MS, isAlive: () => true }
      const outcome = groupRound(stateOf(group), input)
      if (outcome.changed) change(group, outcome.state)
      else data.groups.set(group, outcome.state)
      return outcome
    },
    async release({ group, member }, partition) {
      change(group, groupRelease(stateOf(group), member, partition))
    },
    async leave({ group, member }) {
      change(group, groupLeave(stateOf(group), member))
    },
    async commit(group, partition, epoch, positions) {
      const lease = stateOf(group).leases[partition]
      if (lease?.epoch !== epoch)
        throw new PulsewireError('PW_CONFLICT', `Partition ${partition} of ${group} has another owner`)
      for (const { topic, offset } of positions) data.positions.set(`${group}/${topic}/${partition}`, offset)
    },
    committed: (group, topic, partition) => data.committed(group, topic, partition),
    watchGroup(group, listener) {
      return data.groupChanged.on((changed) => {
        if (changed === group) listener()
      })
    },
  }
}
