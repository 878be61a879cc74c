import { PulsewireError } from '@pulsewire/contracts'
import {
  EMPTY_GROUP,
  groupLeave,
  groupRelease,
  groupRound,
  type GroupState,
  type RoundOutcome,
} from '../engine/group-state.ts'
import type { GroupStorage, Membership } from '../engine/storage.ts'
import { logErrorOf, type Environment } from './environment.ts'
import { isProcessAlive, processIdentity } from './process-identity.ts'

export interface EmbeddedGroupsOptions {
  readonly directory: string
  /** A member that was not seen for so long has lost its partitions, ms. One whose process is dead loses them at once. */
  readonly leaseMs: number
  readonly now: () => number
}

/** How often a member looks at its group; it writes only when something is to change, or its heartbeat is due. */
const LOOK_MS = 200
const COMMIT_WINDOW_MS = 10
const MAX_ATTEMPTS = 1_000

/**
 * Consumer groups in LMDB: one document a group, changed by compare-and-set on its version, and a fence a partition, whose version is the lease's
 * epoch: a commit is written on the condition that it still has it.
 */
export function createEmbeddedGroups(env: Environment, options: EmbeddedGroupsOptions): GroupStorage {
  const process = processIdentity()
  let lastCommitMs = 0
  let window: Promise<void> | undefined

  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (thrown) {
      throw await logErrorOf(thrown, options.directory)
    }
  }

  const stateOf = (group: string): { state: GroupState; version: number } => {
    env.root.resetReadTxn()
    const entry = env.groups.getEntry(group)
    return { state: entry?.value ?? EMPTY_GROUP, version: entry?.version ?? 0 }
  }

  /** Writes the state on the condition that nobody else changed it since it was read. */
  const replace = async (group: string, before: GroupState, version: number, after: GroupState): Promise<boolean> => {
    const write = (): void => {
      void env.groups.put(group, after, version + 1)
      for (const [partition, lease] of Object.entries(after.leases)) {
        if (before.leases[partition]?.epoch !== lease.epoch)
          void env.fences.put([group, Number(partition)], 1, lease.epoch)
      }
    }
    return version === 0 ? env.groups.ifNoExists(group, write) : env.groups.ifVersion(group, version, write)
  }

  const change = (group: string, next: (state: GroupState) => GroupState): Promise<void> =>
    guarded(async () => {
      for (let tries = 0; tries < MAX_ATTEMPTS; tries++) {
        const { state, version } = stateOf(group)
        const after = next(state)
        if (after === state || (await replace(group, state, version, after))) return
      }
      throw new PulsewireError('PW_LOG_UNAVAILABLE', `Others kept changing the group ${group}`)
    })

  const roundOf = (state: GroupState, { member, topics, partitions }: Membership): RoundOutcome =>
    groupRound(state, {
      member,
      process,
      topics,
      partitions,
      now: options.now(),
      leaseMs: options.leaseMs,
      isAlive: isProcessAlive,
    })

  /** Commits of all members of this process share a transaction. */
  const commitWindow = (): Promise<void> => {
    const dueMs = lastCommitMs + COMMIT_WINDOW_MS - performance.now()
    window ??= new Promise((resolve) => {
      setTimeout(
        () => {
          window = undefined
          lastCommitMs = performance.now()
          resolve()
        },
        Math.max(0, dueMs),
      )
    })
    return window
  }

  return {
    intervalMs: LOOK_MS,
    round: (membership) =>
      guarded(async () => {
        for (let tries = 0; tries < MAX_ATTEMPTS; tries++) {
          const { state, version } = stateOf(membership.group)
          const outcome = roundOf(state, membership)
          const seenAt = state.members[membership.member]?.seenAt ?? 0
          const due = Math.abs(options.now() - seenAt) >= options.leaseMs / 5
          if (!outcome.changed && !due) return outcome
          if (await replace(membership.group, state, version, outcome.state)) return outcome
        }
        throw new PulsewireError('PW_LOG_UNAVAILABLE', `Others kept changing the group ${membership.group}`)
      }),
    release: ({ group, member }, partition) => change(group, (state) => groupRelease(state, member, partition)),
    leave: ({ group, member }) => change(group, (state) => groupLeave(state, member)),
    commit: (group, partition, epoch, positions) =>
      guarded(async () => {
        await commitWindow()
        const held = await env.fences.ifVersion([group, partition], epoch, () => {
          for (const { topic, offset } of positions) void env.positions.put([group, topic, partition], offset)
        })
        if (!held) throw new PulsewireError('PW_CONFLICT', `Partition ${partition} of ${group} has another owner`)
      }),
    committed(group, topic, partition) {
      env.root.resetReadTxn()
      return env.positions.get([group, topic, partition])
    },
    // Members look every LOOK_MS.
    watchGroup: () => () => undefined,
  }
}
