import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spoolRecord } from '@pulsewire/contracts'
import { createMemoryEventLog, openSpooledEventLog, type EventLog, type SpooledEventLog } from '@pulsewire/event-log'
import { newDeviceSecret, openRegistryView, type RegistryView } from '@pulsewire/registry'
import { createMetrics, createSilentLogger, type Metrics } from '@pulsewire/runtime'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { startBroker, type RunningBroker } from '../start-broker.ts'
import { breakable, type BreakableLog } from '../testing/breakable-log.ts'
import { burst, listen, notice } from '../testing/harness.ts'
import { signIn, type RawClient } from '../testing/raw-client.ts'

const QUICK = { openWithinMs: 300, appendWithinMs: 300, headWithinMs: 300, retryMinMs: 10, retryMaxMs: 40 }
let directory: string
let inner: EventLog
let outage: BreakableLog
let registry: RegistryView
let spooled: SpooledEventLog
let broker: RunningBroker
let metrics: Metrics
let password: Buffer

const startEdge = async (maxBytes = 10_000_000): Promise<void> => {
  spooled = await openSpooledEventLog({
    open: async () => {
      await outage.log.ends('registry')
      return { ...outage.log, close: async () => undefined }
    },
    directory,
    maxBytes,
    limits: QUICK,
  })
  metrics = createMetrics('broker')
  broker = await startBroker(
    { log: spooled, spool: { name: 'edge-1', status: () => spooled.spool }, logger: createSilentLogger(), metrics },
    {
      host: '127.0.0.1',
      mqttPort: 0,
      signInWithinMs: 500,
      spoolReportMs: 20,
      limits: { maxHoldMs: 2_000, retryMinMs: 10, retryMaxMs: 40 },
    },
  )
}
const stopEdge = async (): Promise<void> => {
  await broker.stop()
  await spooled.close()
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pulsewire-edge-'))
  inner = createMemoryEventLog({ partitions: 2 })
  registry = await openRegistryView(inner)
  outage = breakable(inner)
  const { secret, sha256 } = newDeviceSecret()
  const entity = { kind: 'device', id: 'd1', secretSha256: sha256, createdAt: Date.now() } as const
  await registry.change(entity, { expectedVersion: 0, by: 'test' })
  password = Buffer.from(secret)
  await startEdge()
})
afterEach(async () => {
  outage.recover()
  await stopEdge()
  await registry.close()
  await inner.close()
  await rm(directory, { recursive: true, force: true })
})

const connect = async (username = 'd1'): Promise<{ client: RawClient; returnCode: number | undefined }> =>
  signIn(broker.mqttPort, { username, password })
const stored = async (topic: 'telemetry' | 'findings' | 'quarantine') => {
  const found = []
  for (const { partition } of await inner.ends(topic)) {
    for await (const batch of inner.read(topic, partition, { from: 0 })) found.push(...batch)
  }
  return found
}
const seqs = async (): Promise<number[]> => (await stored('telemetry')).map(({ headers }) => Number(headers['seq']))
const drained = (): Promise<void> =>
  vi.waitFor(() => expect(spooled.spool).toMatchObject({ spooling: false, waiting: 0 }), { timeout: 5_000 })
const acknowledged = (client: RawClient, id: number) =>
  client.next((packet) => packet.cmd === 'puback' && packet.messageId === id)

