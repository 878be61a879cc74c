import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { newDeviceSecret, openRegistryView } from '@pulsewire/registry'
import { openKafkaEventLog, type EventLog } from '@pulsewire/event-log'
import mqtt, { type MqttClient } from 'mqtt'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { startKafka, type LocalKafka } from '../../infra/local/index.ts'
import { startService, type TestService } from '../support/services.ts'

/** Kafka away, as devices and operators see it. Five minutes of it belong to `npm run nightly`: PULSEWIRE_TEST_OUTAGE_MS. */
const OUTAGE_MS = Number(process.env['PULSEWIRE_TEST_OUTAGE_MS'] ?? 10_000)
const EVERY_MS = 25
const PATIENCE = { timeout: OUTAGE_MS + 60_000, interval: 100 }

const directory = mkdtempSync(join(tmpdir(), 'pulsewire-outage-'))
let kafka: LocalKafka
let log: EventLog
let passwords: Map<string, string>
let brokers: TestService[] = []
let devices: Device[] = []
let runs = 0
let env: Record<string, string>

beforeAll(async () => {
  kafka = await startKafka({ directory: join(directory, 'kafka'), temporary: true })
})
afterAll(async () => {
  await kafka?.kill()
  rmSync(directory, { recursive: true, force: true })
})

beforeEach(async () => {
  const topicPrefix = `outage-${runs++}.`
  env = {
    PULSEWIRE_DATA_DIR: join(directory, topicPrefix),
    PULSEWIRE_OPERATION_PORT: '0',
    PULSEWIRE_LOG: 'kafka',
    PULSEWIRE_KAFKA_BROKERS: kafka.brokers.join(','),
    PULSEWIRE_KAFKA_TOPIC_PREFIX: topicPrefix,
  }
  log = await openKafkaEventLog({ brokers: kafka.brokers, clientId: 'test', partitions: 2, topicPrefix })
  const registry = await openRegistryView(log)
  passwords = new Map()
  for (const id of ['d1', 'd2', 'd3']) {
    const { secret, sha256 } = newDeviceSecret()
    const entity = { kind: 'device', id, secretSha256: sha256, createdAt: Date.now() } as const
    await registry.change(entity, { expectedVersion: 0, by: 'test' })
    passwords.set(id, secret)
  }
  await registry.close()
})
afterEach(async () => {
  for (const device of devices.splice(0)) await device.leave()
  for (const broker of brokers.splice(0)) await broker.kill()
  if (kafka.pid === undefined) await kafka.start()
  else kafka.resume()
  await log.close()
})

async function startBroker(more: Record<string, string> = {}): Promise<TestService> {
  const broker = await startService('broker', { env: { ...env, ...more } })
  brokers.push(broker)
  return broker
}

interface Device {
  readonly id: string
  readonly client: MqttClient
  /** seqs in the order of their PUBACKs, and how long the slowest took, ms. */
  readonly acknowledged: number[]
  readonly slowestMs: number
  readonly sent: number
  /** Sends no more; resolves when all that was sent is acknowledged. */
  finish(): Promise<void>
  leave(): Promise<void>
}

/** A wearable of another make: a client with its own store of what has no PUBACK, which reconnects by itself. */
async function startDevice(id: string, port: number): Promise<Device> {
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, {
    clientId: id,
    username: id,
    password: passwords.get(id) ?? '',
    reconnectPeriod: 200,
    connectTimeout: 20_000,
  })
  const acknowledged: number[] = []
  const pending = new Set<Promise<void>>()
  let slowestMs = 0
  let seq = 0
  const send = (): void => {
    const number = ++seq
    const at = performance.now()
    const now = Date.now()
    const payload = JSON.stringify({ boot: 'b', seq: number, at: now, sent: now, vitals: { heartRate: 72 } })
    const sent: Promise<void> = client.publishAsync(`bsn/v1/${id}/vitals`, payload, { qos: 1 }).then(() => {
      acknowledged.push(number)
      slowestMs = Math.max(slowestMs, performance.now() - at)
      pending.delete(sent)
      return undefined
    })
    pending.add(sent)
  }
  const timer = setInterval(send, EVERY_MS)
  const device: Device = {
    id,
    client,
    acknowledged,
    get slowestMs() {
      return slowestMs
    },
    get sent() {
      return seq
    },
    finish: async () => {
      clearInterval(timer)
      await Promise.all(pending)
    },
    leave: async () => {
      clearInterval(timer)
      client.end(true)
    },
  }
  devices.push(device)
  return device
}

/** seqs of a device in the log, as they stand. */
async function seqsOf(id: string): Promise<number[]> {
  const seqs: number[] = []
  for (const { partition, earliest } of await log.ends('telemetry')) {
    for await (const batch of log.read('telemetry', partition, { from: earliest })) {
      for (const { headers } of batch) {
        if (headers['device'] === id && headers['kind'] === 'vitals') seqs.push(Number(headers['seq']))
      }
    }
  }
  return seqs
}

