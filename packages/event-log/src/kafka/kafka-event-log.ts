import type { ConnectionOptions } from 'node:tls'
import { LOG_TOPIC_NAMES, PulsewireError, type LogTopic } from '@pulsewire/contracts'
import kafkajs, { type SASLOptions } from 'kafkajs'
import { createEventLog } from '../engine/event-log.ts'
import { checkPartitionCount, DEFAULT_PARTITIONS, partitionsOfTopic } from '../engine/partitioner.ts'
import type { LogStorage } from '../engine/storage.ts'
import type { EventLog } from '../port.ts'
import { createCluster, type Cluster } from './cluster.ts'
import { createKafkaGroups } from './group/groups.ts'
import { maintainKafka } from './maintenance.ts'
import { createOffsets } from './offsets.ts'
import type { KafkaEventLogOptions } from './options.ts'
import { createProducer } from './producer.ts'
import { createReader } from './reader.ts'
import { ensureTopics, unsafeSettings, type TopicPlan } from './topics.ts'
import type { Address } from './wire/link.ts'
import { createLogger } from './wire/logger.ts'

const OPEN_DEADLINE_MS = 20_000
const CONNECT_TIMEOUT_MS = 4_000
const SESSION_TIMEOUT_MS = 8_000

/**
 * Opens the event log on a Kafka cluster; makes its topics where they are missing. PW_LOG_UNAVAILABLE where no broker answers within 20 s. Whatever
 * happens to Kafka later is got over: appends reject within seconds, consumers and tails go on when it is back.
 */
export async function openKafkaEventLog(options: KafkaEventLogOptions): Promise<EventLog> {
  const prefix = options.topicPrefix ?? ''
  const nameOf = (topic: LogTopic): string => prefix + topic
  const wanted = options.partitions ?? DEFAULT_PARTITIONS
  checkPartitionCount(wanted)
  const cluster = createCluster({
    bootstrap: options.brokers.map(addressOf),
    settings: {
      clientId: options.clientId,
      tls: tlsOf(options.tls),
      sasl: saslOf(options.sasl),
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      logger: createLogger(options.onLog),
    },
    topics: LOG_TOPIC_NAMES.map(nameOf),
  })
  try {
    const plan = { prefix, partitions: wanted, replicationFactor: options.replicationFactor ?? 1 }
    const partitions = await cluster.persist(`Kafka (${options.brokers.join()})`, OPEN_DEADLINE_MS, async () => {
      try {
        const found = await ensureTopics(cluster, plan)
        await cluster.refresh()
        return found
      } catch (error) {
        throw refusal(error) ?? error
      }
    })
    await warnOfSettings(cluster, plan, options)
    return createEventLog(createStorage(cluster, { ...options, prefix, nameOf, partitions }))
  } catch (error) {
    cluster.close()
    throw error
  }
}

/** Topics that somebody else made may be set up so that Kafka removes what nobody has read. */
async function warnOfSettings(cluster: Cluster, plan: TopicPlan, { onLog }: KafkaEventLogOptions): Promise<void> {
  try {
    for (const setting of await unsafeSettings(cluster, plan)) onLog?.('warn', setting, {})
  } catch (error) {
    // We may not be allowed to ask.
    onLog?.('warn', 'The settings of the topics cannot be read', { error: String(error) })
  }
}

/** Kafka is there and does not let us in: to try again would not help. */
function refusal(error: unknown): PulsewireError | undefined {
  const cause = error instanceof PulsewireError ? error.cause : error
  return cause instanceof kafkajs.KafkaJSSASLAuthenticationError
    ? new PulsewireError('PW_CONFIG_INVALID', `Kafka: ${cause.message}`, { cause })
    : undefined
}

function createStorage(
  cluster: Cluster,
  options: KafkaEventLogOptions & {
    readonly prefix: string
    readonly nameOf: (topic: LogTopic) => string
    readonly partitions: number
  },
): LogStorage {
  const { nameOf, prefix } = options
  const partitionCount = (topic: LogTopic): number => partitionsOfTopic(topic, options.partitions)
  const sessionTimeoutMs = options.sessionTimeoutMs ?? SESSION_TIMEOUT_MS
  const offsets = createOffsets(cluster, nameOf)
  const producer = createProducer(cluster, { nameOf, partitionCount })
  const reader = createReader(cluster, { nameOf, offsets })
  const groups = createKafkaGroups(cluster, { prefix, nameOf, partitionCount, sessionTimeoutMs })
  return {
    groups,
    partitionCount,
    append: (topic, records) => producer.append(topic, records),
    ends: (topic, partition) => offsets.ends(topic, partition),
    offsetAt: (topic, partition, timestamp) => offsets.at(topic, partition, timestamp),
    read: (topic, partition, from, limits, onDamage) => reader.readOnce(topic, partition, from, limits, onDamage),
    openSource: (start) => reader.open(start),
    // Every pump has a source of its own.
    watch: () => () => undefined,
    maintain: (wanted) => maintainKafka({ cluster, offsets, groups, prefix, nameOf, partitionCount }, wanted),
    async close() {
      await producer.close()
      reader.close()
      cluster.close()
    },
  }
}

function addressOf(broker: string): Address {
  const colon = broker.lastIndexOf(':')
  const port = Number(broker.slice(colon + 1))
  const host = broker.slice(0, colon).replace(/^\[(.*)\]$/, '$1')
  if (colon < 1 || !Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new PulsewireError('PW_CONFIG_INVALID', `A Kafka broker is given as host:port, not "${broker}"`)
  }
  return { host, port }
}

function tlsOf(tls: KafkaEventLogOptions['tls']): ConnectionOptions | null {
  return tls === undefined ? null : { ...tls }
}

function saslOf(sasl: KafkaEventLogOptions['sasl']): SASLOptions | null {
  if (sasl === undefined) return null
  const { username, password } = sasl
  switch (sasl.mechanism) {
    case 'plain':
      return { mechanism: 'plain', username, password }
    case 'scram-sha-256':
      return { mechanism: 'scram-sha-256', username, password }
    case 'scram-sha-512':
      return { mechanism: 'scram-sha-512', username, password }
  }
}
