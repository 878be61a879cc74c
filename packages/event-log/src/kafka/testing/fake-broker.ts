import type { Exchange } from 'kafkajs/src/network/connection.js'
import type { Cluster } from '../cluster.ts'
import type { Link } from '../wire/link.ts'
import { decodeBatches, type DecodedRecord } from '../wire/record-batch.ts'
import { Cursor } from '../wire/varint.ts'

/** What becomes of a produce request: answered; written without an answer; lost on the way; kept by the network and written when `deliver` is called; neither answered nor ended. */
export type Fate = 'answer' | 'silence' | 'lost' | 'late' | 'never'

const OUT_OF_ORDER = 45
const INVALID_EPOCH = 47

interface Known {
  epoch: number
  /** First sequence and offset of the batches that it still remembers (Kafka: five). */
  batches: { sequence: number; count: number; offset: number }[]
}

/** A partition as a broker keeps it, with Kafka's rules for idempotent producers (ProducerStateManager). */
export interface FakeBroker {
  readonly cluster: { -readonly [M in keyof Cluster]: Cluster[M] }
  readonly log: DecodedRecord[]
  readonly requests: number
  fate: () => Fate
  /** Writes what the network kept. */
  deliver(): void
}

/** One broker with one partition that matters; records of all partitions go to one log. */
export function createFakeBroker(): FakeBroker {
  const log: DecodedRecord[] = []
  const known = new Map<string, Known>()
  let late: Buffer[] = []
  let requests = 0
  let producers = 0n

  const append = (batch: Buffer): { errorCode: number; baseOffset: number } => {
    const producer = String(batch.readBigInt64BE(43))
    const epoch = batch.readInt16BE(51)
    const sequence = batch.readInt32BE(53)
    const count = batch.readInt32BE(57)
    const state = known.get(producer) ?? { epoch: -1, batches: [] }
    known.set(producer, state)
    if (epoch < state.epoch) return { errorCode: INVALID_EPOCH, baseOffset: -1 }
    const same =
      state.epoch === epoch ? state.batches.find((old) => old.sequence === sequence && old.count === count) : undefined
    // A batch that it remembers: confirmed once more, not written.
    if (same !== undefined) return { errorCode: 0, baseOffset: same.offset }
    const last = state.batches.at(-1)
    const expected = state.epoch !== epoch || last === undefined ? 0 : last.sequence + last.count
    if (sequence !== expected && state.epoch !== -1) return { errorCode: OUT_OF_ORDER, baseOffset: -1 }
    if (state.epoch !== epoch) state.batches = []
    state.epoch = epoch
    const offset = log.length
    state.batches = [...state.batches, { sequence, count, offset }].slice(-5)
    for (const record of decodeBatches(batch, 0).records) log.push({ ...record, offset: log.length })
    return { errorCode: 0, baseOffset: offset }
  }

  /** The batches of a produce request: topic, partition, batch. */
  const batchesOf = (request: Buffer): { topic: string; partition: number; batch: Buffer }[] => {
    const cursor = new Cursor(request, 8)
    return cursor
      .array(() => {
        const topic = cursor.string()
        return cursor.array(() => ({ topic, partition: cursor.int32(), batch: cursor.bytes(cursor.int32()) }))
      })
      .flat()
  }

  const answerTo = (topic: string, partition: number, errorCode: number, baseOffset: number): Buffer => {
    const answer = Buffer.alloc(4 + 2 + topic.length + 4 + 30 + 4)
    let at = answer.writeInt32BE(1, 0)
    at = answer.writeInt16BE(topic.length, at)
    at += answer.write(topic, at)
    at = answer.writeInt32BE(1, at)
    at = answer.writeInt32BE(partition, at)
    at = answer.writeInt16BE(errorCode, at)
    answer.writeBigInt64BE(BigInt(baseOffset), at)
    return answer
  }

  const broker: FakeBroker = {
    log,
    get requests() {
      return requests
    },
    fate: () => 'answer',
    deliver() {
      const kept = late
      late = []
      for (const batch of kept) append(batch)
    },
    cluster: {
      leaderOf: () => 1,
      refresh: async () => undefined,
      link: async () => link,
      newProducer: async () => ({ producerId: ++producers, epoch: 0 }),
      coordinatorOf: async () => 1,
      controller: async () => 1,
      metadata: async () => Promise.reject(new Error('not here')),
      persist: async (_what, _deadlineMs, work) => work(),
      close: () => undefined,
    },
  }

  const link: Link = {
    isOpen: true,
    call: () => Promise.reject(new Error('not here')),
    async send<T>(exchange: Exchange<T>): Promise<T> {
      requests++
      const request = Buffer.from((await exchange.request.encode()).buffer)
      const [first] = batchesOf(request)
      if (first === undefined) throw new Error('an empty request')
      const fate = broker.fate()
      await new Promise((resolve) => setImmediate(resolve))
      if (fate === 'never') return new Promise<never>(() => undefined)
      if (fate === 'lost') throw new Error('lost')
      if (fate === 'late') {
        late.push(Buffer.from(first.batch))
        throw new Error('late')
      }
      const { errorCode, baseOffset } = append(first.batch)
      if (fate === 'silence') throw new Error('no answer')
      return exchange.response.decode(answerTo(first.topic, first.partition, errorCode, baseOffset))
    },
    close: () => undefined,
  }
  return broker
}
