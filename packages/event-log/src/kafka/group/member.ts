import { setTimeout as sleep } from 'node:timers/promises'
import { PulsewireError, type LogPosition, type LogTopic } from '@pulsewire/contracts'
import { createSignal } from '../../engine/signal.ts'
import type { Membership, Ownership } from '../../engine/storage.ts'
import type { Cluster } from '../cluster.ts'
import { unavailable } from '../errors.ts'
import { answerOf, type Link, type OptionsOf, type ResultOf } from '../wire/link.ts'
import type { Requests } from 'kafkajs/src/protocol/requests/index.js'
import { assignPartitions } from './assign.ts'
import { decodeAssignment, decodeSubscription, encodeAssignment, encodeSubscription, STRATEGY } from './protocol.ts'

const HEARTBEAT_MS = 1_000
const ANSWER_MS = 3_000
const COMMIT_DEADLINE_MS = 10_000
const LEAVE_MS = 2_000
const FIRST_RETRY_MS = 100
const LAST_RETRY_MS = 1_000
/** Partitions that are let go together cost the group one rebalance. */
const REJOIN_AFTER_MS = 50

/** The broker does not know this member any more: what it held may be another's. */
const OUT = new Set(['UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION', 'FENCED_INSTANCE_ID'])

export interface MemberOptions {
  readonly membership: Membership
  /** Name of the group, with prefix. */
  readonly group: string
  readonly nameOf: (topic: LogTopic) => string
  readonly partitionCount: (topic: LogTopic) => number
  readonly sessionTimeoutMs: number
  /** A number that no other ownership of this log has. */
  readonly nextEpoch: () => number
  /** What it holds has changed. */
  readonly onChange: () => void
}

/** A member of a Kafka consumer group (the classic protocol, with cooperative rebalancing). Joins, keeps its place and commits. */
export interface GroupMember {
  readonly ownership: Ownership
  holds(partition: number, epoch: number): boolean
  /** False where the member was silent for longer than Kafka waits for it (the process stood still, Kafka is away), until it has been heard again. */
  isCurrent(): boolean
  /** Lets go of a partition that was taken from it. */
  release(partition: number): void
  commit(partition: number, epoch: number, positions: readonly LogPosition[]): Promise<void>
  leave(): Promise<void>
}

