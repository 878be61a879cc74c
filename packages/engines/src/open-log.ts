import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PulsewireError } from '@pulsewire/contracts'
import { openEventLog, type EventLog, type KafkaEventLogOptions } from '@pulsewire/event-log'
import type { Logger, Registry } from '@pulsewire/runtime'
import type { EngineConfig } from './config.ts'
import { measuredLog } from './measured-log.ts'

type Settings = Pick<EngineConfig, Extract<keyof EngineConfig, `PULSEWIRE_KAFKA_${string}` | 'PULSEWIRE_PARTITIONS'>>

/** The event log that the configuration names. `component` names the client to Kafka; in `registry` it counts what goes through it. */
export async function openLog(
  config: EngineConfig,
  parts: { component: string; logger: Logger; registry?: Registry },
): Promise<EventLog> {
  const log = await (config.PULSEWIRE_LOG === 'kafka'
    ? openEventLog({ kind: 'kafka', ...kafkaOptions(config, parts) })
    : openEventLog({ kind: 'embedded', directory: join(config.PULSEWIRE_DATA_DIR, 'log'), ...partitionsOf(config) }))
  return parts.registry === undefined ? log : measuredLog(log, parts.registry)
}

function kafkaOptions(config: Settings, parts: { component: string; logger: Logger }): KafkaEventLogOptions {
  const tls = tlsOptions(config)
  const sasl = saslOptions(config)
  return {
    clientId: `pulsewire-${parts.component}`,
    brokers: config.PULSEWIRE_KAFKA_BROKERS,
    ...partitionsOf(config),
    replicationFactor: config.PULSEWIRE_KAFKA_REPLICATION,
    topicPrefix: config.PULSEWIRE_KAFKA_TOPIC_PREFIX,
    ...(tls === undefined ? {} : { tls }),
    ...(sasl === undefined ? {} : { sasl }),
    onLog: (level, message, fields) => parts.logger[level](fields, `kafka: ${message}`),
  }
}

function partitionsOf({ PULSEWIRE_PARTITIONS: partitions }: Settings): { partitions?: number } {
  return partitions === undefined ? {} : { partitions }
}

function tlsOptions(config: Settings): KafkaEventLogOptions['tls'] {
  const { PULSEWIRE_KAFKA_CA_FILE: ca, PULSEWIRE_KAFKA_CERT_FILE: cert, PULSEWIRE_KAFKA_KEY_FILE: key } = config
  if (!config.PULSEWIRE_KAFKA_TLS) return undefined
  return {
    ...(ca === undefined ? {} : { ca: readPem('PULSEWIRE_KAFKA_CA_FILE', ca) }),
    ...(cert === undefined ? {} : { cert: readPem('PULSEWIRE_KAFKA_CERT_FILE', cert) }),
    ...(key === undefined ? {} : { key: readPem('PULSEWIRE_KAFKA_KEY_FILE', key) }),
  }
}

function saslOptions(config: Settings): KafkaEventLogOptions['sasl'] {
  const {
    PULSEWIRE_KAFKA_SASL: mechanism,
    PULSEWIRE_KAFKA_USERNAME: username,
    PULSEWIRE_KAFKA_PASSWORD: password,
  } = config
  if (mechanism === 'none') return undefined
  if (username === undefined || password === undefined) {
    const missing = 'PULSEWIRE_KAFKA_SASL needs PULSEWIRE_KAFKA_USERNAME and PULSEWIRE_KAFKA_PASSWORD'
    throw new PulsewireError('PW_CONFIG_INVALID', missing)
  }
  return { mechanism, username, password }
}

function readPem(name: string, file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new PulsewireError('PW_CONFIG_INVALID', `${name}: ${file} cannot be read`, { cause: error })
  }
}
