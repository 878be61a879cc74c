import { setMaxListeners } from 'node:events'
import {
  ERRORS,
  LOG_TOPIC_NAMES,
  PulsewireError,
  errorCodeOf,
  type LogPosition,
  type LogTopic,
} from '@pulsewire/contracts'
import type { EmbeddedQueue } from '../embedded/embedded-queue.ts'
import { checkRecords } from '../engine/record-size.ts'
import { nextTurn } from '../engine/signal.ts'
import type { LogRecord } from '../port.ts'
import type { PrimaryLink } from './primary-link.ts'
import { asError, pause, within } from './within.ts'

/** What a broker takes from devices, and their answers to commands. */
export const SPOOLED_TOPICS = ['telemetry', 'quarantine', 'device-commands'] as const satisfies readonly LogTopic[]

export interface SpooledAppendsOptions {
  readonly link: PrimaryLink
  readonly queue: EmbeddedQueue
  /** How long the log may take for an append before the spool takes it, ms. */
  readonly appendWithinMs: number
  /** Pauses between attempts to drain. */
  readonly retryMinMs: number
  readonly retryMaxMs: number
  readonly onError: (error: Error) => void
  /** It went over to the spool, or back. */
  readonly onSpooling: (spooling: boolean, reason: Error | undefined) => void
}

/**
 * Appends that go into the spool while the log does not take them, and back in the same order.
 *
 * - `direct`: into the log; one append a topic at a time, so that none can land before an earlier one that failed.
 * - `spooling`: behind what is in the spool, until that is drained. What failed is the first to go in: it may be in the log as well (at least once).
 * - Handing back: newcomers are held while the last of the spool is drained, so that none overtakes it.
 */
export interface SpooledAppends {
  readonly spooling: boolean
  /** Records that are durable here and not in the log as far as is known. */
  readonly waiting: number
  /** Those of `waiting` that are messages of devices. */
  readonly waitingUplink: number
  /** When the oldest of them was taken, ms. */
  readonly oldestAt: number | undefined
  append(topic: LogTopic, records: readonly LogRecord[]): Promise<LogPosition[]>
  close(): Promise<void>
}

/** A portion of the drain: it grows while the log takes it in time, and shrinks on a link that is too slow for it. */
const MIN_PORTION_BYTES = 16 * 1024
const MAX_PORTION_BYTES = 1024 * 1024
const PORTION_RECORDS = 1_000
/** The same trouble is told again after so long. */
const TELL_AGAIN_MS = 60_000

