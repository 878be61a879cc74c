import { PulsewireError, type LogTopic } from '@pulsewire/contracts'
import { createEmitter } from '../../engine/emitter.ts'
import { nextTurn } from '../../engine/signal.ts'
import type { GroupStorage, Membership } from '../../engine/storage.ts'
import type { Cluster } from '../cluster.ts'
import { startMember, type GroupMember } from './member.ts'

const ROUND_MS = 1_000
const ANSWER_MS = 4_000
const DEADLINE_MS = 10_000

/** Consumer groups kept by Kafka. */
export function createKafkaGroups(
  cluster: Cluster,
  options: {
    readonly prefix: string
    readonly nameOf: (topic: LogTopic) => string
    readonly partitionCount: (topic: LogTopic) => number
    readonly sessionTimeoutMs: number
  },
): GroupStorage {
  const members = new Map<string, { readonly group: string; readonly member: GroupMember }>()
  const changed = createEmitter<string>()
  let epochs = 0

  const memberOf = (membership: Membership): GroupMember => {
    const known = members.get(membership.member)
    if (known !== undefined) return known.member
    const member = startMember(cluster, {
      ...options,
      membership,
      group: options.prefix + membership.group,
      nextEpoch: () => ++epochs,
      onChange: () => changed.emit(membership.group),
    })
    members.set(membership.member, { group: membership.group, member })
    return member
  }

  const queries = new Map<
    string,
    { readonly places: Map<string, Set<number>>; readonly answer: Promise<Map<string, number>> }
  >()

  const fetchOffsets = (group: string, places: Map<string, Set<number>>): Promise<Map<string, number>> =>
    cluster.persist(`The positions of ${group} cannot be read`, DEADLINE_MS, async () => {
      const link = await cluster.link(await cluster.coordinatorOf(group), 'group')
      const topics = [...places].map(([topic, partitions]) => ({
        topic,
        partitions: [...partitions].map((partition) => ({ partition })),
      }))
      const { responses } = await link.call('OffsetFetch', { groupId: group, topics }, ANSWER_MS)
      return new Map(
        responses.flatMap(({ topic, partitions }) =>
          partitions.map(({ partition, offset }): [string, number] => [`${topic}/${partition}`, Number(offset)]),
        ),
      )
    })

  /** What is asked of a group in the same turn goes in one request. */
  const queryOf = (
    group: string,
  ): { readonly places: Map<string, Set<number>>; readonly answer: Promise<Map<string, number>> } => {
    const known = queries.get(group)
    if (known !== undefined) return known
    const places = new Map<string, Set<number>>()
    const answer = nextTurn().then(() => {
      queries.delete(group)
      return fetchOffsets(group, places)
    })
    const query = { places, answer }
    queries.set(group, query)
    return query
  }

  return {
    intervalMs: ROUND_MS,
    async round(membership) {
      return memberOf(membership).ownership
    },
    // (Who has left is not there again because something of it comes late: nobody would handle what it is given.)
    async release(membership, partition) {
      members.get(membership.member)?.member.release(partition)
    },
    async leave(membership) {
      const known = members.get(membership.member)
      members.delete(membership.member)
      await known?.member.leave()
    },
    isCurrent: (membership) => members.get(membership.member)?.member.isCurrent() ?? false,
    async commit(group, partition, epoch, positions) {
      for (const entry of members.values()) {
        if (entry.group === group && entry.member.holds(partition, epoch)) {
          await entry.member.commit(partition, epoch, positions)
          return
        }
      }
      throw new PulsewireError('PW_CONFLICT', `Partition ${partition} of ${group} has another owner`)
    },
    async committed(group, topic, partition) {
      const name = options.nameOf(topic)
      const { places, answer } = queryOf(options.prefix + group)
      places.set(name, (places.get(name) ?? new Set()).add(partition))
      const offset = (await answer).get(`${name}/${partition}`) ?? -1
      return offset < 0 ? undefined : offset
    },
    watchGroup(group, listener) {
      return changed.on((other) => {
        if (other === group) listener()
      })
    },
  }
}
