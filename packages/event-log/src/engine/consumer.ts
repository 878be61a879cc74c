import { randomUUID } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { errorCodeOf, PulsewireError, type LogPosition, type LogTopic } from '@pulsewire/contracts'
import type { ConsumeOptions, Consumer, RecordBatch } from '../port.ts'
import { asError, beyondEnd, startPump, type Pump } from './partition-pump.ts'
import { createSignal, withinAfter } from './signal.ts'
import type { LogStorage, Membership, Ownership, ReadResult } from './storage.ts'

const DEFAULT_BATCH_RECORDS = 1_000
/** Pause after an `onAssigned` that failed, ms. */
const ASSIGN_RETRY_MS = 500
/** How often a member that may have lost its partitions looks whether it still has them, ms. */
const SILENCE_LOOK_MS = 100
/** Once it is being stopped, a member waits so long at most for an answer of the log, and hardly for the next: a service has 4 s to stop. */
const STOP_ANSWER_MS = 1_000
const NEXT_STOP_ANSWER_MS = 100

/** A partition that this member holds. Without a pump while it is being assigned. */
interface Holding {
  readonly partition: number
  readonly epoch: number
  /** Its assignment, under way or over. */
  assigning: Promise<void> | undefined
  /** `onAssigned` has resolved: `onRevoked` has to follow. */
  isTold: boolean
  pump: Pump | undefined
  /** It is being given up, or was lost. */
  leaving: boolean
  /** Positions handled and not committed yet (mode `handler`), by topic. */
  readonly handled: Map<LogTopic, number>
  /** The commit of handled positions that is under way. */
  committing: Promise<void> | undefined
}

