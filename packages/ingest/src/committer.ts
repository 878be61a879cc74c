import { ERRORS, PulsewireError, errorCodeOf } from '@pulsewire/contracts'
import type { EventLog, LogRecord } from '@pulsewire/event-log'
import type { RegistryView } from '@pulsewire/registry'
import { createPendingQueue, type PendingEntry, type Placed } from './pending-queue.ts'

export interface CommitterOptions {
  readonly log: Pick<EventLog, 'append'>
  readonly registry: Pick<RegistryView, 'state' | 'catchUp'>
  readonly now: () => number
  readonly maxBatchRecords: number
  readonly maxBatchBytes: number
  readonly maxPaceMs: number
  readonly maxHoldMs: number
  readonly catchUpTimeoutMs: number
  readonly retryMinMs: number
  readonly retryMaxMs: number
  readonly onQueueChange: () => void
  readonly onCommitted?: ((records: number, oldestWaitedMs: number) => void) | undefined
  readonly onRefused?: ((error: Error) => void) | undefined
}

/** Takes arrivals into the log in batches, and answers each when it is durable, strictly in the order in which they came. */
export interface Committer {
  readonly count: number
  readonly bytes: number
  /** The error with which the log refused last, while it refuses (or does not answer). */
  readonly refusal: Error | undefined
  push(entry: PendingEntry): void
  /** Resolves when nothing is pending. */
  idle(): Promise<void>
  /** Answers all that is pending with PW_LOG_CLOSED and takes nothing more. */
  close(): void
}

/** What of a batch goes into one topic. */
interface Share {
  readonly entries: PendingEntry[]
  readonly records: LogRecord[]
}

const EXPIRY_CHECK_MS = 250
/** A log that takes longer for an append than this is said not to answer. */
const SLOW_MS = 5_000

