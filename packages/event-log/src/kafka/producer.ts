import { PulsewireError, type LogPosition, type LogTopic } from '@pulsewire/contracts'
import { partitionOfKey } from '../engine/partitioner.ts'
import { checkRecords } from '../engine/record-size.ts'
import type { LogRecord } from '../port.ts'
import type { Cluster } from './cluster.ts'
import { answerOfCode, unavailable } from './errors.ts'
import { within } from './wire/link.ts'
import { produce, type ProduceAnswer } from './wire/messages.ts'
import { encodeBatch, encodeRecordBody } from './wire/record-batch.ts'

/** At low rates a send takes what came within so long. The first append after a pause does not wait. */
const WINDOW_MS = 4
/** With so much collected the next send starts at once. */
const RUSH_BYTES = 64 * 1024
/** Above it, appends wait before they are taken in. */
const MAX_PENDING_BYTES = 16 * 1024 * 1024
/** Of one partition, in one send; a single larger record goes alone. */
const MAX_BATCH_BYTES = 1024 * 1024
const MAX_REQUEST_BYTES = 8 * 1024 * 1024
/** How long a broker may take to answer, ms. */
const ATTEMPT_MS = 5_000
/** The least that an attempt is given, where the time is nearly up. */
const LAST_ATTEMPT_MS = 1_000
/** How long a record is tried before its append is rejected, ms. Ingest waits 20 s at most, and tries again by itself. */
const DELIVERY_MS = 8_000
/** How long `close` waits for what is not confirmed: a service has 4 s to stop, and who appended it appends it again elsewhere. */
const CLOSE_MS = 1_500
const FIRST_RETRY_MS = 50
const LAST_RETRY_MS = 500
const MAX_EPOCH = 32_767
/** Sequence numbers are 31 bits; a lane starts anew, in a new epoch, well before. */
const MAX_SEQUENCE = 2 ** 31 - 1

/** Answers after which the same batch is to be sent again. */
const RETRIABLE = new Set([
  'CORRUPT_MESSAGE',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_FOR_PARTITION',
  'REQUEST_TIMED_OUT',
  'BROKER_NOT_AVAILABLE',
  'REPLICA_NOT_AVAILABLE',
  'NETWORK_EXCEPTION',
  'NOT_ENOUGH_REPLICAS',
  'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
  'KAFKA_STORAGE_ERROR',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
])
/** The broker knows another story of this producer (or none any more): the batch is sent again in a new epoch. */
const LOST_THREAD = new Set(['OUT_OF_ORDER_SEQUENCE_NUMBER', 'UNKNOWN_PRODUCER_ID', 'INVALID_PRODUCER_EPOCH'])
const TOO_LARGE = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'])

/** One `append` of a caller. */
interface Call {
  readonly positions: LogPosition[]
  left: number
  readonly bytes: number
  readonly expiresAtMs: number
  readonly resolve: (positions: LogPosition[]) => void
  readonly reject: (error: unknown) => void
}

interface Entry {
  readonly body: Buffer
  readonly call: Call
  readonly index: number
}

/** What was sent of a partition and is not confirmed yet. It is sent again unchanged, so that the broker knows it again. */
interface Batch {
  readonly entries: readonly Entry[]
  readonly epoch: number
  readonly firstSequence: number
  readonly bytes: Buffer
}

/** A partition. It has one batch at a time on its way. */
interface Lane {
  readonly topic: LogTopic
  readonly name: string
  readonly partition: number
  waiting: Entry[]
  batch: Batch | undefined
  /** The batch is at the broker, and not answered yet. */
  sending: boolean
  notBeforeMs: number
  /** Since something of it was last confirmed or given up. */
  failures: number
  epoch: number
  nextSequence: number
  maxBatchBytes: number
}

const bytesOf = (entries: readonly Entry[]): number => entries.reduce((sum, { body }) => sum + body.length, 0)

export interface Producer {
  append(topic: LogTopic, records: readonly LogRecord[]): Promise<LogPosition[]>
  /** Resolves when all that was taken in is confirmed, or rejected: soon, also where Kafka is away. */
  close(): Promise<void>
}

/**
 * Appends in batches, `acks=all`, idempotent: each batch carries producer id, epoch and sequence number, and is sent again **unchanged** until the
 * broker confirms it, so a repetition is neither doubled nor overtaken. What could not be confirmed in time is rejected, with all that waits behind
 * it, and the epoch is raised: a late arrival of the old batch is refused by the broker, and no later batch can be taken for it.
 */