/** A member of a consumer group on any `LogStorage`. */
export async function startConsumer(storage: LogStorage, options: ConsumeOptions): Promise<Consumer> {
  const { groups } = storage
  const { group, topics } = options
  const membership: Membership = {
    group,
    member: randomUUID(),
    onError: (error) => options.onError?.(error),
    topics,
    partitions: Math.max(...topics.map((topic) => storage.partitionCount(topic))),
  }
  const holdings = new Map<number, Holding>()
  const transitions = new Set<Promise<void>>()
  const wake = createSignal()
  const halt = new AbortController()
  setMaxListeners(0, halt.signal)
  let stopAnswerMs = STOP_ANSWER_MS

  const report = (thrown: unknown): void => options.onError?.(asError(thrown))

  /** Not committed, not left: the log gets over it, as if the process had been killed. */
  const answered = async <T>(what: string, work: Promise<T>): Promise<T> => {
    try {
      return await withinAfter(halt.signal, stopAnswerMs, `${what} of ${group}, at the stop`, work)
    } catch (thrown) {
      if (halt.signal.aborted && errorCodeOf(thrown) === 'PW_LOG_UNAVAILABLE') stopAnswerMs = NEXT_STOP_ANSWER_MS
      throw thrown
    }
  }

  const commit = async (holding: Holding, positions: readonly LogPosition[]): Promise<void> => {
    try {
      await answered('The commit', groups.commit(group, holding.partition, holding.epoch, positions))
    } catch (thrown) {
      if (thrown instanceof PulsewireError && thrown.code === 'PW_CONFLICT') wake.notify()
      throw thrown
    }
  }

  const startOf = async (topic: LogTopic, partition: number, given: readonly LogPosition[]): Promise<LogPosition> => {
    const chosen = given.find((position) => position.topic === topic && position.partition === partition)
    const ends = await storage.ends(topic, partition)
    const wanted =
      chosen?.offset ??
      (await groups.committed(group, topic, partition)) ??
      (options.from === 'latest' ? ends.next : ends.earliest)
    if (wanted <= ends.next) return { topic, partition, offset: wanted }
    // Another log, or an older copy of it: what is in it now was not read.
    report(beyondEnd({ topic, partition, offset: wanted }, ends))
    return { topic, partition, offset: ends.earliest }
  }

  const deliver = async (holding: Holding, topic: LogTopic, batch: ReadResult): Promise<void> => {
    const { partition } = holding
    if (holding.leaving) return
    while (groups.isCurrent?.(membership) === false) {
      await setTimeout(SILENCE_LOOK_MS)
      if (holding.leaving) return
    }
    const given: RecordBatch = {
      topic,
      partition,
      records: batch.records,
      next: batch.next,
      commit: (offset) => commit(holding, [{ topic, partition, offset }]),
    }
    await options.handler(given)
    if (options.commit === 'manual') return
    holding.handled.set(topic, batch.nextFrom)
    holding.committing ??= commitHandled(holding)
  }

  /** Commits what was handled, while the next batch is on its way; what is handled meanwhile goes with the next commit. */
  const commitHandled = async (holding: Holding): Promise<void> => {
    let positions: LogPosition[] = []
    try {
      while (holding.handled.size > 0) {
        positions = [...holding.handled].map(([topic, offset]) => ({
          topic,
          partition: holding.partition,
          offset,
        }))
        holding.handled.clear()
        await commit(holding, positions)
      }
    } catch (thrown) {
      report(thrown)
      // Lost to another member, which will handle the batch again. Anything else: tried again at the next round, or with what is handled next.
      if (errorCodeOf(thrown) === 'PW_CONFLICT') return
      for (const { topic, offset } of positions) if (!holding.handled.has(topic)) holding.handled.set(topic, offset)
    } finally {
      holding.committing = undefined
    }
  }

  /** Asks until the log says where the partitions begin, so that who was told of them is not told again because the log was away. */
  const startsOf = async (fresh: readonly Holding[], given: readonly LogPosition[]): Promise<LogPosition[][]> => {
    while (!halt.signal.aborted && fresh.some((holding) => !holding.leaving)) {
      try {
        const starts = fresh.map(({ partition }) =>
          Promise.all(
            topics
              .filter((topic) => partition < storage.partitionCount(topic))
              .map((topic) => startOf(topic, partition, given)),
          ),
        )
        return await answered('The start', Promise.all(starts))
      } catch (thrown) {
        report(thrown)
        await setTimeout(ASSIGN_RETRY_MS)
      }
    }
    return []
  }

  const assign = async (fresh: readonly Holding[]): Promise<void> => {
    try {
      const asked = options.onAssigned?.(fresh.map((holding) => holding.partition))
      const given = (asked === undefined ? undefined : await answered('The assignment', asked)) ?? []
      for (const holding of fresh) holding.isTold = true
      const starts = await startsOf(fresh, given)
      for (const [index, holding] of fresh.entries()) {
        const start = starts[index]
        if (holding.leaving || start === undefined) continue
        holding.pump = startPump(storage, {
          start,
          maxBatchRecords: options.maxBatchRecords ?? DEFAULT_BATCH_RECORDS,
          ...(options.gatherMs === undefined ? {} : { gatherMs: options.gatherMs }),
          deliver: (topic, _partition, batch) => deliver(holding, topic, batch),
          onError: report,
        })
      }
    } catch (thrown) {
      report(thrown)
      await setTimeout(ASSIGN_RETRY_MS)
      // Given back, so that this member (or another) is assigned anew at a later round.
      for (const holding of fresh) {
        // One that was lost meanwhile is not this member's to give.
        if (holding.leaving) continue
        holding.leaving = true
        holdings.delete(holding.partition)
        await groups.release(membership, holding.partition).catch(report)
      }
    }
  }

  const revoke = async (leaving: readonly Holding[], lost: boolean): Promise<void> => {
    await Promise.all(
      leaving.map(async (holding) => {
        // A partition that is given again meanwhile has to wait for it too: of two assignments the older must not end last.
        await holding.assigning
        await holding.pump?.stop()
        await holding.committing
        if (!lost) await commitHandled(holding)
      }),
    )
    const told = leaving.filter((holding) => holding.isTold)
    try {
      if (told.length > 0) await options.onRevoked?.(told.map((holding) => holding.partition))
    } catch (thrown) {
      report(thrown)
    }
    for (const holding of leaving) {
      if (!lost) await groups.release(membership, holding.partition).catch(report)
      if (holdings.get(holding.partition) === holding) holdings.delete(holding.partition)
    }
  }

  const begin = (transition: Promise<void>): void => {
    const settled = transition.catch(report).finally(() => {
      transitions.delete(settled)
      wake.notify()
    })
    transitions.add(settled)
  }

  const reconcile = ({ owned, excess }: Ownership): void => {
    const staying = [...holdings.values()].filter((holding) => !holding.leaving)
    const lost = staying.filter((holding) => owned.get(holding.partition) !== holding.epoch)
    // What is still being assigned is asked again at a later round.
    const given = staying.filter(
      (holding) => excess.includes(holding.partition) && holding.pump !== undefined && !lost.includes(holding),
    )
    for (const holding of [...lost, ...given]) holding.leaving = true
    if (lost.length > 0) begin(revoke(lost, true))
    if (given.length > 0) begin(revoke(given, false))
    const fresh = [...owned]
      .filter(([partition]) => !holdings.has(partition) && !excess.includes(partition))
      .map(([partition, epoch]): Holding => ({
        partition,
        epoch,
        assigning: undefined,
        isTold: false,
        pump: undefined,
        leaving: false,
        handled: new Map(),
        committing: undefined,
      }))
    for (const holding of fresh) holdings.set(holding.partition, holding)
    if (fresh.length === 0) return
    const assigning = assign(fresh)
    for (const holding of fresh) holding.assigning = assigning
    begin(assigning)
  }

  const run = async (): Promise<void> => {
    while (!halt.signal.aborted) {
      await wake.wait(groups.intervalMs)
      if (halt.signal.aborted) return
      try {
        reconcile(await groups.round(membership))
        for (const holding of holdings.values()) {
          if (!holding.leaving && holding.handled.size > 0) holding.committing ??= commitHandled(holding)
        }
      } catch (thrown) {
        report(thrown)
        await setTimeout(groups.intervalMs)
      }
    }
  }

  reconcile(await groups.round(membership))
  const unwatch = groups.watchGroup(group, () => wake.notify())
  const done = run()
  let stopping: Promise<void> | undefined

  const stop = async (): Promise<void> => {
    halt.abort()
    unwatch()
    wake.notify()
    await done
    while (transitions.size > 0) await Promise.all(transitions)
    const rest = [...holdings.values()]
    for (const holding of rest) holding.leaving = true
    await revoke(rest, false)
    await answered('The leave', groups.leave(membership)).catch(report)
  }

  return {
    get assigned() {
      return [...holdings.values()]
        .filter((holding) => !holding.leaving)
        .map((holding) => holding.partition)
        .sort((a, b) => a - b)
    },
    async commit(position) {
      const holding = holdings.get(position.partition)
      if (holding === undefined)
        throw new PulsewireError('PW_CONFLICT', `Partition ${position.partition} is not this member's`)
      await commit(holding, [position])
    },
    stop: () => (stopping ??= stop()),
  }
}
