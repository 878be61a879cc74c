import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kafka, logLevel, type KafkaConfig } from 'kafkajs'
import { afterEach, describe, expect, it } from 'vitest'
import { startKafka, type LocalKafka } from './kafka.ts'
import type { KafkaSecurity, KafkaUser } from './security.ts'

const NAME = { username: 'pulsewire', password: 'a-secret-of-the-test' }
const USERS: KafkaUser[] = [
  { mechanism: 'plain', ...NAME },
  { mechanism: 'scram-sha-256', ...NAME },
  { mechanism: 'scram-sha-512', ...NAME },
]
/** Made when a group is asked for, which the start does. */
const INTERNAL_TOPICS = ['__consumer_offsets']

const directories: string[] = []
let kafka: LocalKafka | undefined

async function start(security: KafkaSecurity): Promise<LocalKafka> {
  const directory = mkdtempSync(join(tmpdir(), 'pulsewire-kafka-security-'))
  directories.push(directory)
  kafka = await startKafka({ directory, temporary: true, ...security })
  return kafka
}

async function topicsAsked(brokers: readonly string[], how: Pick<KafkaConfig, 'ssl' | 'sasl'>): Promise<string[]> {
  const retry = { retries: 0 }
  const client = new Kafka({ clientId: 'test', brokers: [...brokers], logLevel: logLevel.NOTHING, retry, ...how })
  const admin = client.admin()
  try {
    await admin.connect()
    return await admin.listTopics()
  } finally {
    await admin.disconnect()
  }
}

afterEach(async () => {
  await kafka?.kill()
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true })
})

describe('a local Kafka with security', () => {
  it('serves by mutual TLS those with a certificate alone', async () => {
    const { brokers, tls } = await start({ tls: 'mutual' })
    if (tls === undefined) throw new Error('no certificates')
    await expect(topicsAsked(brokers, {})).rejects.toThrow()
    await expect(topicsAsked(brokers, { ssl: { ca: [tls.ca] } })).rejects.toThrow()
    expect(await topicsAsked(brokers, { ssl: { ca: [tls.ca], cert: tls.cert, key: tls.key } })).toEqual(INTERNAL_TOPICS)
  })

  it.each(USERS)('signs in by TLS and SASL $mechanism', async (user) => {
    const { brokers, tls } = await start({ tls: 'server', sasl: user })
    if (tls === undefined) throw new Error('no certificates')
    const ssl = { ca: [tls.ca] }
    await expect(topicsAsked(brokers, { ssl, sasl: { ...user, password: 'wrong' } })).rejects.toThrow(/authentication/i)
    expect(await topicsAsked(brokers, { ssl, sasl: { ...user } })).toEqual(INTERNAL_TOPICS)
  })
})
