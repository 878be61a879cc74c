/** A consumer group as the adapters keep it. Pure functions below move it on; whoever keeps it applies them one at a time. */
export interface GroupState {
  /** What its members have ever read. */
  readonly topics: readonly string[]
  readonly members: Readonly<Record<string, Member>>
  /** By partition. `member: null` = free. `epoch` grows with every change of hands. */
  readonly leases: Readonly<Record<string, Lease>>
}

export interface Member {
  /** The process it lives in (see `processIdentity`). */
  readonly process: string
  readonly seenAt: number
}

export interface Lease {
  readonly member: string | null
  readonly epoch: number
}

export interface RoundInput {
  readonly member: string
  readonly process: string
  readonly topics: readonly string[]
  readonly partitions: number
  readonly now: number
  /** A member that was not seen for so long is out, ms. */
  readonly leaseMs: number
  readonly isAlive: (process: string) => boolean
}

export interface RoundOutcome {
  readonly state: GroupState
  /** Something other than the time of the heartbeat is new. */
  readonly changed: boolean
  readonly owned: ReadonlyMap<number, number>
  /** Partitions above the member's share, which it shall give up. */
  readonly excess: readonly number[]
}

export const EMPTY_GROUP: GroupState = { topics: [], members: {}, leases: {} }

const leasesOf = (leases: GroupState['leases'], member: string): [number, Lease][] =>
  Object.entries(leases)
    .filter(([, lease]) => lease.member === member)
    .map(([partition, lease]): [number, Lease] => [Number(partition), lease])
    .sort(([a], [b]) => a - b)

/**
 * How many partitions each member shall hold: as equal as possible; where it does not divide, those that hold most already keep one more, so
 * that nothing moves without need.
 */
function sharesOf(
  members: readonly string[],
  held: (member: string) => number,
  partitions: number,
): Map<string, number> {
  const base = Math.floor(partitions / members.length)
  const more = partitions % members.length
  const ranked = [...members].sort((a, b) => held(b) - held(a) || (a < b ? -1 : 1))
  return new Map(ranked.map((member, rank) => [member, base + (rank < more ? 1 : 0)]))
}

/** One round of one member: it is seen, who is dead leaves, it takes free partitions up to its share. */
export function groupRound(state: GroupState, input: RoundInput): RoundOutcome {
  const { member, process, now, partitions } = input
  const members: Record<string, Member> = {}
  const topics = [...new Set([...state.topics, ...input.topics])].sort()
  let changed = state.members[member] === undefined || topics.length > state.topics.length
  for (const [id, entry] of Object.entries(state.members)) {
    if (id === member) continue
    if (now - entry.seenAt >= input.leaseMs || !input.isAlive(entry.process)) {
      changed = true
    } else if (entry.seenAt > now) {
      // The clock was set back: its lease counts from now, not from when the old time is reached again.
      members[id] = { ...entry, seenAt: now }
      changed = true
    } else {
      members[id] = entry
    }
  }
  members[member] = { process, seenAt: now }

  const leases: Record<string, Lease> = {}
  for (let partition = 0; partition < partitions; partition++) {
    const lease = state.leases[partition] ?? { member: null, epoch: 0 }
    const gone = lease.member !== null && members[lease.member] === undefined
    leases[partition] = gone ? { member: null, epoch: lease.epoch + 1 } : lease
  }
  // Leases beyond this member's topics belong to members with more partitions: left as they are.
  for (const [partition, lease] of Object.entries(state.leases)) leases[partition] ??= lease

  const inRange = (id: string): [number, Lease][] =>
    leasesOf(leases, id).filter(([partition]) => partition < partitions)
  const share = sharesOf(Object.keys(members), (id) => inRange(id).length, partitions).get(member) ?? 0
  let free = share - inRange(member).length
  for (let partition = 0; partition < partitions && free > 0; partition++) {
    const lease = leases[partition]
    if (lease?.member !== null) continue
    leases[partition] = { member, epoch: lease.epoch + 1 }
    changed = true
    free--
  }
  const mine = inRange(member)
  return {
    state: { topics, members, leases },
    changed,
    owned: new Map(mine.map(([partition, lease]) => [partition, lease.epoch])),
    excess: mine.slice(share).map(([partition]) => partition),
  }
}

/** The member gives a partition up (no effect where it is not the owner). */
export function groupRelease(state: GroupState, member: string, partition: number): GroupState {
  const lease = state.leases[partition]
  if (lease?.member !== member) return state
  return { ...state, leases: { ...state.leases, [partition]: { member: null, epoch: lease.epoch + 1 } } }
}

/** The member leaves with all it held. */
export function groupLeave(state: GroupState, member: string): GroupState {
  const { [member]: _gone, ...members } = state.members
  const leases = Object.fromEntries(
    Object.entries(state.leases).map(([partition, lease]) =>
      lease.member === member ? [partition, { member: null, epoch: lease.epoch + 1 }] : [partition, lease],
    ),
  )
  return { ...state, members, leases }
}
