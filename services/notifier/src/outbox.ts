import { errorCodeOf, type Channel } from '@pulsewire/contracts'
import type { Outcome, Subject } from '@pulsewire/delivery'
import type { Logger, Metrics } from '@pulsewire/runtime'
import type { Senders } from './channels/sender.ts'
import type { Due, PartitionWorker } from './partition-worker.ts'

/** So many messages are on their way to a channel at once: a receiver that hangs takes no more than that, and nothing of the others'. */
const AT_ONCE_PER_CHANNEL = 4
const ATTEMPT_WITHIN_MS = 10_000
/** How long a stop waits for what is on its way; what is not through by then is sent again by whoever takes over. */
const STOP_WITHIN_MS = 1_500

export interface OutboxDeps {
  readonly senders: Senders
  readonly channelOf: (id: string) => Channel | undefined
  readonly subjectOf: (channel: Channel, due: Due) => Subject
  readonly logger: Logger
  readonly metrics: Metrics
  readonly now: () => number
  readonly onGone: (channel: Channel) => Promise<void>
  readonly attemptWithinMs?: number | undefined
}

/** Sends what is due, each message in an attempt of its own, and tells the partition's worker what came of it. */
export interface Outbox {
  /** Starts what is due of a partition and not under way; records first what is known and not recorded yet. */
  turn(worker: PartitionWorker): Promise<void>
  /**
   * The worker's partition is taken away: waits a little for what is on its way. What is not recorded by then is made again by whoever has it now,
   * under the same id.
   */
  release(worker: PartitionWorker): Promise<void>
  /** How many are on their way. */
  readonly size: number
  stop(): Promise<void>
}

export function createOutbox(deps: OutboxDeps): Outbox {
  const { senders, channelOf, subjectOf, logger, metrics, now, onGone, attemptWithinMs = ATTEMPT_WITHIN_MS } = deps
  const underway = new Map<string, { readonly worker: PartitionWorker; readonly ends: Promise<void> }>()
  const released = new WeakSet<PartitionWorker>()
  const perChannel = new Map<string, number>()
  /** What came of attempts and could not be written yet: until it is, they are not made again. */
  const unrecorded = new Map<string, { worker: PartitionWorker; patient: string; outcome: Outcome }>()
  const stopping = new AbortController()

  const record = async (id: string): Promise<void> => {
    const known = unrecorded.get(id)
    if (known === undefined) return
    try {
      await known.worker.settle(known.patient, id, known.outcome)
      unrecorded.delete(id)
    } catch (error) {
      // Another one has the partition: it makes the attempt again, under the same id.
      if (errorCodeOf(error) === 'PW_CONFLICT') unrecorded.delete(id)
      throw error
    }
  }
  const attempt = async (worker: PartitionWorker, channel: Channel, due: Due): Promise<void> => {
    const { delivery } = due
    const { via } = channel.target
    const signal = AbortSignal.any([AbortSignal.timeout(attemptWithinMs), stopping.signal])
    const startedAt = performance.now()
    let outcome: Outcome
    try {
      outcome = await senders[via].send(subjectOf(channel, due), signal)
    } catch (error) {
      // Nothing that a receiver did: the message cannot be made.
      logger.error({ err: error, delivery: delivery.id }, 'a message could not be made')
      outcome = { kind: 'refused', transient: false, detail: error instanceof Error ? error.message : String(error) }
    }
    // A stop is no refusal: the attempt is made again.
    if (stopping.signal.aborted && outcome.kind === 'refused') return
    metrics.latencyMs.observe({ step: `attempt-${via}` }, performance.now() - startedAt)
    if (outcome.kind === 'accepted') {
      metrics.sent.inc({ kind: via })
      metrics.latencyMs.observe({ step: `planned-to-sent-${via}` }, Math.max(0, now() - delivery.createdAt))
    } else {
      metrics.errors.inc({ code: outcome.transient ? 'PW_CHANNEL_UNAVAILABLE' : 'PW_CHANNEL_REFUSED' })
      logger.warn({ delivery: delivery.id, via, attempt: delivery.attempts + 1, detail: outcome.detail }, 'not sent')
    }
    unrecorded.set(delivery.id, { worker, patient: delivery.patient, outcome })
    await record(delivery.id)
    if (outcome.kind === 'refused' && outcome.gone === true && via === 'web-push') await onGone(channel)
  }
  const begin = (worker: PartitionWorker, due: Due): void => {
    const { id, channel: channelId } = due.delivery
    const channel = channelOf(channelId)
    const busy = perChannel.get(channelId) ?? 0
    if (channel === undefined || busy >= AT_ONCE_PER_CHANNEL) return
    if (underway.has(id) || unrecorded.has(id) || released.has(worker)) return
    perChannel.set(channelId, busy + 1)
    const attempting = attempt(worker, channel, due)
      .catch((error: unknown) => {
        if (errorCodeOf(error) === 'PW_CONFLICT') return
        metrics.errors.inc({ code: errorCodeOf(error) })
        logger.error({ err: error, delivery: id }, 'what came of an attempt could not be written yet')
      })
      .finally(() => {
        underway.delete(id)
        perChannel.set(channelId, (perChannel.get(channelId) ?? 1) - 1)
        // The next of the channel goes out at once.
        if (!stopping.signal.aborted && !released.has(worker)) void turn(worker).catch(() => undefined)
      })
    underway.set(id, { worker, ends: attempting })
  }
  const turn = async (worker: PartitionWorker): Promise<void> => {
    for (const [id, known] of unrecorded) if (known.worker === worker && !underway.has(id)) await record(id)
    if (stopping.signal.aborted) return
    await worker.offer((due) => begin(worker, due))
  }

  return {
    turn,
    release: async (worker) => {
      released.add(worker)
      await within(
        STOP_WITHIN_MS,
        [...underway.values()].filter((each) => each.worker === worker).map(({ ends }) => ends),
      )
      for (const [id, known] of unrecorded) if (known.worker === worker) unrecorded.delete(id)
    },
    get size() {
      return underway.size
    },
    stop: async () => {
      const ends = [...underway.values()].map((each) => each.ends)
      await within(STOP_WITHIN_MS, ends)
      stopping.abort()
      await Promise.all(ends)
      await Promise.all(Object.values(senders).map((sender) => sender.close()))
    },
  }
}

/** Resolves when all have, or when it takes too long. */
async function within(ms: number, all: readonly Promise<void>[]): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  await Promise.race([Promise.all(all), new Promise((resolve) => (timer = setTimeout(resolve, ms)))])
  clearTimeout(timer)
}
