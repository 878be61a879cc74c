import { PulsewireError, type LogPosition, type LogTopic } from '@pulsewire/contracts'
import { beyondEnd } from '../engine/partition-pump.ts'
import type { OnDamage, ReadLimits, ReadResult, RecordSource } from '../engine/storage.ts'
import type { StoredRecord } from '../port.ts'
import { recordBytes } from '../engine/record-size.ts'
import type { Cluster } from './cluster.ts'
import { answerOfCode, unavailable } from './errors.ts'
import type { Offsets } from './offsets.ts'
import { fetch, type FetchAnswer } from './wire/messages.ts'
import { decodeBatches, type DecodedBatches } from './wire/record-batch.ts'

/** How long a broker may hold an empty answer back. A place that is new, or has room again, waits so long at most, ms. */
const MAX_WAIT_MS = 500
const ANSWER_MS = 5_000
/** Questions under way at a broker at a time: while one waits for records to come, another serves who lags behind. */
const CHANNELS = 2
/** A place is read ahead while it holds less. */
const READ_AHEAD_BYTES = 512 * 1024
const MAX_PARTITION_BYTES = 1024 * 1024
const MAX_ANSWER_BYTES = 8 * 1024 * 1024
const MAX_READ_BYTES = 4 * 1024 * 1024
const READ_DEADLINE_MS = 10_000
const FIRST_RETRY_MS = 100
const LAST_RETRY_MS = 1_000

/** A place that is read from on, and what was read ahead of it. */
interface Place {
  readonly topic: LogTopic
  readonly name: string
  readonly partition: number
  /** Where the next fetch begins. */
  fetchFrom: number
  /** Where the next `read` is to begin. */
  readFrom: number
  next: number
  chunks: Chunk[]
  bytes: number
  /** To be told once, by the next read. */
  failure: Error | undefined
  failing: boolean
  damaged: { error: Error; offset: number }[]
  inFlight: boolean
  closed: boolean
  readonly notify: () => void
}

/** Records in order; after the last of them, reading goes on at `nextFrom` (higher than its offset + 1 where there are holes). */
interface Chunk {
  readonly records: readonly StoredRecord[]
  readonly nextFrom: number
  taken: number
}

/** A broker that is asked. */
interface Node {
  readonly channels: Set<number>
  failures: number
  retryAtMs: number
}

/** Reads ahead for any number of sources, over a few connections that they share. */
export interface Reader {
  open(start: readonly LogPosition[]): RecordSource & { close(): void }
  /** Once, without waiting for what is not there yet. */
  readOnce(
    topic: LogTopic,
    partition: number,
    from: number,
    limits: ReadLimits,
    onDamage: OnDamage,
  ): Promise<ReadResult>
  close(): void
}

