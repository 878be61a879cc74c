import type { LogTopic } from '@pulsewire/contracts'
import { nextTurn } from '../engine/signal.ts'
import type { PartitionEnds } from '../port.ts'
import type { Cluster } from './cluster.ts'
import { answerOfCode, unavailable } from './errors.ts'
import { listOffsets, type OfPartition } from './wire/messages.ts'

const END = -1
const EARLIEST = -2
const ANSWER_MS = 4_000
const DEADLINE_MS = 10_000

/** Where partitions begin and end, and what was appended when. */
export interface Offsets {
  ends(topic: LogTopic, partition: number): Promise<PartitionEnds>
  /** The first offset appended at `timestamp` or later, else the end. */
  at(topic: LogTopic, partition: number, timestamp: number): Promise<number>
}

/** What is asked in the same turn goes in one request to each broker. */
export function createOffsets(cluster: Cluster, nameOf: (topic: LogTopic) => string): Offsets {
  const groups = new Map<
    number,
    { readonly places: Map<string, OfPartition<number>>; readonly answer: Promise<Map<string, number>> }
  >()

  const ask = async (timestamp: number, places: readonly OfPartition<number>[]): Promise<Map<string, number>> => {
    const byNode = new Map<number, OfPartition<number>[]>()
    for (const place of places) {
      const node = cluster.leaderOf(place.topic, place.partition)
      if (node === undefined) throw unavailable(`${place.topic}/${place.partition} has no leader`)
      byNode.set(node, [...(byNode.get(node) ?? []), place])
    }
    const found = new Map<string, number>()
    await Promise.all(
      [...byNode].map(async ([node, ofNode]) => {
        const link = await cluster.link(node, 'any')
        for (const { topic, partition, is } of await link.send(listOffsets(ofNode), ANSWER_MS)) {
          const error = answerOfCode(is.errorCode)
          if (error !== undefined) throw unavailable(`${topic}/${partition}: ${error} (offset at ${timestamp})`)
          found.set(`${topic}/${partition}`, is.offset)
        }
      }),
    )
    return found
  }

  const askPersistently = (timestamp: number, places: readonly OfPartition<number>[]): Promise<Map<string, number>> =>
    cluster.persist('The ends of the log cannot be read', DEADLINE_MS, async () => {
      try {
        return await ask(timestamp, places)
      } catch (error) {
        await cluster.refresh().catch(() => undefined)
        throw error
      }
    })

  const groupOf = (
    timestamp: number,
  ): { places: Map<string, OfPartition<number>>; answer: Promise<Map<string, number>> } => {
    const known = groups.get(timestamp)
    if (known !== undefined) return known
    const places = new Map<string, OfPartition<number>>()
    const answer = nextTurn().then(() => {
      groups.delete(timestamp)
      return askPersistently(timestamp, [...places.values()])
    })
    const group = { places, answer }
    groups.set(timestamp, group)
    return group
  }

  const offsetOf = async (topic: LogTopic, partition: number, timestamp: number): Promise<number> => {
    const place = { topic: nameOf(topic), partition, is: timestamp }
    const id = `${place.topic}/${partition}`
    const { places, answer } = groupOf(timestamp)
    places.set(id, place)
    const offset = (await answer).get(id)
    if (offset === undefined) throw unavailable(`${id}: Kafka did not say where it is`)
    return offset
  }

  return {
    async ends(topic, partition) {
      const [earliest, next] = await Promise.all([
        offsetOf(topic, partition, EARLIEST),
        offsetOf(topic, partition, END),
      ])
      return { topic, partition, earliest, next: Math.max(earliest, next) }
    },
    async at(topic, partition, timestamp) {
      const offset = await offsetOf(topic, partition, Math.max(0, Math.ceil(timestamp)))
      return offset >= 0 ? offset : offsetOf(topic, partition, END)
    },
  }
}
