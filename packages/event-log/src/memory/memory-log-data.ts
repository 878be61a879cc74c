import type { LogTopic } from '@pulsewire/contracts'
import type { GroupState } from '../engine/group-state.ts'
import type { StoredRecord } from '../port.ts'
import { createEmitter, type Emitter } from '../engine/emitter.ts'

export interface MemoryPartition {
  records: StoredRecord[]
  earliest: number
  next: number
}

/** What a memory log holds, apart from its handles. */
export interface MemoryLogData {
  readonly partitions: number
  readonly groups: Map<string, GroupState>
  readonly positions: Map<string, number>
  readonly appended: Emitter<LogTopic>
  readonly groupChanged: Emitter<string>
  partition(topic: LogTopic, partition: number): MemoryPartition
  all(): { topic: LogTopic; partition: number; store: MemoryPartition }[]
  committed(group: string, topic: LogTopic, partition: number): number | undefined
}

/** An empty log of `partitions`, to be shared by several `createMemoryEventLog({ data })`. */
export function createMemoryLogData(partitions: number): MemoryLogData {
  const stores = new Map<string, { topic: LogTopic; partition: number; store: MemoryPartition }>()
  const positions = new Map<string, number>()
  return {
    partitions,
    groups: new Map(),
    positions,
    appended: createEmitter(),
    groupChanged: createEmitter(),
    partition(topic, partition) {
      const id = `${topic}/${partition}`
      const known = stores.get(id)
      if (known !== undefined) return known.store
      const store: MemoryPartition = { records: [], earliest: 0, next: 0 }
      stores.set(id, { topic, partition, store })
      return store
    },
    all: () => [...stores.values()],
    committed: (group, topic, partition) => positions.get(`${group}/${topic}/${partition}`),
  }
}