export function createCommitter(options: CommitterOptions): Committer {
  const { now, onQueueChange } = options
  const queue = createPendingQueue()
  const idleWaiters = new Set<() => void>()
  /** Connections of which something was given up: nothing later of them may come before it. */
  const givenUp = new WeakSet<object>()
  let running = false
  let closed = false
  let refusal: Error | undefined
  let lastCount = 0
  let lastStart = -Infinity
  let attemptSince: number | undefined
  let expiryTimer: NodeJS.Timeout | undefined
  let wakeFromPause: (() => void) | undefined

  /** Answers from the front what is durable or was given up: never one before those that came earlier. */
  const settleFront = (): void => {
    for (let entry = queue.first(); entry !== undefined; entry = queue.first()) {
      if (!entry.durable && !entry.abandoned) break
      queue.shift()
      if (!entry.abandoned) entry.answer()
    }
    onQueueChange()
    if (queue.count > 0) return
    clearInterval(expiryTimer)
    expiryTimer = undefined
    for (const waiter of idleWaiters) waiter()
    idleWaiters.clear()
  }

  const abandon = (entry: PendingEntry, error: PulsewireError): void => {
    if (entry.abandoned) return
    entry.abandoned = true
    if (entry.through !== undefined) givenUp.add(entry.through)
    entry.answer(error)
  }

  /** An append that hangs is no error yet, and has to be seen all the same. */
  const noticeHang = (): void => {
    if (attemptSince === undefined || now() - attemptSince < SLOW_MS || refusal !== undefined) return
    refusal = new PulsewireError('PW_LOG_UNAVAILABLE', `the log has not answered for ${SLOW_MS} ms`)
    options.onRefused?.(refusal)
  }

  const expire = (): void => {
    noticeHang()
    const bound = now() - options.maxHoldMs
    const oldest = queue.first()
    if (oldest === undefined || oldest.enqueuedAt > bound) return
    const code = refusal === undefined ? 'PW_LOG_UNAVAILABLE' : errorCodeOf(refusal)
    const error = new PulsewireError(
      ERRORS[code].class === 'transient' ? code : 'PW_LOG_UNAVAILABLE',
      `not durable within ${options.maxHoldMs} ms`,
      { cause: refusal },
    )
    for (const entry of queue.all()) {
      const isOfThem = entry.through !== undefined && givenUp.has(entry.through)
      if (entry.enqueuedAt <= bound || isOfThem) abandon(entry, error)
    }
    settleFront()
  }

  const appendShare = async (topic: Placed['topic'], { entries, records }: Share): Promise<void> => {
    if (records.length === 0) return
    await options.log.append(topic, records)
    for (const entry of entries) entry.durable = true
  }

  const appendBatch = async (batch: readonly PendingEntry[]): Promise<void> => {
    await options.registry.catchUp(options.catchUpTimeoutMs)
    const shares: Record<Placed['topic'], Share> = {
      telemetry: { entries: [], records: [] },
      quarantine: { entries: [], records: [] },
    }
    for (const entry of batch) {
      if (entry.durable || entry.abandoned) continue
      const { topic, record } = entry.place(options.registry.state)
      shares[topic].entries.push(entry)
      shares[topic].records.push(record)
    }
    const parts = [appendShare('telemetry', shares.telemetry), appendShare('quarantine', shares.quarantine)]
    // Both are waited for, whatever becomes of either: one append in flight per topic.
    const failed = (await Promise.allSettled(parts)).find((result) => result.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  }

  const commitOnce = async (): Promise<boolean> => {
    const batch = queue.peek(options.maxBatchRecords, options.maxBatchBytes)
    const oldest = batch[0]
    lastCount = batch.length
    lastStart = performance.now()
    attemptSince = now()
    try {
      await appendBatch(batch)
      refusal = undefined
      if (oldest !== undefined) options.onCommitted?.(batch.length, now() - oldest.enqueuedAt)
      return true
    } catch (error) {
      refusal = error instanceof Error ? error : new Error(String(error))
      options.onRefused?.(refusal)
      return false
    } finally {
      attemptSince = undefined
      settleFront()
    }
  }

  /**
   * How long the next batch waits since the last one began: a millisecond for each record of that. So below a thousand records a second
   * batches follow each other as they come, and above it they grow until a commit, which costs much the same for any number, is for many.
   */
  const paceMs = (): number => Math.min(lastCount, options.maxPaceMs) - (performance.now() - lastStart)

  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      wakeFromPause = () => {
        clearTimeout(timer)
        resolve()
      }
    })

  const run = async (): Promise<void> => {
    let retryMs = options.retryMinMs
    // (What is closed has nothing pending.)
    while (queue.count > 0) {
      const waitMs = paceMs()
      if (waitMs > 0 && queue.count < options.maxBatchRecords) await pause(waitMs)
      if (await commitOnce()) retryMs = options.retryMinMs
      else if (queue.count > 0) {
        await pause(retryMs)
        retryMs = Math.min(retryMs * 2, options.retryMaxMs)
      }
    }
    running = false
  }

  return {
    get count() {
      return queue.count
    },
    get bytes() {
      return queue.bytes
    },
    get refusal() {
      return refusal
    },
    push: (entry) => {
      if (closed) {
        abandon(entry, new PulsewireError('PW_LOG_CLOSED'))
        return
      }
      if (entry.through !== undefined && givenUp.has(entry.through)) {
        abandon(entry, new PulsewireError('PW_LOG_UNAVAILABLE', 'something before it was given up'))
        return
      }
      queue.push(entry)
      onQueueChange()
      expiryTimer ??= setInterval(expire, EXPIRY_CHECK_MS)
      if (running) return
      running = true
      // What arrives in the same turn of the event loop goes with it.
      setImmediate(() => void run())
    },
    idle: () => (queue.count === 0 ? Promise.resolve() : new Promise((resolve) => idleWaiters.add(resolve))),
    close: () => {
      closed = true
      for (const entry of queue.all()) abandon(entry, new PulsewireError('PW_LOG_CLOSED'))
      settleFront()
      wakeFromPause?.()
    },
  }
}
