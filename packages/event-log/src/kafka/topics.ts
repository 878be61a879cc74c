import { LOG_TOPIC_NAMES, LOG_TOPICS, PulsewireError, type LogTopic } from '@pulsewire/contracts'
import { partitionsOfTopic } from '../engine/partitioner.ts'
import { MAX_RECORD_BYTES } from '../engine/record-size.ts'
import type { Cluster } from './cluster.ts'
import { answerOfCode, unavailable } from './errors.ts'
import { answerOf } from './wire/link.ts'

const CREATE_TIMEOUT_MS = 10_000
/** A batch holds one record of the largest size at least, and what a batch costs. */
const MAX_BATCH_BYTES = 2 * MAX_RECORD_BYTES
/** A tombstone stays so long after compaction, so that views which are behind still learn of it (as in the embedded log). */
const TOMBSTONE_MS = 60 * 60 * 1000

/** Small segments, cleaned soon: who takes a partition over reads all of its states. Kafka never compacts the segment that it writes. */
const COMPACTION = {
  'delete.retention.ms': String(TOMBSTONE_MS),
  'segment.bytes': String(16 * 1024 * 1024),
  'segment.ms': String(10 * 60 * 1000),
  'min.cleanable.dirty.ratio': '0.1',
  'max.compaction.lag.ms': String(60 * 60 * 1000),
}
/** What must be so of topics that somebody else made, for nothing to be lost. */
const ESSENTIAL = ['cleanup.policy', 'retention.ms', 'retention.bytes', 'unclean.leader.election.enable'] as const
const CONFIG_OF_TOPIC = 2

export interface TopicPlan {
  readonly prefix: string
  /** Wanted where topics are made. */
  readonly partitions: number
  readonly replicationFactor: number
}

/** How a topic is made. Nothing is removed by Kafka itself from a topic that is not compacted: retention is `maintain`'s, which knows what is not recorded yet. */
export function topicConfig(topic: LogTopic, replicationFactor: number): { name: string; value: string }[] {
  const entries = {
    'cleanup.policy': LOG_TOPICS[topic].compacted ? 'compact' : 'delete',
    'retention.ms': '-1',
    'retention.bytes': '-1',
    'message.timestamp.type': 'LogAppendTime',
    'max.message.bytes': String(MAX_BATCH_BYTES),
    'compression.type': 'producer',
    'min.insync.replicas': String(replicationFactor >= 3 ? 2 : 1),
    // A leader that lacks what was acknowledged must not take over.
    'unclean.leader.election.enable': 'false',
    ...(LOG_TOPICS[topic].compacted ? COMPACTION : { 'segment.bytes': String(128 * 1024 * 1024) }),
  }
  return Object.entries(entries).map(([name, value]) => ({ name, value }))
}

/** Makes the topics that are missing; answers how many partitions the partitioned ones have. */
export async function ensureTopics(cluster: Cluster, plan: TopicPlan): Promise<number> {
  const name = (topic: LogTopic): string => plan.prefix + topic
  const existing = await describe(cluster, LOG_TOPIC_NAMES.map(name))
  const missing = LOG_TOPIC_NAMES.filter((topic) => !existing.has(name(topic)))
  if (missing.length > 0) {
    // Missing ones are made like those that are there.
    const known = LOG_TOPIC_NAMES.filter((topic) => LOG_TOPICS[topic].partitioned).map((topic) =>
      existing.get(name(topic)),
    )
    const partitions = known.find((count) => count !== undefined) ?? plan.partitions
    await create(
      cluster,
      missing.map((topic) => ({
        topic: name(topic),
        numPartitions: partitionsOfTopic(topic, partitions),
        replicationFactor: plan.replicationFactor,
        configEntries: topicConfig(topic, plan.replicationFactor),
      })),
    )
    // They are there when the brokers say so.
    const made = await describe(cluster, LOG_TOPIC_NAMES.map(name))
    if (made.size < LOG_TOPIC_NAMES.length) throw unavailable('The topics are not there yet')
    return ensureTopics(cluster, plan)
  }
  return commonCount(LOG_TOPIC_NAMES.map((topic) => ({ topic, count: existing.get(name(topic)) ?? 0 })))
}

