import { createMemoryEventLog, type EventLog } from '@pulsewire/event-log'
import { newDeviceSecret, openRegistryView, type RegistryView } from '@pulsewire/registry'
import { createMetrics, createSilentLogger } from '@pulsewire/runtime'
import { connectAsync } from 'mqtt'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { startBroker, type RunningBroker } from './start-broker.ts'
import { breakable, type BreakableLog } from './testing/breakable-log.ts'
import { burst, vitals } from './testing/harness.ts'
import { signIn } from './testing/raw-client.ts'

const TOPIC = 'bsn/v1/d1/vitals'
let inner: EventLog
let outage: BreakableLog
let registry: RegistryView
let broker: RunningBroker
let password: Buffer

beforeEach(async () => {
  inner = createMemoryEventLog({ partitions: 2 })
  registry = await openRegistryView(inner)
  outage = breakable(inner)
  broker = await startBroker(
    { log: outage.log, logger: createSilentLogger(), metrics: createMetrics('broker') },
    {
      host: '127.0.0.1',
      mqttPort: 0,
      signInWithinMs: 400,
      limits: { maxHoldMs: 600, catchUpTimeoutMs: 100, retryMinMs: 10, retryMaxMs: 40 },
    },
  )
  const { secret, sha256 } = newDeviceSecret()
  const entity = { kind: 'device', id: 'd1', secretSha256: sha256, createdAt: Date.now() } as const
  await registry.change(entity, { expectedVersion: 0, by: 'test' })
  password = Buffer.from(secret)
})
afterEach(async () => {
  outage.recover()
  await broker.stop()
  await registry.close()
  await inner.close()
})

const seqs = async (): Promise<number[]> => {
  const found: number[] = []
  for (const { partition } of await inner.ends('telemetry')) {
    for await (const batch of inner.read('telemetry', partition, { from: 0 })) {
      found.push(...batch.map(({ headers }) => Number(headers['seq'])))
    }
  }
  return found
}
const breaks = { refuses: () => outage.refuse(), hangs: () => outage.hang() }

describe.each(['refuses', 'hangs'] as const)('while the log %s, without a spool', (kind) => {
  it('nothing is acknowledged and nothing lost: the devices keep it, and all of it is in the log afterwards, without a restart', async () => {
    const client = await connectAsync({
      port: broker.mqttPort, host: '127.0.0.1', clientId: 'd1', username: 'd1', password, reconnectPeriod: 50,
    }) // prettier-ignore
    breaks[kind]()
    const acknowledged: number[] = []
    const numbers = Array.from({ length: 30 }, (_, i) => i + 1)
    const sent = numbers.map((seq) =>
      client.publishAsync(TOPIC, vitals(seq), { qos: 1 }).then(() => acknowledged.push(seq)),
    )
    await vi.waitFor(() => expect(broker.health()).toMatchObject({ ok: false }), { timeout: 3_000 })
    // The hold is over: the connection was closed, and who comes back is told that the service is not there.
    await vi.waitFor(() => expect(client.connected).toBe(false), { timeout: 3_000 })
    expect(acknowledged).toEqual([])
    outage.recover()
    await Promise.all(sent)
    expect([...new Set(await seqs())]).toEqual(numbers)
    await vi.waitFor(() => expect(broker.health()).toMatchObject({ ok: true }))
    await client.endAsync()
  })

  it('nobody signs in with rights that may be out of date: CONNECT is answered with "unavailable" after the bound', async () => {
    breaks[kind]()
    const startedAt = performance.now()
    const { client, returnCode } = await signIn(broker.mqttPort, { username: 'd1', password })
    expect(returnCode).toBe(3)
    expect(performance.now() - startedAt).toBeGreaterThan(350)
    client.destroy()
    outage.recover()
    const again = await signIn(broker.mqttPort, { username: 'd1', password })
    expect(again.returnCode).toBe(0)
    again.client.destroy()
  })

  it('a storm of sign-ins asks the log one question at a time', async () => {
    breaks[kind]()
    const before = outage.questions
    const codes = await Promise.all(
      Array.from({ length: 100 }, async () => {
        const { client, returnCode } = await signIn(broker.mqttPort, { username: 'd1', password })
        client.destroy()
        return returnCode
      }),
    )
    expect(new Set(codes)).toEqual(new Set([3]))
    expect(outage.questions - before).toBeLessThan(10)
  })
})

describe('a short outage', () => {
  it('that ends within the bound is not noticed by who signs in or sends', async () => {
    outage.refuse()
    const signedIn = signIn(broker.mqttPort, { username: 'd1', password })
    setTimeout(() => outage.recover(), 50)
    const { client, returnCode } = await signedIn
    expect(returnCode).toBe(0)
    outage.refuse()
    client.socket.write(burst('d1', 10))
    setTimeout(() => outage.recover(), 100)
    await client.next((packet) => packet.cmd === 'puback' && packet.messageId === 10)
    expect(await seqs()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    client.destroy()
  })
})
