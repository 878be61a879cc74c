import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startInflux, startKafka, type LocalInfluxdb, type LocalKafka } from '../../infra/local/index.ts'
import { admit, signIn } from '../support/api.ts'
import { connectDevice } from '../support/device.ts'
import { startService, type ServiceName, type TestService } from '../support/services.ts'

const NAMES: readonly ServiceName[] = ['recorder', 'alarm-manager', 'detector', 'broker', 'api']
const PARTITIONS = 8
const WITHIN = { timeout: 40_000, interval: 250 }
const directory = mkdtempSync(join(tmpdir(), 'pulsewire-operation-'))
let kafka: LocalKafka
let influx: LocalInfluxdb
let env: Record<string, string>
const services = new Map<ServiceName, TestService>()

beforeAll(async () => {
  ;[kafka, influx] = await Promise.all([
    startKafka({ directory: join(directory, 'kafka'), temporary: true }),
    startInflux({ directory: join(directory, 'influxdb'), temporary: true }),
  ])
  env = {
    PULSEWIRE_LOG: 'kafka',
    PULSEWIRE_KAFKA_BROKERS: kafka.brokers.join(','),
    PULSEWIRE_PARTITIONS: String(PARTITIONS),
    PULSEWIRE_STORE: 'influxdb',
    PULSEWIRE_INFLUX_URL: influx.url,
    PULSEWIRE_INFLUX_TOKEN: influx.token,
    PULSEWIRE_INFLUX_ORG: influx.org,
    PULSEWIRE_INFLUX_BUCKET: influx.bucket,
    PULSEWIRE_OPERATION_PORT: '0',
    PULSEWIRE_DATA_DIR: directory,
  }
  for (const name of NAMES) services.set(name, await startService(name, { env }))
}, 300_000)
afterAll(async () => {
  await Promise.all([...services.values()].map((service) => service.kill()))
  await Promise.all([kafka?.kill(), influx?.kill()])
  rmSync(directory, { recursive: true, force: true, maxRetries: 5 })
})

const serviceOf = (name: ServiceName): TestService => {
  const service = services.get(name)
  if (service === undefined) throw new Error(`no ${name}`)
  return service
}

async function ask(service: TestService, path: string): Promise<{ status: number; text: string }> {
  const answer = await fetch(`http://127.0.0.1:${service.ready.operationPort}${path}`)
  return { status: answer.status, text: await answer.text() }
}

/** `/readyz` of each service: `ok`, or what it says. */
async function readiness(): Promise<Record<string, unknown>> {
  const answers = [...services].map(async ([name, service]) => {
    const { status, text } = await ask(service, '/readyz')
    return [name, status === 200 ? 'ok' : JSON.parse(text)] as const
  })
  return Object.fromEntries(await Promise.all(answers))
}
const ALL_READY = Object.fromEntries(NAMES.map((name) => [name, 'ok']))

async function expectAllAlive(): Promise<void> {
  for (const service of services.values()) expect((await ask(service, '/healthz')).status, service.label).toBe(200)
}

describe('each service alone, on real engines', () => {
  it('is ready when it does its work', async () => {
    await vi.waitFor(async () => expect(await readiness()).toEqual(ALL_READY), WITHIN)
    await expectAllAlive()
  }, 60_000)

  it('is not ready while Kafka is down, says so, and is not to be restarted for it; then goes on by itself', async () => {
    const pids = [...services.values()].map(({ pid }) => pid)
    await kafka.kill()
    await vi.waitFor(async () => {
      const says = await readiness()
      for (const name of NAMES) expect(says[name], name).toMatchObject({ ok: false })
      expect(says['recorder']).not.toMatchObject({ log: 'ok' })
    }, WITHIN)
    await expectAllAlive()
    await kafka.start()
    await vi.waitFor(async () => expect(await readiness()).toEqual(ALL_READY), { timeout: 90_000, interval: 500 })
    expect([...services.values()].map(({ pid }) => pid)).toEqual(pids)
  }, 180_000)

  it('is not ready while InfluxDB hangs, where it needs it, and only there', async () => {
    influx.pause()
    await vi.waitFor(async () => {
      const says = await readiness()
      expect(says['recorder']).toMatchObject({ ok: false, store: expect.not.stringMatching(/^ok$/) })
      expect(says['api']).toMatchObject({ ok: false })
      for (const name of ['broker', 'detector', 'alarm-manager']) expect(says[name], name).toBe('ok')
    }, WITHIN)
    await expectAllAlive()
    influx.resume()
    await vi.waitFor(async () => expect(await readiness()).toEqual(ALL_READY), WITHIN)
  }, 120_000)

  it('hands its partitions over at once when it is stopped, and loses nothing', async () => {
    const station = { url: `http://127.0.0.1:${serviceOf('api').ready.httpPort}` }
    const client = await signIn(station)
    const { patient, credential } = await admit(client, { patient: 'Handed Over', device: 'stop-1' })
    const device = await connectDevice({ mqttPort: serviceOf('broker').ready.mqttPort ?? 0 }, credential, {
      reconnect: true,
    })
    let acknowledged = 0
    const from = Date.now()
    const going = new AbortController()
    const load = (async () => {
      while (!going.signal.aborted) {
        const at = from + acknowledged
        const message = { boot: 'b', seq: acknowledged, at, sent: Date.now(), vitals: { heartRate: 60 } }
        await device.publish('vitals', message)
        acknowledged++
      }
    })()
    const stopped: Record<string, { code: number | null; tookMs: number; handedOverMs: number }> = {}
    for (const name of ['detector', 'alarm-manager', 'recorder'] as const) {
      const first = serviceOf(name)
      const second = await startService(name, { env })
      services.set(name, second)
      await vi.waitFor(async () => expect((await ask(second, '/readyz')).status).toBe(200), WITHIN)
      const { code, tookMs } = await first.stop()
      const since = performance.now()
      await vi.waitFor(async () => {
        const { text } = await ask(second, '/metrics')
        const own = /^pulsewire_\w+_open\{name="partitions"\} (\d+)$/m.exec(text)?.[1]
        expect(Number(own)).toBe(PARTITIONS)
      }, WITHIN)
      stopped[name] = { code, tookMs, handedOverMs: Math.round(performance.now() - since) }
    }
    going.abort()
    await load
    await device.end()
    console.info('stopped under load', stopped)
    for (const [name, { code, tookMs, handedOverMs }] of Object.entries(stopped)) {
      expect([name, code]).toEqual([name, 0])
      expect(tookMs, name).toBeLessThan(4_800)
      // The session of a member that only falls silent lasts longer.
      expect(handedOverMs, name).toBeLessThan(10_000)
    }
    await vi.waitFor(async () => {
      const path = `/patients/${patient}/vitals?codes=heartRate&from=${from}&to=${from + acknowledged}`
      const { series } = await client.call<{ series: Record<string, { points: unknown[] }> }>('GET', path)
      expect(series['heartRate']?.points).toHaveLength(acknowledged)
    }, WITHIN)
    const broker = await serviceOf('broker').stop()
    expect(broker.code).toBe(0)
  }, 240_000)
})
