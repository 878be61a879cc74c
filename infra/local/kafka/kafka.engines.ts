import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startKafka, type LocalKafka } from './kafka.ts'

const RECORDS = 200
const TOPIC = 'kept'

const directory = mkdtempSync(join(tmpdir(), 'pulsewire-kafka-test-'))
let kafka: LocalKafka
let client: Kafka

async function produce(from: number, count: number): Promise<void> {
  const producer = client.producer({ idempotent: true, maxInFlightRequests: 1 })
  await producer.connect()
  const messages = Array.from({ length: count }, (_, index) => ({ value: String(from + index) }))
  await producer.send({ topic: TOPIC, acks: -1, messages })
  await producer.disconnect()
}

async function consumeAll(count: number): Promise<string[]> {
  const values: string[] = []
  const consumer = client.consumer({ groupId: `reader-${count}-${kafka.pid}`, maxWaitTimeInMs: 200 })
  await consumer.connect()
  await consumer.subscribe({ topics: [TOPIC], fromBeginning: true })
  await new Promise<void>((resolve, reject) => {
    const eachMessage = async ({ message }: { message: { value: Buffer | null } }): Promise<void> => {
      values.push(message.value?.toString('utf8') ?? '')
      if (values.length === count) resolve()
    }
    consumer.run({ eachMessage }).catch(reject)
  })
  await consumer.disconnect()
  return values
}

const expected = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index))

beforeAll(async () => {
  kafka = await startKafka({ directory, temporary: true })
  client = new Kafka({ clientId: 'test', brokers: [...kafka.brokers], logLevel: logLevel.NOTHING })
  const admin = client.admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic: TOPIC, numPartitions: 1 }] })
  await admin.disconnect()
})
afterAll(async () => {
  await kafka?.kill()
  rmSync(directory, { recursive: true, force: true })
})

describe('a local Kafka', () => {
  it('has every acknowledged record after kill -9 and a start on the same data', async () => {
    await produce(0, RECORDS)
    await kafka.kill()
    expect(kafka.pid).toBeUndefined()
    await kafka.start()
    expect(await consumeAll(RECORDS)).toEqual(expected(RECORDS))
  })

  it('hangs while it is paused, and goes on afterwards', async () => {
    const admin = client.admin()
    await admin.connect()
    kafka.pause()
    let answered = false
    const answer = admin.fetchTopicOffsets(TOPIC).finally(() => (answered = true))
    // Longer than the answer of a Kafka that runs takes, so that silence says something.
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(answered).toBe(false)
    kafka.resume()
    expect((await answer).map(({ high }) => high)).toEqual([String(RECORDS)])
    await admin.disconnect()
  })

  it('keeps records and address over a graceful restart', async () => {
    const { brokers } = kafka
    await kafka.restart()
    expect(kafka.brokers).toEqual(brokers)
    await produce(RECORDS, 1)
    expect(await consumeAll(RECORDS + 1)).toEqual(expected(RECORDS + 1))
  })
})