export function createProducer(
  cluster: Cluster,
  options: {
    readonly nameOf: (topic: LogTopic) => string
    readonly partitionCount: (topic: LogTopic) => number
    /** Default 8,000. */
    readonly deliveryMs?: number
  },
): Producer {
  const lanes = new Map<string, Lane>()
  /** Lanes with something to send. */
  const active = new Set<Lane>()
  let room: { readonly call: Call; readonly lanes: ReadonlySet<Lane>; readonly take: () => void }[] = []
  const busyNodes = new Set<number>()
  let identity: { readonly producerId: bigint; epoch: number } | undefined
  let identifying: Promise<void> | undefined
  let pendingBytes = 0
  let collectedBytes = 0
  let lastSendMs = 0
  let timer: NodeJS.Timeout | undefined
  let timerAtMs = Infinity
  let closed = false
  let whenIdle: (() => void) | undefined

  const laneOf = (topic: LogTopic, partition: number): Lane => {
    const id = `${topic}/${partition}`
    const known = lanes.get(id)
    if (known !== undefined) return known
    const lane: Lane = {
      topic,
      name: options.nameOf(topic),
      partition,
      waiting: [],
      batch: undefined,
      sending: false,
      notBeforeMs: 0,
      failures: 0,
      epoch: -1,
      nextSequence: 0,
      maxBatchBytes: MAX_BATCH_BYTES,
    }
    lanes.set(id, lane)
    return lane
  }

  const finish = (call: Call): void => {
    pendingBytes -= call.bytes
    while (room.length > 0) {
      const first = room[0]
      if (first === undefined || (pendingBytes > 0 && pendingBytes + first.call.bytes > MAX_PENDING_BYTES)) break
      room.shift()
      first.take()
    }
    if (pendingBytes === 0 && active.size === 0) whenIdle?.()
  }

  const settle = (entry: Entry, outcome: LogPosition | undefined, error?: unknown): void => {
    const { call } = entry
    if (outcome === undefined) call.reject(error)
    else call.positions[entry.index] = outcome
    call.left--
    if (call.left > 0) return
    call.resolve(call.positions)
    finish(call)
  }

  /** Rejects what was not confirmed, and what waits behind it: its caller sends both again, in order. */
  const giveUp = (lane: Lane, error: PulsewireError): void => {
    const entries = [...(lane.batch?.entries ?? []), ...lane.waiting]
    collectedBytes -= bytesOf(lane.waiting)
    lane.batch = undefined
    lane.waiting = []
    lane.notBeforeMs = 0
    lane.failures = 0
    active.delete(lane)
    raiseEpoch()
    // Also what waits for room behind it; rejected after it, as its caller sends again in the order of the rejections.
    const now = performance.now()
    const behind = room.filter(({ call, lanes }) => lanes.has(lane) || call.expiresAtMs <= now)
    room = room.filter((waiting) => !behind.includes(waiting))
    for (const entry of entries) settle(entry, undefined, error)
    for (const { call } of behind) call.reject(error)
  }

  const raiseEpoch = (): void => {
    if (identity === undefined) return
    if (identity.epoch >= MAX_EPOCH) identity = undefined
    else identity.epoch++
  }

  const identify = async (): Promise<void> => {
    const [node] = nodesOfActive()
    if (node === undefined) throw unavailable('No leader is known')
    identity = await within(attemptMs(active), 'InitProducerId', cluster.newProducer(node))
    // Sequences of another id say nothing.
    for (const lane of lanes.values()) lane.epoch = -1
  }

  const nodesOfActive = (): number[] => {
    const nodes = new Set<number>()
    for (const lane of active) {
      const node = cluster.leaderOf(lane.name, lane.partition)
      if (node !== undefined) nodes.add(node)
    }
    return [...nodes]
  }

  const fill = (lane: Lane): Batch | undefined => {
    if (lane.batch !== undefined) return lane.batch
    if (identity === undefined || lane.waiting.length === 0) return undefined
    let count = 0
    let bytes = 0
    for (const { body } of lane.waiting) {
      if (count > 0 && bytes + body.length > lane.maxBatchBytes) break
      count++
      bytes += body.length
    }
    if (lane.epoch === identity.epoch && lane.nextSequence + count > MAX_SEQUENCE) raiseEpoch()
    if (identity === undefined) return undefined
    if (lane.epoch !== identity.epoch) {
      lane.epoch = identity.epoch
      lane.nextSequence = 0
    }
    const entries = lane.waiting.splice(0, count)
    collectedBytes -= bytes
    lane.batch = {
      entries,
      epoch: lane.epoch,
      firstSequence: lane.nextSequence,
      bytes: encodeBatch(
        entries.map(({ body }) => body),
        { producerId: identity.producerId, epoch: lane.epoch, firstSequence: lane.nextSequence },
        Date.now(),
      ),
    }
    return lane.batch
  }

  /** The batch was not confirmed: again, unchanged, unless its time is up. */
  const tryAgain = (lane: Lane, error: unknown): void => {
    const { batch } = lane
    const first = batch?.entries[0] ?? lane.waiting[0]
    if (first === undefined) return
    const now = performance.now()
    const waitMs = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(10, lane.failures++))
    if (now + waitMs >= first.call.expiresAtMs) {
      giveUp(lane, unavailable('Kafka did not confirm the append', error))
      return
    }
    lane.notBeforeMs = now + waitMs
  }

  /** Back to the front of the lane, to be sent in another batch. Only for what the broker has certainly not written. */
  const unpack = (lane: Lane, batch: Batch): void => {
    lane.waiting = [...batch.entries, ...lane.waiting]
    collectedBytes += bytesOf(batch.entries)
    lane.batch = undefined
  }

  const answered = (lane: Lane, batch: Batch, { errorCode, baseOffset }: ProduceAnswer): void => {
    const answer = answerOfCode(errorCode)
    if (answer === undefined && baseOffset >= 0) {
      lane.batch = undefined
      lane.nextSequence = batch.firstSequence + batch.entries.length
      lane.notBeforeMs = 0
      lane.failures = 0
      if (lane.waiting.length === 0) active.delete(lane)
      for (const [index, entry] of batch.entries.entries()) {
        settle(entry, { topic: lane.topic, partition: lane.partition, offset: baseOffset + index })
      }
    } else if (answer !== undefined && LOST_THREAD.has(answer)) {
      unpack(lane, batch)
      raiseEpoch()
      // At least once: were it written by an attempt that was not answered, it would now be written a second time.
      const error = unavailable(answer)
      tryAgain(lane, error)
    } else if (answer !== undefined && TOO_LARGE.has(answer)) {
      const [only] = batch.entries
      unpack(lane, batch)
      // It was not written: its sequence numbers go to what comes next.
      lane.nextSequence = batch.firstSequence
      if (batch.entries.length > 1) {
        lane.maxBatchBytes = Math.max(1, Math.floor(batch.bytes.length / 2))
      } else if (only !== undefined) {
        lane.waiting.shift()
        collectedBytes -= only.body.length
        if (lane.waiting.length === 0) active.delete(lane)
        settle(
          only,
          undefined,
          new PulsewireError('PW_RECORD_TOO_LARGE', `${lane.name}: larger than max.message.bytes`),
        )
      }
    } else if (answer !== undefined && RETRIABLE.has(answer)) {
      tryAgain(lane, unavailable(`${lane.name}/${lane.partition}: ${answer}`))
    } else {
      giveUp(lane, unavailable(`${lane.name}/${lane.partition}: ${answer ?? 'no offset'}`))
    }
  }

  /** How long an attempt may take, so that the oldest of what it is about is not kept waiting for long. */
  const attemptMs = (of: Iterable<Lane>): number => {
    let expiresAtMs = Infinity
    for (const { batch, waiting } of of) {
      expiresAtMs = Math.min(expiresAtMs, (batch?.entries[0] ?? waiting[0])?.call.expiresAtMs ?? Infinity)
    }
    return Math.min(ATTEMPT_MS, Math.max(LAST_ATTEMPT_MS, expiresAtMs - performance.now()))
  }

  const send = async (node: number, batches: readonly { lane: Lane; batch: Batch }[]): Promise<void> => {
    let stale = false
    try {
      const untilMs = performance.now() + attemptMs(batches.map(({ lane }) => lane))
      const link = await within(untilMs - performance.now(), 'connect', cluster.link(node, 'produce'))
      const request = batches.map(({ lane, batch }) => ({
        topic: lane.name,
        partition: lane.partition,
        is: batch.bytes,
      }))
      const answers = await link.send(produce(request, ATTEMPT_MS), Math.max(1, untilMs - performance.now()))
      for (const { lane, batch } of batches) {
        lane.sending = false
        // Given up meanwhile, at the close.
        if (lane.batch !== batch) continue
        const answer = answers.find(({ topic, partition }) => topic === lane.name && partition === lane.partition)
        if (answer === undefined) tryAgain(lane, unavailable('Kafka left a partition out of its answer'))
        else answered(lane, batch, answer.is)
        stale ||= answer === undefined || answer.is.errorCode !== 0
      }
    } catch (error) {
      stale = true
      for (const { lane } of batches) {
        lane.sending = false
        tryAgain(lane, error)
      }
    } finally {
      // Not awaited: a cluster that does not say who leads would keep all that waits from being tried, and rejected in time.
      if (stale) void cluster.refresh().catch(() => undefined)
      busyNodes.delete(node)
      schedule()
    }
  }

  /** Sends what is due, one request to each broker at a time. */
  const sendDue = (): void => {
    timer = undefined
    timerAtMs = Infinity
    const now = performance.now()
    lastSendMs = now
    if (identity === undefined) {
      begin()
      return
    }
    const requests = new Map<number, { lane: Lane; batch: Batch }[]>()
    const bytes = new Map<number, number>()
    const leaderless: Lane[] = []
    for (const lane of active) {
      if (lane.sending || lane.notBeforeMs > now) continue
      const node = cluster.leaderOf(lane.name, lane.partition)
      if (node === undefined) leaderless.push(lane)
      if (node === undefined || busyNodes.has(node) || (bytes.get(node) ?? 0) >= MAX_REQUEST_BYTES) continue
      const batch = fill(lane)
      if (batch === undefined) continue
      requests.set(node, [...(requests.get(node) ?? []), { lane, batch }])
      bytes.set(node, (bytes.get(node) ?? 0) + batch.bytes.length)
    }
    for (const [node, batches] of requests) {
      busyNodes.add(node)
      for (const { lane } of batches) {
        lane.sending = true
        // Behind the others, so that none is left out for ever.
        active.delete(lane)
        active.add(lane)
      }
      void send(node, batches)
    }
    if (leaderless.length > 0) {
      for (const lane of leaderless) tryAgain(lane, unavailable(`${lane.name}/${lane.partition} has no leader`))
      void cluster.refresh().catch(() => undefined)
    }
    schedule()
  }

  /** Gets a producer id; the lanes wait for it. */
  const begin = (): void => {
    identifying ??= identify()
      .catch((error: unknown) => {
        for (const lane of active) tryAgain(lane, error)
        void cluster.refresh().catch(() => undefined)
      })
      .finally(() => {
        identifying = undefined
        schedule()
      })
  }

  const schedule = (): void => {
    if (active.size === 0 || identifying !== undefined) return
    const now = performance.now()
    let dueMs = Infinity
    for (const lane of active) {
      if (lane.sending) continue
      const node = cluster.leaderOf(lane.name, lane.partition)
      if (node !== undefined && busyNodes.has(node)) continue
      dueMs = Math.min(dueMs, lane.notBeforeMs)
    }
    if (dueMs === Infinity) return
    const rush = closed || collectedBytes >= RUSH_BYTES
    const atMs = Math.max(now, dueMs, rush ? 0 : lastSendMs + WINDOW_MS)
    if (timer !== undefined && timerAtMs <= atMs) return
    clearTimeout(timer)
    timerAtMs = atMs
    // Also at once after a pause, but at the end of this turn, so that what is appended together is sent together.
    timer = setTimeout(sendDue, Math.max(0, atMs - now))
  }

  const takeIn = (lanesOf: readonly Lane[], bodies: readonly Buffer[], call: Call): void => {
    for (const [index, lane] of lanesOf.entries()) {
      const body = bodies[index]
      if (body === undefined) continue
      lane.waiting.push({ body, call, index })
      collectedBytes += body.length
      active.add(lane)
    }
    pendingBytes += call.bytes
    schedule()
  }

  return {
    async append(topic, records) {
      if (closed) throw new PulsewireError('PW_LOG_CLOSED')
      const bytes = checkRecords(records)
      const bodies = records.map(encodeRecordBody)
      return new Promise<LogPosition[]>((resolve, reject) => {
        const expiresAtMs = performance.now() + (options.deliveryMs ?? DELIVERY_MS)
        const call: Call = { positions: [], left: records.length, bytes, expiresAtMs, resolve, reject }
        const partitions = options.partitionCount(topic)
        const lanesOf = records.map(({ key }) => laneOf(topic, partitionOfKey(key, partitions)))
        const take = (): void => takeIn(lanesOf, bodies, call)
        const isFull = room.length > 0 || (pendingBytes > 0 && pendingBytes + bytes > MAX_PENDING_BYTES)
        if (isFull) room.push({ call, lanes: new Set(lanesOf), take })
        else take()
      })
    },
    async close() {
      closed = true
      schedule()
      const isIdle = (): boolean => active.size === 0 && room.length === 0
      const late = setTimeout(() => {
        // Giving one up makes room, and so may add others.
        for (let [lane] = active; lane !== undefined; [lane] = active) {
          giveUp(lane, unavailable('Kafka did not confirm the append before the close'))
        }
      }, CLOSE_MS)
      while (!isIdle()) await new Promise<void>((resolve) => (whenIdle = resolve))
      clearTimeout(late)
    },
  }
}