interface PendingCommit {
  readonly partition: number
  readonly epoch: number
  readonly positions: readonly LogPosition[]
  readonly deadlineMs: number
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

export function startMember(cluster: Cluster, options: MemberOptions): GroupMember {
  const { membership, group } = options
  const topics = membership.topics.map((topic) => ({
    name: options.nameOf(topic),
    partitions: options.partitionCount(topic),
  }))
  /** `leaving`: the leader has taken it away; it goes when it is flushed. */
  const held = new Map<number, { readonly epoch: number; leaving: boolean }>()
  let memberId = ''
  let generation = -1
  /** In the group, with an assignment; not on the way to the next. */
  let stable = false
  let mustJoin = true
  let coordinator: number | undefined
  /** When the last request was sent that the coordinator answered as to a member. */
  let heardAtMs = performance.now()
  let rejoinTimer: NodeJS.Timeout | undefined
  const halt = new AbortController()
  let joinLink: Link | undefined
  const wake = createSignal()
  let pending: PendingCommit[] = []
  let committing = false

  const report = (error: unknown): void => {
    if (!halt.signal.aborted) membership.onError?.(unavailable(`The group ${group}`, error))
  }
  const conflict = (partition: number): PulsewireError =>
    new PulsewireError('PW_CONFLICT', `Partition ${partition} of ${group} has another owner`)

  const ask = async <N extends keyof Requests>(name: N, request: OptionsOf<N>): Promise<ResultOf<N>> => {
    const sentAtMs = performance.now()
    try {
      coordinator ??= await cluster.coordinatorOf(group)
      const link = await cluster.link(coordinator, 'group')
      const answer = await link.call(name, request, ANSWER_MS)
      heardAtMs = Math.max(heardAtMs, sentAtMs)
      return answer
    } catch (error) {
      forgetCoordinator(error)
      throw error
    }
  }

  /** Unless the coordinator answered as such, it may be another by now. */
  const forgetCoordinator = (error: unknown): void => {
    const answer = answerOf(error)
    const isCoordinators =
      answer !== undefined && (OUT.has(answer) || answer === 'REBALANCE_IN_PROGRESS' || answer === 'MEMBER_ID_REQUIRED')
    if (!isCoordinators) coordinator = undefined
  }

  const dropOut = (): void => {
    memberId = ''
    generation = -1
    stable = false
    mustJoin = true
    held.clear()
    options.onChange()
    wake.notify()
  }

  /** On a connection of its own: the broker holds the answer back until all members are there, and with it all that follows on the connection. */
  const join = async (): Promise<void> => {
    stable = false
    const sentAtMs = performance.now()
    coordinator ??= await cluster.coordinatorOf(group)
    const link = await cluster.link(coordinator, `join-${membership.member}`)
    joinLink = link
    try {
      const joined = await joinGroup(link)
      memberId = joined.memberId
      const groupAssignment = joined.leaderId === memberId ? assignAll(joined) : []
      const generationId = joined.generationId
      const synced = await link.call(
        'SyncGroup',
        { groupId: group, generationId, memberId, groupAssignment },
        options.sessionTimeoutMs + ANSWER_MS,
      )
      generation = generationId
      stable = true
      heardAtMs = Math.max(heardAtMs, sentAtMs)
      adopt(decodeAssignment(synced.memberAssignment))
    } finally {
      joinLink = undefined
      link.close()
    }
  }

  const joinGroup = async (link: Link): Promise<ResultOf<'JoinGroup'>> => {
    const request = (): OptionsOf<'JoinGroup'> => ({
      groupId: group,
      sessionTimeout: options.sessionTimeoutMs,
      rebalanceTimeout: options.sessionTimeoutMs,
      memberId,
      protocolType: 'consumer',
      groupProtocols: [{ name: STRATEGY, metadata: subscription() }],
    })
    const timeoutMs = options.sessionTimeoutMs + 2 * ANSWER_MS
    try {
      return await link.call('JoinGroup', request(), timeoutMs)
    } catch (error) {
      // A new member gets its id first.
      const given = error instanceof Error && 'memberId' in error ? error.memberId : undefined
      if (answerOf(error) !== 'MEMBER_ID_REQUIRED' || typeof given !== 'string') throw error
      memberId = given
      return link.call('JoinGroup', request(), timeoutMs)
    }
  }

  const subscription = (): Buffer =>
    encodeSubscription({
      topics: topics.map(({ name }) => name),
      owned: [...held.keys()],
      generation,
      partitions: membership.partitions,
    })

  const assignAll = ({ members }: ResultOf<'JoinGroup'>): { memberId: string; memberAssignment: Buffer }[] => {
    const claims = members.map(({ memberId: member, memberMetadata }) => ({
      member,
      ...decodeSubscription(memberMetadata),
    }))
    const shares = assignPartitions(claims)
    return claims.map(({ member }) => ({
      memberId: member,
      memberAssignment: encodeAssignment(shares.get(member) ?? [], topics),
    }))
  }

  const adopt = (assigned: readonly number[]): void => {
    for (const [partition, holding] of held) if (!assigned.includes(partition)) holding.leaving = true
    for (const partition of assigned) {
      // One that is on its way out goes out first; then it is asked for again.
      if (!held.has(partition)) held.set(partition, { epoch: options.nextEpoch(), leaving: false })
    }
    options.onChange()
  }

  const heartbeat = (): Promise<unknown> =>
    ask('Heartbeat', { groupId: group, groupGenerationId: generation, memberId })

  const run = async (): Promise<void> => {
    let failures = 0
    while (!halt.signal.aborted) {
      try {
        if (mustJoin) {
          mustJoin = false
          await join()
        } else {
          await wake.wait(HEARTBEAT_MS)
          if (halt.signal.aborted || mustJoin) continue
          await heartbeat()
        }
        failures = 0
      } catch (error) {
        if (halt.signal.aborted) return
        const answer = answerOf(error)
        // Whatever was interrupted: in doubt it joins again, which costs a rebalance and loses nothing.
        if (!stable) mustJoin = true
        if (answer === 'REBALANCE_IN_PROGRESS') {
          mustJoin = true
          continue
        }
        if (answer !== undefined && OUT.has(answer)) {
          report(new Error(`dropped out of generation ${generation}: ${answer}`))
          dropOut()
          continue
        }
        coordinator = undefined
        if (failures++ === 0) report(error)
        await sleep(Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(10, failures)))
      }
    }
  }

