import { LOG_TOPIC_NAMES, LOG_TOPICS, type LogTopic } from '@pulsewire/contracts'
import type { GroupStorage } from '../engine/storage.ts'
import type { MaintainOptions, MaintainReport } from '../port.ts'
import type { Cluster } from './cluster.ts'
import { decodeSubscription } from './group/protocol.ts'
import type { Offsets } from './offsets.ts'

const ANSWER_MS = 10_000
const DEADLINE_MS = 30_000

export interface MaintenanceDeps {
  readonly cluster: Cluster
  readonly offsets: Offsets
  readonly groups: GroupStorage
  readonly prefix: string
  readonly nameOf: (topic: LogTopic) => string
  readonly partitionCount: (topic: LogTopic) => number
}

/**
 * Removes what is older than `retentionMs` and committed by the `keepFor` groups. Compaction is Kafka's own affair (`cleanup.policy=compact`), and so
 * is the size on disk: a limit in bytes would remove what is not recorded yet, so `retentionBytes` has no effect here.
 */
export async function maintainKafka(deps: MaintenanceDeps, options: MaintainOptions): Promise<MaintainReport> {
  if (options.retentionMs === undefined || options.retentionMs === Infinity) return { removed: 0, compacted: 0 }
  const expiry = (options.now ?? Date.now()) - options.retentionMs
  let removed = 0
  for (const topic of LOG_TOPIC_NAMES.filter((name) => LOG_TOPICS[name].retained)) {
    const places = Array.from({ length: deps.partitionCount(topic) }, (_, partition) => partition)
    const limits = await Promise.all((options.keepFor ?? []).map((group) => keptFrom(deps, group, topic, places)))
    await Promise.all(
      places.map(async (partition) => {
        const { earliest } = await deps.offsets.ends(topic, partition)
        const expired = await deps.offsets.at(topic, partition, expiry)
        const upTo = Math.min(expired, ...limits.map((limit) => limit(partition)))
        if (upTo <= earliest) return
        await deleteBefore(deps, topic, partition, upTo)
        removed += upTo - earliest
      }),
    )
  }
  return { removed, compacted: 0 }
}

/**
 * Where a group stands: nothing is removed from there on. Where it has committed nothing of a topic it holds all of it, unless its members are there
 * and say that they do not read it.
 */
async function keptFrom(
  deps: MaintenanceDeps,
  group: string,
  topic: LogTopic,
  partitions: readonly number[],
): Promise<(partition: number) => number> {
  const committed = await Promise.all(
    partitions.map(async (partition) => deps.groups.committed(group, topic, partition)),
  )
  if (committed.every((offset) => offset === undefined)) {
    const subscribed = await topicsOf(deps, group)
    if (subscribed !== undefined && !subscribed.has(deps.nameOf(topic))) return () => Infinity
  }
  return (partition) => committed[partition] ?? 0
}

/** What the members of a group read; undefined where it has none now. */
async function topicsOf({ cluster, prefix }: MaintenanceDeps, group: string): Promise<Set<string> | undefined> {
  const name = prefix + group
  return cluster.persist(`The group ${name} cannot be looked up`, DEADLINE_MS, async () => {
    const link = await cluster.link(await cluster.coordinatorOf(name), 'any')
    const { groups } = await link.call('DescribeGroups', { groupIds: [name] }, ANSWER_MS)
    const members = groups.flatMap((described) => described.members)
    if (members.length === 0) return undefined
    return new Set(members.flatMap(({ memberMetadata }) => decodeSubscription(memberMetadata).topics))
  })
}

async function deleteBefore(deps: MaintenanceDeps, topic: LogTopic, partition: number, offset: number): Promise<void> {
  const { cluster } = deps
  const name = deps.nameOf(topic)
  await cluster.persist(`${name}/${partition} cannot be shortened`, DEADLINE_MS, async () => {
    const node = cluster.leaderOf(name, partition)
    if (node === undefined) {
      await cluster.refresh()
      throw new Error('no leader')
    }
    const link = await cluster.link(node, 'any')
    const topics = [{ topic: name, partitions: [{ partition, offset: String(offset) }] }]
    await link.call('DeleteRecords', { topics, timeout: ANSWER_MS }, ANSWER_MS)
  })
}
