import { setImmediate as yieldToOthers } from 'node:timers/promises'
import { errorCodeOf, type LogPosition } from '@pulsewire/contracts'
import type { EventLog, RecordBatch, StoredRecord, Tail } from '@pulsewire/event-log'
import type { Logger, Metrics } from '@pulsewire/runtime'
import type { Views } from '../views/views.ts'
import type { LiveClient } from './client.ts'
import { interpret, type Said } from './interpret.ts'
import { messageOf, type LiveMessage } from './messages.ts'
import { createLiveVector, LIVE_TOPICS, type LiveTopic, type LiveVector } from './position.ts'

/** So many records are handled before others get their turn. */
const RECORDS_PER_TURN = 128

/**
 * The one reader of the log for all sockets of this API: decodes each record once, keeps the views, and serialises each message once
 * for all that want it.
 */
export interface LiveHub {
  /** Where the hub stands: everything before it has been given to the sockets that had joined. */
  readonly vector: LiveVector
  /** All sockets, also those that still catch up. */
  readonly clients: ReadonlySet<LiveClient>
  add(client: LiveClient): void
  /** From now on the client gets what comes; the caller made sure that it has had all before `vector`. */
  join(client: LiveClient): void
  leave(client: LiveClient): void
  /** To all sockets that have room. Without a place in the log. */
  broadcast(text: string): void
  /** What a record says to a screen, in its order; records that readers must ignore say nothing. */
  messagesOf(record: StoredRecord): LiveMessage[]
  /** What a client gets of a message of `record`; `undefined` where it does not want it, or the record turns out to be unreadable. */
  textFor(client: LiveClient, record: StoredRecord, message: LiveMessage, position: () => string): Buffer | undefined
  /** Resolves when the hub has passed `positions`; false where it has not in `timeoutMs`. */
  reached(positions: readonly LogPosition[], timeoutMs: number): Promise<boolean>
  stop(): Promise<void>
}

export async function startLiveHub(deps: {
  readonly log: EventLog
  readonly views: Views
  readonly logger: Logger
  readonly metrics: Metrics
  /** Where to start, for each partition of each live topic: where the views were seeded. */
  readonly from: readonly LogPosition[]
}): Promise<LiveHub> {
  const { log, views, logger, metrics, from } = deps
  const clients = new Set<LiveClient>()
  const joined = new Set<LiveClient>()
  const waiting = new Set<() => void>()
  const vector = createLiveVector(
    LIVE_TOPICS.map((topic) => from.filter((position) => position.topic === topic).map(({ offset }) => offset)),
  )

  const unreadable = (record: StoredRecord, error: unknown): void => {
    metrics.errors.inc({ code: errorCodeOf(error) })
    logger.warn({ err: error, topic: record.topic, offset: record.offset }, 'a record is unreadable: stepped over')
  }
  /** What a record says; nothing where it is unreadable, or an alarm event that does not follow. */
  const read = (record: StoredRecord): Said[] => {
    try {
      if (record.topic !== 'alarms') return interpret(record)
      const event = views.alarms.apply(record)
      return event === undefined ? [] : [{ what: 'alarm', event }]
    } catch (error) {
      unreadable(record, error)
      return []
    }
  }
  const messagesOf = (said: readonly Said[]): LiveMessage[] =>
    said.map(messageOf).filter((message) => message !== undefined)
  /** Gives it to all that want it, each form of it written once; `position` is asked only where there is somebody. */
  const fanOut = (record: StoredRecord, message: LiveMessage, position: () => string): void => {
    const texts = new Map<string, Buffer>()
    try {
      for (const client of joined) {
        if (!client.wants(message)) continue
        const key = message.signals === undefined ? '*' : client.signalsKey
        let text = texts.get(key)
        if (text === undefined) texts.set(key, (text = Buffer.from(message.text(position(), client.signals))))
        client.send(text)
      }
    } catch (error) {
      unreadable(record, error)
    }
  }
  const take = (topic: LiveTopic, record: StoredRecord): void => {
    const said = read(record)
    for (const item of said) views.learn(item, record.timestamp)
    const messages = joined.size === 0 ? [] : messagesOf(said)
    for (const [index, message] of messages.slice(0, -1).entries()) {
      fanOut(record, message, () => vector.token({ topic, partition: record.partition, messages: index + 1 }))
    }
    vector.advance(topic, record.partition, record.offset + 1)
    const last = messages.at(-1)
    if (last !== undefined) fanOut(record, last, () => vector.token())
  }
  const handle = async ({ topic, partition, records, next }: Omit<RecordBatch, 'commit'>): Promise<void> => {
    const live = LIVE_TOPICS.find((name) => name === topic)
    if (live === undefined) return
    for (const [index, record] of records.entries()) {
      if (index > 0 && index % RECORDS_PER_TURN === 0) await yieldToOthers()
      take(live, record)
    }
    metrics.received.inc({ kind: topic }, records.length)
    metrics.lag.set({ topic, partition: String(partition) }, Math.max(0, next - vector.next(live, partition)))
    for (const wake of waiting) wake()
  }
  const tail: Tail = await log.tail({
    topics: LIVE_TOPICS,
    from,
    handler: handle,
    onError: (error) => {
      metrics.errors.inc({ code: errorCodeOf(error) })
      logger.error({ err: error }, 'reading the log')
    },
  })

  return {
    vector,
    clients,
    add: (client) => void clients.add(client),
    join: (client) => {
      if (clients.has(client)) joined.add(client)
    },
    leave: (client) => {
      clients.delete(client)
      joined.delete(client)
    },
    broadcast: (text) => {
      const bytes = Buffer.from(text)
      for (const client of clients) client.hint(bytes)
    },
    messagesOf: (record) => {
      if (record.topic === 'alarms' && views.alarms.ignored(record.partition, record.offset)) return []
      try {
        return messagesOf(interpret(record))
      } catch (error) {
        unreadable(record, error)
        return []
      }
    },
    textFor: (client, record, message, position) => {
      try {
        return client.wants(message) ? Buffer.from(message.text(position(), client.signals)) : undefined
      } catch (error) {
        unreadable(record, error)
        return undefined
      }
    },
    reached: (positions, timeoutMs) => {
      const passed = (): boolean =>
        positions.every(({ topic, partition, offset }) => {
          const live = LIVE_TOPICS.find((name) => name === topic)
          return live === undefined || vector.next(live, partition) >= offset
        })
      if (passed()) return Promise.resolve(true)
      return new Promise((resolve) => {
        const settle = (reached: boolean): void => {
          clearTimeout(timer)
          waiting.delete(wake)
          resolve(reached)
        }
        const wake = (): void => {
          if (passed()) settle(true)
        }
        const timer = setTimeout(() => settle(false), timeoutMs)
        waiting.add(wake)
      })
    },
    stop: () => tail.stop(),
  }
}