/** What of the existing topics' settings lets Kafka lose something, in words. */
export async function unsafeSettings(cluster: Cluster, plan: TopicPlan): Promise<string[]> {
  const link = await cluster.link(await cluster.controller(), 'any')
  const resources = LOG_TOPIC_NAMES.map((topic) => ({
    type: CONFIG_OF_TOPIC,
    name: plan.prefix + topic,
    configNames: [...ESSENTIAL],
  }))
  const request = { resources, includeSynonyms: false }
  const found = await link.call('DescribeConfigs', request, CREATE_TIMEOUT_MS)
  return LOG_TOPIC_NAMES.flatMap((topic) => {
    const name = plan.prefix + topic
    const entries = found.resources.find(({ resourceName }) => resourceName === name)?.configEntries ?? []
    return topicConfig(topic, plan.replicationFactor).flatMap(({ name: setting, value: wanted }) => {
      const value = entries.find(({ configName }) => configName === setting)?.configValue
      return value === undefined || value === wanted ? [] : [`${name}: ${setting} is ${value}, should be ${wanted}`]
    })
  })
}

/** All partitioned topics need as many partitions: one worker sees all of a patient. */
export function commonCount(topics: readonly { readonly topic: LogTopic; readonly count: number }[]): number {
  const partitioned = topics.filter(({ topic }) => LOG_TOPICS[topic].partitioned)
  const counts = new Set(partitioned.map(({ count }) => count))
  const wide = topics.filter(({ topic, count }) => !LOG_TOPICS[topic].partitioned && count !== 1)
  if (counts.size !== 1 || wide.length > 0) {
    const list = topics.map(({ topic, count }) => `${topic} ${count}`).join(', ')
    throw new PulsewireError(
      'PW_CONFIG_INVALID',
      `All partitioned topics must have the same number of partitions, the others (registry, audit) one; found: ${list}`,
    )
  }
  return partitioned[0]?.count ?? 0
}

/** Partitions of the topics that are there. */
async function describe(cluster: Cluster, names: readonly string[]): Promise<Map<string, number>> {
  const { topicMetadata } = await cluster.metadata(names)
  const found = new Map<string, number>()
  for (const { topic, topicErrorCode, partitionMetadata } of topicMetadata) {
    const answer = answerOfCode(topicErrorCode)
    if (answer === 'UNKNOWN_TOPIC_OR_PARTITION') continue
    if (answer !== undefined && answer !== 'LEADER_NOT_AVAILABLE') throw unavailable(`The topic ${topic}: ${answer}`)
    if (partitionMetadata.length > 0) found.set(topic, partitionMetadata.length)
  }
  return found
}

type NewTopic = {
  readonly topic: string
  readonly numPartitions: number
  readonly replicationFactor: number
  readonly configEntries: readonly { name: string; value: string }[]
}

/** One by one: several processes may do the same at the same time, and what one of them was quicker with must not fail the others. */
async function create(cluster: Cluster, topics: readonly NewTopic[]): Promise<void> {
  const link = await cluster.link(await cluster.controller(), 'any')
  for (const topic of topics) {
    try {
      await link.call('CreateTopics', { topics: [topic], timeout: CREATE_TIMEOUT_MS }, CREATE_TIMEOUT_MS + 2_000)
    } catch (error) {
      if (answerOf(error) === 'TOPIC_ALREADY_EXISTS') continue
      const permanent = ['INVALID_REPLICATION_FACTOR', 'INVALID_CONFIG', 'INVALID_TOPIC_EXCEPTION', 'POLICY_VIOLATION']
      if (permanent.includes(answerOf(error) ?? '')) {
        const detail = `The topic ${topic.topic} cannot be made: ${answerOf(error)}`
        throw new PulsewireError('PW_CONFIG_INVALID', detail, { cause: error })
      }
      throw unavailable(`The topic ${topic.topic} cannot be made`, error)
    }
  }
}