/** All that was acknowledged is in the log, and what a device sent first comes first. */
async function expectAllInOrder(): Promise<void> {
  for (const { id, sent } of devices) {
    const wanted = Array.from({ length: sent }, (_, index) => index + 1)
    await vi.waitFor(async () => expect(new Set(await seqsOf(id)).size).toBe(sent), PATIENCE)
    expect([...new Set(await seqsOf(id))]).toEqual(wanted)
  }
}

const spoolOf = (broker: TestService): Promise<{ spooling: number; waiting: number }> =>
  fetch(`http://127.0.0.1:${broker.ready.operationPort}/metrics`)
    .then((answer) => answer.text())
    .then((text) => ({
      spooling: Number(/pulsewire_broker_open\{name="spooling"\} (\S+)/.exec(text)?.[1]),
      waiting: Number(/pulsewire_broker_queue\{name="spool"\} (\S+)/.exec(text)?.[1]),
    }))
const drained = (broker: TestService): Promise<void> =>
  vi.waitFor(async () => expect(await spoolOf(broker)).toEqual({ spooling: 0, waiting: 0 }), PATIENCE)
const breaks = {
  'is killed': () => kafka.kill(),
  'hangs with its connections open': async () => kafka.pause(),
}
const mends = {
  'is killed': () => kafka.restart(),
  'hangs with its connections open': async () => kafka.resume(),
}
vi.setConfig({ testTimeout: OUTAGE_MS + 180_000 })
const kinds = ['is killed', 'hangs with its connections open'] as const

describe.each(kinds)('when Kafka %s for a while', (kind) => {
  it('a broker without a spool acknowledges nothing that is not in it; devices keep it; everything flows afterwards without a restart', async () => {
    const broker = await startBroker()
    for (const id of passwords.keys()) await startDevice(id, broker.ready.mqttPort ?? 0)
    await sleep(1_000)
    await breaks[kind]()
    await sleep(1_500)
    const before = devices.map(({ acknowledged }) => acknowledged.length)
    await sleep(OUTAGE_MS)
    expect(devices.map(({ acknowledged }) => acknowledged.length)).toEqual(before)
    await mends[kind]()
    for (const device of devices) await device.finish()
    await expectAllInOrder()
    expect(broker.crashes).toBe(0)
  })

  it('a broker with a spool goes on acknowledging, and the log has everything in order afterwards', async () => {
    const broker = await startBroker({ PULSEWIRE_SPOOL: '1' })
    for (const id of ['d1', 'd2']) await startDevice(id, broker.ready.mqttPort ?? 0)
    await sleep(1_000)
    await breaks[kind]()
    await vi.waitFor(async () => expect((await spoolOf(broker)).spooling).toBe(1), PATIENCE)
    // One that comes during the outage is known by the copy of the registry.
    await startDevice('d3', broker.ready.mqttPort ?? 0)
    await sleep(OUTAGE_MS)
    for (const { sent, acknowledged } of devices) expect(sent - acknowledged.length).toBeLessThan(1_000 / EVERY_MS)
    expect((await spoolOf(broker)).waiting).toBeGreaterThan(100)
    await mends[kind]()
    await drained(broker)
    for (const device of devices) await device.finish()
    await expectAllInOrder()
    for (const { slowestMs } of devices) expect(slowestMs).toBeLessThan(15_000)
    expect(broker.crashes).toBe(0)
  })
})

describe('a broker with a spool', () => {
  it('survives kill -9 while it spools and while it drains, with Kafka away at its start', async () => {
    const broker = await startBroker({ PULSEWIRE_SPOOL: '1' })
    await startDevice('d1', broker.ready.mqttPort ?? 0)
    await sleep(500)
    await kafka.kill()
    await vi.waitFor(async () => expect((await spoolOf(broker)).waiting).toBeGreaterThan(50), PATIENCE)
    await broker.kill()
    await broker.restart()
    const at = devices[0]?.acknowledged.length ?? 0
    await vi.waitFor(() => expect(devices[0]?.acknowledged.length).toBeGreaterThan(at + 50), PATIENCE)
    await kafka.restart()
    await vi.waitFor(async () => expect((await seqsOf('d1')).length).toBeGreaterThan(at), PATIENCE)
    await broker.kill()
    await broker.restart()
    await drained(broker)
    await devices[0]?.finish()
    await expectAllInOrder()
  })

  it('keeps the order while Kafka comes and goes', async () => {
    const broker = await startBroker({ PULSEWIRE_SPOOL: '1' })
    for (const id of ['d1', 'd2']) await startDevice(id, broker.ready.mqttPort ?? 0)
    for (let round = 0; round < 3; round++) {
      await sleep(1_000)
      await kafka.kill()
      await sleep(1_000 + round * 1_500)
      await kafka.restart()
    }
    await drained(broker)
    for (const device of devices) await device.finish()
    await expectAllInOrder()
  })
})
