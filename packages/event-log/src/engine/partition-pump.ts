import { setTimeout } from 'node:timers/promises'
import { formatPosition, PulsewireError, type LogPosition, type LogTopic } from '@pulsewire/contracts'
import type { PartitionEnds } from '../port.ts'
import { createSignal, nextTurn } from './signal.ts'
import type { LogStorage, MaybePromise, ReadResult } from './storage.ts'

const MAX_BATCH_BYTES = 4 * 1024 * 1024
const FIRST_RETRY_MS = 100
const LAST_RETRY_MS = 5_000

export interface PumpOptions {
  /** Where to begin, one entry a topic and partition. */
  readonly start: readonly LogPosition[]
  readonly maxBatchRecords: number
  /** After a batch, what comes is gathered for so long before it is read, ms. While the reader is behind nothing is waited for. Default 0. */
  readonly gatherMs?: () => number
  /** Has to resolve before the next batch. Where it rejects, the same batch is given again, with back-off. */
  readonly deliver: (topic: LogTopic, partition: number, batch: ReadResult) => Promise<void>
  readonly onError: (error: Error) => void
}

/** Reads several places of the log in turn and delivers what comes, one batch at a time. */
export interface Pump {
  readonly positions: LogPosition[]
  /** Resolves when the batch in hand is done; nothing is delivered afterwards. */
  stop(): Promise<void>
}

interface Place {
  readonly topic: LogTopic
  readonly partition: number
  offset: number
  /** The last batch did not reach the end. */
  isBehind: boolean
  /** False where the end was reached and nothing was appended to the topic since: it is not read until then. */
  maybeMore: boolean
  /** What failed and is to be done again: a batch to be given, or (without one) a read. */
  failed: { readonly batch: ReadResult | undefined; readonly attempt: number; readonly at: number } | undefined
}

export const asError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)))

/** A position that the log has not reached: it was replaced, or an older copy was put back. Reading begins at its earliest record then. */
export function beyondEnd(position: LogPosition, ends: PartitionEnds): PulsewireError {
  return new PulsewireError(
    'PW_LOG_DAMAGED',
    `${formatPosition(position)} lies beyond the end of the log (${ends.next}): another log, or an older copy; reading from ${ends.earliest}`,
  )
}

export function startPump(storage: LogStorage, options: PumpOptions): Pump {
  const places = options.start.map((position): Place => ({
    ...position,
    isBehind: false,
    maybeMore: true,
    failed: undefined,
  }))
  const signal = createSignal()
  const own = storage.openSource?.(options.start)
  const source = own ?? storage
  const unwatch = source.watch([...new Set(places.map((place) => place.topic))], (changed) => {
    for (const place of places) place.maybeMore ||= changed === undefined || changed.has(place.topic)
    signal.notify()
  })
  const stopping = new AbortController()

  const readFrom = (place: Place): MaybePromise<ReadResult> => {
    // What is appended from here on says so.
    place.maybeMore = false
    return source.read(
      place.topic,
      place.partition,
      place.offset,
      { maxRecords: options.maxBatchRecords, maxBytes: MAX_BATCH_BYTES },
      (error) => options.onError(error),
    )
  }

  /** Gives one batch of a place. Tells whether there was one. */
  const step = async (place: Place): Promise<boolean> => {
    const { failed } = place
    if (failed === undefined ? !place.maybeMore : failed.at > Date.now()) return false
    try {
      const batch = failed?.batch ?? (await readFrom(place))
      if (batch.records.length > 0) {
        try {
          await options.deliver(place.topic, place.partition, batch)
        } catch (thrown) {
          const attempt = (failed?.attempt ?? 0) + 1
          const delayMs = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** (attempt - 1))
          place.failed = { batch, attempt, at: Date.now() + delayMs }
          options.onError(asError(thrown))
          return false
        }
      }
      place.failed = undefined
      const moved = batch.nextFrom > place.offset
      place.isBehind = batch.nextFrom < batch.next
      place.offset = batch.nextFrom
      place.maybeMore ||= batch.nextFrom < batch.next
      return moved
    } catch (thrown) {
      const attempt = (failed?.attempt ?? 0) + 1
      options.onError(
        thrown instanceof PulsewireError
          ? thrown
          : new PulsewireError('PW_LOG_UNAVAILABLE', 'The log could not be read', { cause: thrown }),
      )
      const delayMs = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * attempt)
      place.failed = { batch: undefined, attempt, at: Date.now() + delayMs }
      return false
    }
  }

  /** Until so long after `began`, or the stop. */
  const gather = async (began: number, gatherMs: number): Promise<void> => {
    const leftMs = began + gatherMs - performance.now()
    if (leftMs <= 0) return
    await setTimeout(leftMs, undefined, { signal: stopping.signal }).catch((thrown: unknown) => {
      if (!stopping.signal.aborted) throw thrown
    })
  }

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      let busy = false
      const began = performance.now()
      for (const place of places) {
        if (stopping.signal.aborted) return
        if (!(await step(place))) continue
        busy = true
        // A handler that resolves at once must not keep timers and sockets waiting.
        await nextTurn()
      }
      if (busy && !places.some((place) => place.isBehind)) await gather(began, options.gatherMs?.() ?? 0)
      if (busy || stopping.signal.aborted) continue
      const retries = places.flatMap((place) => (place.failed === undefined ? [] : [place.failed.at]))
      await signal.wait(retries.length === 0 ? undefined : Math.max(1, Math.min(...retries) - Date.now()))
    }
  }
  const done = run()

  return {
    get positions() {
      return places.map(({ topic, partition, offset }) => ({ topic, partition, offset }))
    },
    async stop() {
      stopping.abort()
      unwatch()
      own?.close()
      signal.notify()
      await done
    },
  }
}
