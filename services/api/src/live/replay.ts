import { setImmediate as yieldToOthers } from 'node:timers/promises'
import type { EventLog, StoredRecord } from '@pulsewire/event-log'
import type { LiveClient } from './client.ts'
import type { LiveHub } from './hub.ts'
import { LIVE_TOPICS, type LiveTopic, type LiveVector, type Within } from './position.ts'

/** So many records are sent before others get their turn. */
const RECORDS_PER_TURN = 64
/** A socket that does not read for so long while it catches up is closed, ms. */
const STALLED_AFTER_MS = 30_000

/**
 * Sends what came after `since`, then lets the client join the hub: the check that nothing is left and the joining happen without a
 * pause in between, so nothing is lost and nothing comes twice. Answers how many records were gone (retention, damage), or
 * `undefined` where the socket closed or stalled.
 */
export async function replay(
  log: EventLog,
  hub: LiveHub,
  client: LiveClient,
  since: { vector: LiveVector; within?: Within },
): Promise<number | undefined> {
  const cursor = since.vector.copy()
  let within = since.within
  let gone = 0

  const sendRecord = (topic: LiveTopic, record: StoredRecord): void => {
    const { partition, offset } = record
    gone += offset - cursor.next(topic, partition)
    const messages = hub.messagesOf(record)
    const skipped = within?.topic === topic && within.partition === partition ? within.messages : 0
    if (skipped > 0) within = undefined
    for (const [index, message] of messages.entries()) {
      const last = index === messages.length - 1
      if (last) cursor.advance(topic, partition, offset + 1)
      if (index < skipped) continue
      const text = hub.textFor(client, record, message, () =>
        last ? cursor.token() : cursor.token({ topic, partition, messages: index + 1 }),
      )
      if (text !== undefined) client.deliver(text)
    }
    cursor.advance(topic, partition, offset + 1)
  }

  for (;;) {
    const behind = nextBehind(cursor, hub.vector)
    if (behind === undefined) {
      hub.join(client)
      return gone
    }
    const { topic, partition, to } = behind
    for await (const records of log.read(topic, partition, { from: cursor.next(topic, partition), to })) {
      for (const [index, record] of records.entries()) {
        if (index % RECORDS_PER_TURN === 0) await yieldToOthers()
        if (!(await client.room(STALLED_AFTER_MS))) return undefined
        sendRecord(topic, record)
      }
    }
    gone += Math.max(0, to - cursor.next(topic, partition))
    cursor.advance(topic, partition, to)
  }
}

function nextBehind(
  cursor: LiveVector,
  head: LiveVector,
): { topic: LiveTopic; partition: number; to: number } | undefined {
  for (const position of head.positions()) {
    const topic = LIVE_TOPICS.find((name) => name === position.topic)
    if (topic === undefined || cursor.next(topic, position.partition) >= position.offset) continue
    return { topic, partition: position.partition, to: position.offset }
  }
  return undefined
}