  /** One commit at a time, for all that waits: so that an older position never overtakes a younger one. */
  const flushCommits = async (): Promise<void> => {
    if (committing) return
    committing = true
    try {
      while (pending.length > 0) {
        const round = pending
        pending = []
        const again = await commitRound(round)
        pending = [...again, ...pending]
        if (again.length > 0) await sleep(FIRST_RETRY_MS)
      }
    } finally {
      committing = false
    }
  }

  /** Answers what is to be tried again. */
  const commitRound = async (round: readonly PendingCommit[]): Promise<PendingCommit[]> => {
    const due = round.filter((commit) => {
      if (held.get(commit.partition)?.epoch === commit.epoch) return true
      commit.reject(conflict(commit.partition))
      return false
    })
    if (due.length === 0) return []
    const used = generation
    const usedMember = memberId
    try {
      await ask('OffsetCommit', {
        groupId: group,
        groupGenerationId: used,
        memberId,
        topics: topicsOf(due),
      })
      for (const commit of due) commit.resolve()
      return []
    } catch (error) {
      const answer = answerOf(error)
      const moving = !stable || used !== generation
      // While the group moves on to its next generation, the old one is not valid any more and the new one not yet known.
      const isNo = answer === 'UNKNOWN_MEMBER_ID' || (answer !== undefined && OUT.has(answer) && !moving)
      // A late answer to who this was before says nothing of who it is now.
      const out = isNo && usedMember === memberId
      if (out) {
        dropOut()
        for (const commit of due) commit.reject(conflict(commit.partition))
        return []
      }
      const now = performance.now()
      return due.filter((commit) => {
        if (now < commit.deadlineMs) return true
        commit.reject(unavailable(`The position of ${group} was not committed`, error))
        return false
      })
    }
  }

  const topicsOf = (commits: readonly PendingCommit[]): OptionsOf<'OffsetCommit'>['topics'] => {
    const offsets = new Map<string, Map<number, string>>()
    for (const { topic, partition, offset } of commits.flatMap(({ positions }) => positions)) {
      const name = options.nameOf(topic)
      const ofTopic = offsets.get(name) ?? new Map<number, string>()
      offsets.set(name, ofTopic.set(partition, String(offset)))
    }
    return [...offsets].map(([topic, partitions]) => ({
      topic,
      partitions: [...partitions].map(([partition, offset]) => ({ partition, offset })),
    }))
  }

  const done = run()

  return {
    get ownership() {
      const entries = [...held]
      return {
        owned: new Map(entries.map(([partition, { epoch }]) => [partition, epoch])),
        excess: entries.filter(([, { leaving }]) => leaving).map(([partition]) => partition),
      }
    },
    holds: (partition, epoch) => held.get(partition)?.epoch === epoch,
    isCurrent() {
      if (performance.now() - heardAtMs < options.sessionTimeoutMs) return true
      wake.notify()
      return false
    },
    release(partition) {
      if (!held.delete(partition) || halt.signal.aborted) return
      rejoinTimer ??= setTimeout(() => {
        rejoinTimer = undefined
        mustJoin = true
        wake.notify()
      }, REJOIN_AFTER_MS)
    },
    commit(partition, epoch, positions) {
      return new Promise<void>((resolve, reject) => {
        const deadlineMs = performance.now() + COMMIT_DEADLINE_MS
        pending.push({ partition, epoch, positions, deadlineMs, resolve, reject })
        void flushCommits()
      })
    },
    async leave() {
      halt.abort()
      clearTimeout(rejoinTimer)
      wake.notify()
      joinLink?.close()
      await done
      held.clear()
      if (memberId === '') return
      coordinator ??= await cluster.coordinatorOf(group)
      const link = await cluster.link(coordinator, 'group')
      await link.call('LeaveGroup', { groupId: group, memberId }, LEAVE_MS)
    },
  }
}