export function createReader(
  cluster: Cluster,
  options: { readonly nameOf: (topic: LogTopic) => string; readonly offsets: Offsets },
): Reader {
  const places = new Set<Place>()
  const nodes = new Map<number, Node>()
  let turn: NodeJS.Immediate | undefined
  let timer: NodeJS.Timeout | undefined
  let closed = false

  const decode = (place: Place, { highWatermark, batches }: FetchAnswer): void => {
    const { topic, partition } = place
    const { records, nextFrom, damaged } = decodeBatches(batches, place.fetchFrom)
    // Kafka answers in whole batches: this is no answer to go on with, nor one to ask for again at once.
    if (batches.length > 0 && nextFrom <= place.fetchFrom) {
      throw damage(place.name, partition, place.fetchFrom, 'no whole batch')
    }
    place.next = Math.max(highWatermark, nextFrom)
    for (const { offset, reason } of damaged) {
      place.damaged.push({ offset, error: damage(place.name, partition, offset, reason) })
    }
    if (nextFrom > place.fetchFrom) {
      const stored = records.map((record): StoredRecord => ({ ...record, topic, partition }))
      place.chunks.push({ records: stored, nextFrom, taken: 0 })
      place.bytes += batches.length
      place.fetchFrom = nextFrom
    }
  }

  /** The position is not in the log: below its earliest record, or beyond its end. */
  const reposition = async (place: Place): Promise<void> => {
    const ends = await options.offsets.ends(place.topic, place.partition)
    if (place.fetchFrom >= ends.earliest && place.fetchFrom <= ends.next) return
    const position = { topic: place.topic, partition: place.partition, offset: place.fetchFrom }
    const error = place.fetchFrom > ends.next ? beyondEnd(position, ends) : removedUnread(position, ends.earliest)
    place.damaged.push({ offset: place.fetchFrom, error })
    place.chunks.push({ records: [], nextFrom: ends.earliest, taken: 0 })
    place.fetchFrom = ends.earliest
    place.next = ends.next
  }

  const fail = (place: Place, error: unknown): void => {
    if (!place.failing) place.failure = unavailable(`${place.name}/${place.partition} cannot be read`, error)
    place.failing = true
  }

  const take = async (place: Place, answer: FetchAnswer | undefined): Promise<boolean> => {
    const error = answer === undefined ? 'no answer' : answerOfCode(answer.errorCode)
    try {
      if (error === 'OFFSET_OUT_OF_RANGE') await reposition(place)
      else if (error !== undefined || answer === undefined) throw new Error(error)
      else decode(place, answer)
      place.failing = false
      return true
    } catch (failure) {
      fail(place, failure)
      return false
    }
  }

  const ask = async (
    nodeId: number,
    node: Node,
    channel: number,
    asked: readonly (readonly Place[])[],
  ): Promise<void> => {
    const wanted = asked.flat()
    let failed = false
    try {
      const link = await cluster.link(nodeId, `fetch-${channel}`)
      const from = new Map(wanted.map((place) => [place, place.fetchFrom]))
      const request = asked.flatMap(([place]) =>
        place === undefined ? [] : [{ topic: place.name, partition: place.partition, is: place.fetchFrom }],
      )
      const limits = { maxWaitMs: MAX_WAIT_MS, maxBytes: MAX_ANSWER_BYTES, maxPartitionBytes: MAX_PARTITION_BYTES }
      const answers = await link.send(fetch(request, limits), MAX_WAIT_MS + ANSWER_MS)
      const byPlace = new Map(answers.map(({ topic, partition, is }) => [`${topic}/${partition}`, is]))
      for (const place of wanted) {
        if (place.closed || from.get(place) !== place.fetchFrom) continue
        if (!(await take(place, byPlace.get(`${place.name}/${place.partition}`)))) failed = true
        place.notify()
      }
    } catch (error) {
      failed = true
      for (const place of wanted) {
        fail(place, error)
        place.notify()
      }
    }
    for (const place of wanted) place.inFlight = false
    if (failed && !closed) {
      node.retryAtMs = performance.now() + Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(10, node.failures++))
      await cluster.refresh().catch(() => undefined)
    } else {
      node.failures = 0
    }
    node.channels.delete(channel)
    schedule()
  }

  /** Asks again when a broker that failed may be asked. */
  const wakeAt = (atMs: number): void => {
    clearTimeout(timer)
    timer = setTimeout(schedule, Math.max(1, atMs - performance.now()))
  }

  const askAll = (): void => {
    turn = undefined
    if (closed) return
    const now = performance.now()
    let lookAgainMs = Infinity
    const wanted = new Map<number, Map<string, Place[]>>()
    let leaderless = 0
    for (const place of places) {
      if (place.inFlight || place.bytes >= READ_AHEAD_BYTES) continue
      const node = cluster.leaderOf(place.name, place.partition)
      if (node === undefined) {
        leaderless++
        fail(place, new Error('no leader'))
        place.notify()
        continue
      }
      const ofNode = wanted.get(node) ?? new Map<string, Place[]>()
      wanted.set(node, ofNode)
      const id = `${place.name}/${place.partition}`
      const same = ofNode.get(id)
      // A request names each partition once: sources at the same place share the answer, another waits for its turn.
      if (same === undefined) ofNode.set(id, [place])
      else if (same[0]?.fetchFrom === place.fetchFrom) same.push(place)
    }
    for (const [nodeId, ofNode] of wanted) {
      const node = nodes.get(nodeId) ?? { channels: new Set(), failures: 0, retryAtMs: 0 }
      nodes.set(nodeId, node)
      if (node.retryAtMs > now) {
        lookAgainMs = Math.min(lookAgainMs, node.retryAtMs)
        continue
      }
      const channel = Array.from({ length: CHANNELS }, (_, index) => index).find((index) => !node.channels.has(index))
      if (channel === undefined) continue
      node.channels.add(channel)
      const asked = [...ofNode.values()]
      const [first = [], ...others] = asked
      for (const place of [...others.flat(), ...first]) {
        place.inFlight = true
        // Behind the others, the first one last: a batch larger than a partition's share comes only from the first in a request that has anything.
        places.delete(place)
        places.add(place)
      }
      void ask(nodeId, node, channel, asked)
    }
    if (leaderless > 0) {
      lookAgainMs = Math.min(lookAgainMs, now + LAST_RETRY_MS)
      void cluster.refresh().catch(() => undefined)
    }
    if (lookAgainMs < Infinity) wakeAt(lookAgainMs)
  }

  const schedule = (): void => {
    if (!closed) turn ??= setImmediate(askAll)
  }

  const openPlace = (position: LogPosition, notify: () => void): Place => ({
    topic: position.topic,
    name: options.nameOf(position.topic),
    partition: position.partition,
    fetchFrom: position.offset,
    readFrom: position.offset,
    next: position.offset,
    chunks: [],
    bytes: 0,
    failure: undefined,
    failing: false,
    damaged: [],
    inFlight: false,
    closed: false,
    notify,
  })

  /** The next records that were read ahead. */
  const shift = (place: Place, limits: ReadLimits): ReadResult => {
    const records: StoredRecord[] = []
    let bytes = 0
    for (let chunk = place.chunks[0]; chunk !== undefined; chunk = place.chunks[0]) {
      while (chunk.taken < chunk.records.length && records.length < limits.maxRecords && bytes < limits.maxBytes) {
        const record = chunk.records[chunk.taken]
        if (record === undefined) break
        records.push(record)
        bytes += recordBytes(record)
        place.readFrom = record.offset + 1
        chunk.taken++
      }
      if (chunk.taken < chunk.records.length) break
      place.readFrom = chunk.nextFrom
      place.chunks.shift()
    }
    const before = place.bytes
    place.bytes = place.chunks.length === 0 ? 0 : Math.max(1, place.bytes - bytes)
    if (before >= READ_AHEAD_BYTES && place.bytes < READ_AHEAD_BYTES) schedule()
    return { records, nextFrom: place.readFrom, next: place.next }
  }

  return {
    open(start) {
      const listeners = new Set<() => void>()
      const notify = (): void => {
        for (const listener of listeners) listener()
      }
      const own = new Map<string, Place>()
      for (const position of start) {
        const place = openPlace(position, notify)
        own.set(`${position.topic}/${position.partition}`, place)
        places.add(place)
      }
      schedule()
      return {
        read(topic, partition, from, limits, onDamage) {
          const place = own.get(`${topic}/${partition}`)
          if (place === undefined) throw new PulsewireError('PW_NOT_FOUND', `${topic}/${partition} is not read here`)
          if (place.readFrom !== from) {
            throw new PulsewireError(
              'PW_INTERNAL',
              `${topic}/${partition} is read on from ${place.readFrom}, not ${from}`,
            )
          }
          for (const { error, offset } of place.damaged.splice(0)) onDamage(error, { topic, partition, offset })
          const { failure } = place
          if (failure !== undefined) {
            place.failure = undefined
            throw failure
          }
          return shift(place, limits)
        },
        watch(_topics, listener) {
          listeners.add(listener)
          return () => listeners.delete(listener)
        },
        close() {
          for (const place of own.values()) {
            place.closed = true
            places.delete(place)
          }
        },
      }
    },
    async readOnce(topic, partition, from, limits, onDamage) {
      const name = options.nameOf(topic)
      const to = limits.to ?? (await options.offsets.ends(topic, partition)).next
      if (from >= to) return { records: [], nextFrom: from, next: to }
      const what = `${name}/${partition} cannot be read`
      const { start, next, decoded } = await cluster.persist(what, READ_DEADLINE_MS, () =>
        readBatches(topic, partition, from, to),
      )
      for (const { offset, reason } of decoded.damaged) {
        onDamage(damage(name, partition, offset, reason), { topic, partition, offset })
      }
      const records = decoded.records.flatMap((record): StoredRecord[] =>
        record.offset < to ? [{ ...record, topic, partition }] : [],
      )
      // Nothing there, though the end lies further on: what was there is compacted away.
      const nextFrom = decoded.nextFrom > start ? Math.min(to, decoded.nextFrom) : to
      return { records, nextFrom, next }
    },
    close() {
      closed = true
      clearTimeout(timer)
      clearImmediate(turn)
    },
  }

  /** From `from` on, or from the earliest record where that is younger. */
  async function readBatches(
    topic: LogTopic,
    partition: number,
    from: number,
    to: number,
  ): Promise<{ start: number; next: number; decoded: DecodedBatches }> {
    const name = options.nameOf(topic)
    const node = cluster.leaderOf(name, partition)
    try {
      if (node === undefined) throw new Error('no leader')
      const link = await cluster.link(node, 'read')
      const limits = { maxWaitMs: 0, maxBytes: MAX_ANSWER_BYTES, maxPartitionBytes: MAX_READ_BYTES }
      const [answer] = await link.send(fetch([{ topic: name, partition, is: from }], limits), ANSWER_MS)
      const error = answer === undefined ? 'no answer' : answerOfCode(answer.is.errorCode)
      if (error === 'OFFSET_OUT_OF_RANGE') {
        const { earliest, next } = await options.offsets.ends(topic, partition)
        const start = Math.min(to, Math.max(from, earliest))
        if (start > from) return { start: from, next, decoded: { records: [], nextFrom: start, damaged: [] } }
      }
      if (answer === undefined || error !== undefined) throw new Error(error)
      const { highWatermark, batches } = answer.is
      const decoded = decodeBatches(batches, from)
      // A new leader learns only by and by how far all have it: to read on from there would leave something out.
      if (decoded.nextFrom === from && highWatermark < to) throw new Error(`it ends at ${highWatermark}, not ${to}`)
      return { start: from, next: highWatermark, decoded }
    } catch (error) {
      await cluster.refresh().catch(() => undefined)
      throw error
    }
  }
}

function damage(name: string, partition: number, offset: number, reason: string): PulsewireError {
  return new PulsewireError('PW_LOG_DAMAGED', `${name}/${partition}/${offset}: ${reason}`)
}

function removedUnread(position: LogPosition, earliest: number): PulsewireError {
  const { topic, partition, offset } = position
  return new PulsewireError(
    'PW_LOG_DAMAGED',
    `${topic}/${partition}/${offset} was removed unread; reading from ${earliest}`,
  )
}