describe.each(['refuse', 'hang'] as const)('a broker with a spool, while the log would %s', (kind) => {
  it('acknowledges what is durable in the spool, says so, and the log has it in order with its time of receipt afterwards', async () => {
    const { client } = await connect()
    client.socket.write(burst('d1', 5))
    await acknowledged(client, 5)
    outage[kind]()
    client.socket.write(burst('d1', 40).subarray(burst('d1', 5).length))
    await acknowledged(client, 40)
    const until = Date.now()
    expect(client.acknowledged).toEqual(Array.from({ length: 40 }, (_, i) => i + 1))
    expect(broker.health().ok).toBe(true)
    expect(broker.health().detail).toMatch(/spooling, 35 waiting, oldest since 20\d\d-.*registry as of 20/)
    expect(await metrics.registry.metrics()).toContain('pulsewire_broker_queue{name="spool"} 35')
    outage.recover()
    await drained()
    expect([...new Set(await seqs())]).toEqual(client.acknowledged)
    for (const { headers } of await stored('telemetry')) {
      expect(Number(headers['receivedAt'])).toBeLessThanOrEqual(until)
    }
    expect(broker.health().detail).not.toContain('spooling')
    client.destroy()
  })

  it('signs devices in by the last known registry, and takes their rights away when it learns better', async () => {
    outage[kind]()
    const { client, returnCode } = await connect()
    expect(returnCode).toBe(0)
    expect((await connect('unknown')).returnCode).toBe(4)
    const device = registry.state.devices.get('d1')
    if (device === undefined) throw new Error('not registered')
    await registry.change({ ...device.entity, disabled: true }, { expectedVersion: device.version, by: 'test' })
    expect(client.closed).toBe(false)
    outage.recover()
    await client.untilClosed()
    expect((await connect()).returnCode).toBe(5)
  })

  it('quarantines durably and tells the device, all the same', async () => {
    const { client } = await connect()
    await listen(client, 'd1')
    outage[kind]()
    client.publish({ topic: 'bsn/v1/d1/vitals', payload: 'garbage', qos: 1, messageId: 1 })
    await acknowledged(client, 1)
    expect(await notice(client, 'quarantined')).toMatchObject({ kind: 'quarantined' })
    outage.recover()
    await drained()
    expect(new Set((await stored('quarantine')).map(({ key }) => key))).toEqual(new Set(['d1']))
    client.destroy()
  })

  it('starts, signs in and takes data with the log away', async () => {
    await stopEdge()
    outage[kind]()
    await startEdge()
    const { client, returnCode } = await connect()
    expect(returnCode).toBe(0)
    client.socket.write(burst('d1', 10))
    await acknowledged(client, 10)
    client.destroy()
    await stopEdge()
    await startEdge()
    expect(spooled.spool.waitingUplink).toBe(10)
    outage.recover()
    await drained()
    expect([...new Set(await seqs())]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  })
})

describe('a broker with a spool', () => {
  it('that has never seen the registry refuses nobody for good: it says that it is not available', async () => {
    await stopEdge()
    await rm(directory, { recursive: true, force: true })
    outage.refuse()
    await startEdge()
    const { returnCode } = await connect()
    expect(returnCode).toBe(3)
    outage.recover()
    await vi.waitFor(async () => expect((await connect()).returnCode).toBe(0), { timeout: 5_000 })
  })

  it('that is full acknowledges nothing more, and goes on when the log is back: nothing is lost', async () => {
    await stopEdge()
    await startEdge(20_000)
    const { client } = await connect()
    outage.refuse()
    client.socket.write(burst('d1', 200))
    await vi.waitFor(() => expect(broker.health()).toMatchObject({ ok: false }), { timeout: 3_000 })
    expect(broker.health().detail).toContain('PW_LOG_FULL')
    const before = client.acknowledged.length
    outage.recover()
    await acknowledged(client, 200)
    expect(before).toBeLessThan(200)
    await drained()
    expect([...new Set(await seqs())]).toEqual(Array.from({ length: 200 }, (_, i) => i + 1))
    client.destroy()
  })

  it('says in the log what waits in it, when it can say anything, and when nothing waits any more', async () => {
    const { client } = await connect()
    outage.refuse()
    client.socket.write(burst('d1', 20))
    await acknowledged(client, 20)
    outage.recover()
    await drained()
    const reports = async () =>
      (await stored('findings'))
        .filter(({ headers }) => headers['kind'] === 'spool')
        .map(({ value }) => spoolRecord.parse(JSON.parse(Buffer.from(value ?? []).toString())))
    await vi.waitFor(async () => expect((await reports()).at(-1)).toMatchObject({ broker: 'edge-1', waiting: 0 }))
    client.destroy()
  })
})
