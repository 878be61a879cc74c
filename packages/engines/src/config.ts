import { flag, integer, sharedConfig } from '@pulsewire/runtime'
import { z } from 'zod'

const commaList = z.string().transform((list) =>
  list
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== ''),
)

/** What every service reads: where the data is, and which engines are behind the ports. */
export const engineConfig = {
  ...sharedConfig,
  PULSEWIRE_LOG: z.enum(['embedded', 'kafka']).default('embedded').describe('the event log: embedded or kafka'),
  PULSEWIRE_PARTITIONS: integer(1, 1024)
    .optional()
    .describe(
      'partitions of the topics that patients are spread over, when the log is made (else 8); fixed from then on',
    ),
  PULSEWIRE_KAFKA_BROKERS: commaList
    .default(['127.0.0.1:9092'])
    .describe('Kafka: addresses to begin with (host:port), with commas between'),
  PULSEWIRE_KAFKA_REPLICATION: integer(1, 9)
    .default(1)
    .describe('Kafka: copies of each partition of the topics that are made; 3 where there are three brokers or more'),
  PULSEWIRE_KAFKA_TOPIC_PREFIX: z
    .string()
    .regex(/^[A-Za-z0-9._-]{0,64}$/, 'letters, digits, dot, underscore and hyphen')
    .default('')
    .describe('Kafka: before the name of each topic and group, where several systems share a cluster'),
  PULSEWIRE_KAFKA_TLS: flag.default(false).describe('Kafka: 1 = connect by TLS'),
  PULSEWIRE_KAFKA_CA_FILE: z
    .string()
    .optional()
    .describe('Kafka: PEM file of the authority to trust, else the system’s'),
  PULSEWIRE_KAFKA_CERT_FILE: z.string().optional().describe('Kafka: PEM file of our certificate, for mutual TLS'),
  PULSEWIRE_KAFKA_KEY_FILE: z.string().optional().describe('Kafka: PEM file of its private key'),
  PULSEWIRE_KAFKA_SASL: z
    .enum(['none', 'plain', 'scram-sha-256', 'scram-sha-512'])
    .default('none')
    .describe('Kafka: how we sign in'),
  PULSEWIRE_KAFKA_USERNAME: z.string().optional().describe('Kafka: name to sign in with'),
  PULSEWIRE_KAFKA_PASSWORD: z.string().optional().describe('Kafka: password to sign in with'),
  PULSEWIRE_STORE: z
    .enum(['embedded', 'influxdb'])
    .default('embedded')
    .describe('the time-series store: embedded or influxdb'),
  PULSEWIRE_INFLUX_URL: z.url().default('http://127.0.0.1:8086').describe('InfluxDB 2: its address'),
  PULSEWIRE_INFLUX_TOKEN: z.string().optional().describe('InfluxDB 2: a token that may read and write the bucket'),
  PULSEWIRE_INFLUX_ORG: z.string().default('pulsewire').describe('InfluxDB 2: the organisation'),
  PULSEWIRE_INFLUX_BUCKET: z.string().default('pulsewire').describe('InfluxDB 2: the bucket'),
} as const

export type EngineConfig = z.infer<z.ZodObject<typeof engineConfig>>

/** What a broker reads besides: one that stands alone at the edge has a spool of its own. */
export const spoolConfig = {
  PULSEWIRE_SPOOL: flag
    .default(false)
    .describe('1: a broker alone at the edge keeps on its own disk what the log does not take, see docs/edge.md'),
  PULSEWIRE_SPOOL_BYTES: integer(1024 * 1024, Number.MAX_SAFE_INTEGER)
    .default(1024 ** 3)
    .describe('how many bytes the spool takes; beyond it devices have to wait'),
} as const
