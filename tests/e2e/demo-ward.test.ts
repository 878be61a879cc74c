import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { signIn, type ApiClient, type LiveClient } from '../support/api.ts'
import { startStation, temporaryDirectory, type TestStation } from '../support/station.ts'

interface AlarmView {
  id: string
  patient: string
  type: string
  priority: string
  state: string
  onset: number
  raisedAt: number
  message: string
  evidence: Record<string, unknown>
  rule: { name: string; version: string }
}

const ATTACK_AFTER_MS = 30_000
const directory = temporaryDirectory()
let station: TestStation
let api: ApiClient
let live: LiveClient
let startedAt: number

beforeAll(async () => {
  station = await startStation({ dataDirectory: directory.path, env: { PULSEWIRE_DEMO: '1' } })
  startedAt = Date.now()
  api = await signIn(station)
  live = await api.live('')
}, 60_000)
afterAll(async () => {
  live?.close()
  await station?.stop()
  directory.remove()
})

const alarms = async (query = ''): Promise<AlarmView[]> =>
  (await api.call<{ alarms: AlarmView[] }>('GET', `/alarms${query}`)).alarms

describe('the demo ward', () => {
  it('has eight patients whose waveforms are live within seconds', async () => {
    const { patients } = await api.call<{ patients: { id: string }[] }>('GET', '/patients')
    expect(patients).toHaveLength(8)
    await vi.waitFor(
      () => {
        const seen = new Set(
          live.messages.filter(({ type }) => type === 'waveform').map((message) => message['patient']),
        )
        expect(seen.size).toBe(8)
      },
      { timeout: 15_000, interval: 200 },
    )
  }, 20_000)

  it('shows the heart attack as a high alarm with its evidence within 60 s of its onset', async () => {
    const attack = await vi.waitFor(
      async () => {
        const found = (await alarms('?state=active')).find(
          ({ type, priority }) => type === 'myocardial-infarction' && priority === 'high',
        )
        expect(found).toBeDefined()
        return found
      },
      { timeout: 100_000, interval: 500 },
    )
    expect(attack?.patient).toBe('demo-4')
    expect(attack?.raisedAt).toBeLessThan(startedAt + ATTACK_AFTER_MS + 60_000)
    expect(attack?.message).toMatch(/heart attack/i)
    expect(attack?.message).toMatch(/II, .*III|II.*aVF/)
    expect(Object.keys(attack?.evidence ?? {}).length).toBeGreaterThan(0)
    expect(attack?.rule.name).toBeTruthy()
  }, 110_000)

  it('rings with high priority for nobody else meanwhile', async () => {
    const others = (await alarms()).filter(({ priority, patient }) => priority === 'high' && patient !== 'demo-4')
    expect(others.map(({ patient, type, message }) => `${patient} ${type}: ${message}`)).toEqual([])
  })

  it('goes on after a restart: the same patients, the alarm still known', async () => {
    const [before] = (await alarms()).filter(({ type }) => type === 'myocardial-infarction')
    live.close()
    expect((await station.stop()).code).toBe(0)
    station = await startStation({ dataDirectory: directory.path, env: { PULSEWIRE_DEMO: '1' } })
    api = await signIn(station)
    live = await api.live('')
    expect((await api.call<{ patients: unknown[] }>('GET', '/patients')).patients).toHaveLength(8)
    expect((await alarms()).map(({ id }) => id)).toContain(before?.id)
    await vi.waitFor(() => expect(live.messages.some(({ type }) => type === 'waveform')).toBe(true), {
      timeout: 10_000,
    })
  }, 60_000)
})