export async function openSpooledAppends(options: SpooledAppendsOptions): Promise<SpooledAppends> {
  const { link, queue, appendWithinMs, onError } = options
  const halt = new AbortController()
  setMaxListeners(0, halt.signal)
  const onDamage = (error: Error): void =>
    onError(new PulsewireError('PW_LOG_DAMAGED', `In the spool: ${error.message}`, { cause: error }))

  /** What comes next out of the queue. */
  let cursor = queue.ends.earliest
  const waiting = (): number => Math.max(0, queue.ends.next - cursor)
  let waitingUplink = await countUplink(queue, cursor)
  let spooling = waiting() > 0 || link.opened === undefined
  let drained: Promise<void> | undefined
  let tidied: Promise<void> | undefined
  let trimmed = true
  /** Newcomers wait at it while the spool hands back. Looked at and acted upon in one turn of the event loop. */
  let gate: Promise<void> | undefined
  const shutGate = (): Promise<void> | undefined => gate
  const turns = new Map<LogTopic, Promise<unknown>>()
  const sending = new Map<LogTopic, Promise<unknown>>()
  const storing = new Set<Promise<unknown>>()

  let portionBytes = MAX_PORTION_BYTES

  /** One append a topic in the log's hands, also one that nobody waits for any more. */
  const send = async (topic: LogTopic, records: readonly LogRecord[]): Promise<LogPosition[]> => {
    const deadline = performance.now() + appendWithinMs
    const bounded = <T>(work: Promise<T>, what: string): Promise<T> =>
      within(work, deadline - performance.now(), what, halt.signal)
    const log = await bounded(link.log(appendWithinMs), 'opening the log')
    const before = sending.get(topic)
    if (before !== undefined) await bounded(before, `the append to ${topic} before this`)
    const append = log.append(topic, records)
    const settled = append.then(ignore, ignore).finally(() => {
      if (sending.get(topic) === settled) sending.delete(topic)
    })
    sending.set(topic, settled)
    return bounded(append, `append to ${topic}`)
  }

  const store = async (topic: LogTopic, records: readonly LogRecord[]): Promise<LogPosition[]> => {
    const stored = queue.append(records.map((record) => ({ ...record, key: `${topic}/${record.key}` })))
    const settled = stored.then(() => {
      if (isUplink(topic)) waitingUplink += records.length
    }, ignore)
    storing.add(settled)
    void settled.finally(() => storing.delete(settled))
    await stored
    await settled
    return []
  }

  const goOver = (reason: Error): void => {
    if (spooling) return
    spooling = true
    options.onSpooling(true, reason)
    drained ??= drain()
  }

  const appendNow = async (topic: LogTopic, records: readonly LogRecord[]): Promise<LogPosition[]> => {
    for (let shut = shutGate(); shut !== undefined; shut = shutGate()) await shut
    if (halt.signal.aborted) throw new PulsewireError('PW_LOG_CLOSED')
    if (spooling) return store(topic, records)
    try {
      return await send(topic, records)
    } catch (thrown) {
      // A record that no log takes is its sender's affair.
      if (ERRORS[errorCodeOf(thrown)].class === 'permanent') throw thrown
      for (let shut = shutGate(); shut !== undefined; shut = shutGate()) await shut
      if (halt.signal.aborted) throw thrown
      goOver(asError(thrown))
      return store(topic, records)
    }
  }

  /** Puts records of the queue into the log, those of a topic in their order. */
  const deliver = async (records: readonly LogRecord[]): Promise<void> => {
    const byTopic = new Map<LogTopic, LogRecord[]>()
    for (const record of records) {
      const { topic, key } = unwrap(record)
      const list = byTopic.get(topic) ?? []
      list.push({ key, headers: record.headers, value: record.value })
      byTopic.set(topic, list)
    }
    for (const [topic, list] of byTopic) await send(topic, list)
    for (const [topic, list] of byTopic) if (isUplink(topic)) waitingUplink -= list.length
  }

  /** Until nothing waits. */
  const drainAll = async (): Promise<void> => {
    while (waiting() > 0 && !halt.signal.aborted) {
      const { records, nextFrom } = queue.read(
        cursor,
        { maxRecords: PORTION_RECORDS, maxBytes: portionBytes },
        onDamage,
      )
      try {
        await deliver(records)
        portionBytes = Math.min(portionBytes * 2, MAX_PORTION_BYTES)
      } catch (thrown) {
        portionBytes = Math.max(portionBytes / 2, MIN_PORTION_BYTES)
        throw thrown
      }
      cursor = Math.max(nextFrom, cursor)
      await trim()
      await nextTurn()
    }
    // Damaged ones were counted too, and nobody has them any more.
    if (waiting() === 0 && storing.size === 0) waitingUplink = 0
  }

  /** Removes what the log has. On a full disk there is no room even for that: what stays is delivered again after a restart, and is a duplicate then. */
  const trim = async (): Promise<void> => {
    try {
      await queue.trim(cursor)
      trimmed = true
    } catch (thrown) {
      trimmed = false
      tell(thrown)
    }
  }
  const tidy = async (): Promise<void> => {
    const isDue = (): boolean => !trimmed && !spooling && !halt.signal.aborted
    while (isDue()) {
      await pause(options.retryMaxMs, halt.signal)
      if (isDue()) await trim()
    }
  }

  /** Tells whether the appends go into the log again. */
  const handBack = async (): Promise<boolean> => {
    let open = ignore
    gate = new Promise((resolve) => (open = resolve))
    try {
      await Promise.all(storing)
      await drainAll()
      if (halt.signal.aborted || waiting() > 0 || storing.size > 0) return false
      spooling = false
      drained = undefined
      options.onSpooling(false, undefined)
      return true
    } finally {
      gate = undefined
      open()
    }
  }

  const drain = async (): Promise<void> => {
    let delayMs = options.retryMinMs
    while (!halt.signal.aborted) {
      const before = cursor
      try {
        await within(link.log(appendWithinMs), appendWithinMs, 'opening the log', halt.signal)
        await drainAll()
        if (await handBack()) {
          tidied = tidy()
          return
        }
      } catch (thrown) {
        if (!halt.signal.aborted) tell(thrown)
      }
      if (cursor > before) delayMs = options.retryMinMs
      await pause(delayMs, halt.signal)
      delayMs = Math.min(delayMs * 2, options.retryMaxMs)
    }
  }

  const told = { text: '', at: -Infinity }
  const tell = (thrown: unknown): void => {
    const error = asError(thrown)
    if (error.message === told.text && performance.now() - told.at < TELL_AGAIN_MS) return
    told.text = error.message
    told.at = performance.now()
    onError(error)
  }

  if (spooling) {
    const reason = waiting() > 0 ? `${waiting()} records wait in the spool` : 'the log has not been reached yet'
    options.onSpooling(true, new PulsewireError('PW_LOG_UNAVAILABLE', reason))
    drained = drain()
  }

  return {
    get spooling() {
      return spooling
    },
    get waiting() {
      return waiting()
    },
    get waitingUplink() {
      return Math.max(0, waitingUplink)
    },
    get oldestAt() {
      if (waiting() === 0) return undefined
      return queue.read(cursor, { maxRecords: 1, maxBytes: 1 }, ignore).records[0]?.timestamp
    },
    append: async (topic, records) => {
      if (halt.signal.aborted) throw new PulsewireError('PW_LOG_CLOSED')
      if (records.length === 0) return []
      checkRecords(records)
      const before = turns.get(topic) ?? Promise.resolve()
      const turn = before.then(() => appendNow(topic, records))
      const settled = turn.then(ignore, ignore)
      turns.set(topic, settled)
      return turn
    },
    close: async () => {
      halt.abort()
      await drained
      await tidied
      await Promise.all(storing)
    },
  }
}

function isUplink(topic: LogTopic): boolean {
  return topic === 'telemetry' || topic === 'quarantine'
}

function unwrap(record: LogRecord): { topic: LogTopic; key: string } {
  const slash = record.key.indexOf('/')
  const topic = LOG_TOPIC_NAMES.find((name) => name === record.key.slice(0, slash))
  if (topic === undefined)
    throw new PulsewireError('PW_LOG_DAMAGED', `In the spool: a record of no topic (${record.key})`)
  return { topic, key: record.key.slice(slash + 1) }
}

async function countUplink(queue: EmbeddedQueue, from: number): Promise<number> {
  let count = 0
  for (let at = from; ;) {
    const { records, nextFrom, next } = queue.read(
      at,
      { maxRecords: PORTION_RECORDS, maxBytes: MAX_PORTION_BYTES },
      ignore,
    )
    for (const record of records) if (isUplink(unwrap(record).topic)) count++
    if (nextFrom <= at || nextFrom >= next) return count
    at = nextFrom
    await nextTurn()
  }
}

function ignore(): void {
  // On purpose: who cares is told elsewhere.
}
