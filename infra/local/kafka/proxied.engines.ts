import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../ports.ts'
import { startToxiproxy, type LocalToxiproxy, type Proxy } from '../toxiproxy/toxiproxy.ts'
import { startKafka, type LocalKafka } from './kafka.ts'

const directory = mkdtempSync(join(tmpdir(), 'pulsewire-kafka-proxied-'))
let kafka: LocalKafka
let toxiproxy: LocalToxiproxy
let way: Proxy

beforeAll(async () => {
  const port = await freePort()
  kafka = await startKafka({ directory: join(directory, 'kafka'), advertised: `127.0.0.1:${port}`, temporary: true })
  toxiproxy = await startToxiproxy({ directory: join(directory, 'toxiproxy'), temporary: true })
  way = await toxiproxy.proxy('kafka', `127.0.0.1:${kafka.port}`, port)
})
afterAll(async () => {
  await Promise.all([kafka?.kill(), toxiproxy?.kill()])
  rmSync(directory, { recursive: true, force: true })
})

describe('a local Kafka behind a proxy', () => {
  it('sends its clients by the proxy, and is well while that is cut', async () => {
    const retry = { retries: 0 }
    const client = new Kafka({ clientId: 'test', brokers: [way.address], logLevel: logLevel.NOTHING, retry })
    const admin = client.admin()
    await admin.connect()
    await admin.createTopics({ topics: [{ topic: 'reached' }] })
    expect((await admin.describeCluster()).brokers).toMatchObject([{ host: way.host, port: way.port }])
    await way.cut()
    await expect(admin.fetchTopicOffsets('reached')).rejects.toThrow()
    await kafka.restart()
    await way.mend()
    expect(await admin.fetchTopicOffsets('reached')).toHaveLength(1)
    await admin.disconnect()
  })
})
