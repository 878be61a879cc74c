import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { openEventLog, type EventLog } from '@pulsewire/event-log'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startKafka, type LocalKafka, type LocalMosquitto } from '../../infra/local/index.ts'
import { startService, type TestService } from '../support/services.ts'
import {
  ascending,
  connectForeignDevice,
  firstTimes,
  lost,
  mosquittoFor,
  readAll,
  register,
  taken,
  temporary,
  untilTaken,
  type ForeignDevice,
} from './bridge-support.ts'

const DEVICES = ['d1', 'd2', 'd3']
const directory = temporary()
const topicPrefix = `bridge-${randomBytes(4).toString('hex')}.`
let kafka: LocalKafka
let broker: LocalMosquitto
let log: EventLog
let bridge: TestService
let devices: ForeignDevice[]

beforeAll(async () => {
  kafka = await startKafka({ directory: join(directory.path, 'kafka'), temporary: true })
  broker = await mosquittoFor(directory.path)
  log = await openEventLog({
    kind: 'kafka',
    clientId: 'bridge-test',
    brokers: kafka.brokers,
    topicPrefix,
    partitions: 4,
  })
  await register(log, DEVICES)
  bridge = await startService('bridge', {
    env: {
      PULSEWIRE_LOG: 'kafka',
      PULSEWIRE_KAFKA_BROKERS: kafka.brokers.join(','),
      PULSEWIRE_KAFKA_TOPIC_PREFIX: topicPrefix,
      PULSEWIRE_BRIDGE_URL: broker.url,
      PULSEWIRE_BRIDGE_KEEPALIVE_SECONDS: '2',
    },
  })
  devices = await Promise.all(DEVICES.map((id) => connectForeignDevice(broker, id)))
  await vi.waitFor(
    async () => {
      await devices[0]?.client.publishAsync('bsn/v1/d1/status', '{"state":"online"}', { qos: 1 })
      expect((await readAll(log, 'telemetry')).length).toBeGreaterThan(0)
    },
    { timeout: 30_000, interval: 300 },
  )
})
afterAll(async () => {
  await Promise.all(devices.map((device) => device.client.endAsync(true)))
  await bridge.kill()
  await log.close()
  await Promise.all([broker.kill(), kafka.kill()])
  directory.remove()
})

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
async function expectNothingLost(): Promise<void> {
  await Promise.all(devices.map((device) => device.idle()))
  await untilTaken(log, devices, 60_000)
  for (const device of devices) {
    expect(await lost(log, device)).toEqual([])
    const { stored } = await taken(log, device.id)
    expect(ascending(firstTimes(stored.filter(Number.isFinite)))).toBe(true)
  }
}

describe('a bridge between a real Mosquitto and a real Kafka', () => {
  it('that is killed under load loses nothing that the broker acknowledged, and keeps the order of each device', async () => {
    const sent = Promise.all(devices.map((device) => device.send(1, 1_500, 300)))
    for (let kill = 0; kill < 3; kill++) {
      await pause(1_000)
      await bridge.restart()
    }
    await sent
    await expectNothingLost()
  })

  it('holds what it has while Kafka is dead, and the broker the rest; all is there in order when Kafka is back', async () => {
    const sent = Promise.all(devices.map((device) => device.send(1_501, 3_500, 200)))
    await pause(1_500)
    await kafka.kill()
    await pause(8_000)
    await kafka.start()
    await sent
    await expectNothingLost()
    expect(bridge.crashes).toBe(0)
  })
})
