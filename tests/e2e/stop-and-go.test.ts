import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { admit, signIn, type ApiClient } from '../support/api.ts'
import { connectDevice } from '../support/device.ts'
import { startStation, temporaryDirectory, type TestStation } from '../support/station.ts'

const directory = temporaryDirectory()
let station: TestStation
let api: ApiClient

beforeAll(async () => {
  station = await startStation({ dataDirectory: directory.path })
  api = await signIn(station)
}, 60_000)
afterAll(async () => {
  await station?.stop()
  directory.remove()
})

async function alive(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

describe('stop and go', () => {
  it('stops within 5 s of Ctrl-C, with nothing lost, and goes on with the data', async () => {
    const { patient, credential } = await admit(api, { patient: 'Go On', device: 'go-1' })
    const device = await connectDevice(station, credential)
    const at = Date.now() - 60_000
    for (let seq = 0; seq < 200; seq++) {
      // With `sent`, the age of the data is known; without it, a slow stream of old times is taken for a clock that is off.
      const times = { at: at + seq, sent: Date.now() }
      await device.publish('vitals', { boot: 'b', seq, ...times, vitals: { heartRate: 60 + (seq % 40) } })
    }
    await device.end()
    const { code, tookMs } = await station.stop()
    expect(code).toBe(0)
    expect(tookMs).toBeLessThan(5_000)

    station = await startStation({ dataDirectory: directory.path })
    api = await signIn(station)
    await vi.waitFor(
      async () => {
        const query = `/patients/${patient}/vitals?codes=heartRate&from=${at}&to=${at + 200}`
        const { series } = await api.call<{ series: Record<string, { points: unknown[] }> }>('GET', query)
        expect(series['heartRate']?.points).toHaveLength(200)
      },
      { timeout: 10_000, interval: 100 },
    )
  }, 60_000)

  it('leaves no process behind when it is killed, and starts again on the same data', async () => {
    const { credential } = await admit(api, { patient: 'Kill Me', device: 'kill-1' })
    const device = await connectDevice(station, credential)
    await device.publish('vitals', { boot: 'b', seq: 0, at: Date.now(), vitals: { spo2: 97 } })
    const before = await api.call<Record<string, number>>('GET', '/ledger')
    await station.kill()
    await device.client.endAsync(true)
    await vi.waitFor(async () => expect(await alive(station.pid)).toBe(false))

    station = await startStation({ dataDirectory: directory.path })
    api = await signIn(station)
    await vi.waitFor(
      async () => {
        const ledger = await api.call<Record<string, number>>('GET', '/ledger')
        expect(ledger['inLog']).toBe(0)
        expect(ledger['stored']).toBeGreaterThanOrEqual(before['stored'] ?? 0)
      },
      { timeout: 10_000, interval: 100 },
    )
  }, 60_000)

  it('refuses a second station on the same data, and one with a bad setting, with a clear message', async () => {
    await expect(
      startStation({ dataDirectory: directory.path, env: { PULSEWIRE_HTTP_PORT: 'eighty' } }),
    ).rejects.toThrow(/PULSEWIRE_HTTP_PORT.*eighty/)
    await expect(startStation({ dataDirectory: directory.path })).rejects.toThrow(/in use by another station/)
  }, 60_000)

  it.each(['SIGINT', 'SIGKILL'] as const)(
    'ends with the `npm start` that began it, by %s',
    async (signal) => {
      const own = temporaryDirectory()
      const started = await startStation({ dataDirectory: own.path, npm: true })
      if (signal === 'SIGINT') expect((await started.stop()).code).toBe(0)
      else await started.kill()
      await vi.waitFor(() => expect(fetch(`${started.url}/healthz`)).rejects.toThrow(), {
        timeout: 5_000,
        interval: 100,
      })
      own.remove()
    },
    60_000,
  )
})
