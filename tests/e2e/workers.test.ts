import { startFleet, checkStored, type RunningFleet } from '@pulsewire/fleet'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { admit, signIn, type ApiClient } from '../support/api.ts'
import { childrenOf } from '../support/processes.ts'
import { startStation, temporaryDirectory, type TestStation } from '../support/station.ts'

const DEVICES = 24
const directory = temporaryDirectory()
let station: TestStation
let api: ApiClient
let fleet: RunningFleet

beforeAll(async () => {
  station = await startStation({
    dataDirectory: directory.path,
    env: { PULSEWIRE_WORKERS: '4', PULSEWIRE_OPERATION_PORT: '0' },
  })
  api = await signIn(station)
  const credentials = []
  for (let index = 0; index < DEVICES; index++) {
    credentials.push((await admit(api, { patient: `W ${index}`, device: `w-${index}` })).credential)
  }
  fleet = startFleet({
    url: `mqtt://127.0.0.1:${station.mqttPort}`,
    credentials,
    vitalsPerSecond: 10,
    blocksPerSecond: 2,
    spoolMessages: 1_000,
  })
  await fleet.connected(10_000)
}, 60_000)
afterAll(async () => {
  await fleet?.stop({ drainMs: 0 })
  await station?.stop()
  directory.remove()
})

const brokers = async (): Promise<number[]> =>
  (await childrenOf(station.pid)).filter(({ name }) => name === 'broker').map(({ pid }) => pid)

/** Devices that are connected, by process, as the metrics say. */
async function connected(): Promise<Record<string, number>> {
  const text = await (await fetch(`http://127.0.0.1:${station.operationPort}/metrics`)).text()
  const lines = text.matchAll(/^pulsewire_broker_open\{process="([^"]+)",name="devices"\} (\d+)$/gm)
  return Object.fromEntries([...lines].map(([, name = '', count]) => [name, Number(count)]))
}

describe('a station of four workers', () => {
  it('has two brokers at one port, which share the devices', async () => {
    expect(await brokers()).toHaveLength(2)
    const byProcess = await connected()
    expect(Object.keys(byProcess).sort()).toEqual(['broker', 'broker-1'])
    expect(Object.values(byProcess).reduce((a, b) => a + b, 0)).toBe(DEVICES)
    for (const count of Object.values(byProcess)) expect(count).toBeGreaterThan(0)
  })

  it('goes on where one of them is killed: its devices come to the other, and nothing is lost, out of order or there twice', async () => {
    await vi.waitFor(() => expect(fleet.stats.acked).toBeGreaterThan(500), { timeout: 20_000 })
    const [victim] = await brokers()
    if (victim === undefined) throw new Error('no broker')
    process.kill(victim, 'SIGKILL')
    await vi.waitFor(() => expect(fleet.stats.lost).toBeGreaterThan(0), { timeout: 5_000 })
    await fleet.connected(10_000)
    // The killed one is there again, on the same port.
    await vi.waitFor(async () => expect((await brokers()).filter((pid) => pid !== victim)).toHaveLength(2), {
      timeout: 20_000,
    })
    const ackedThen = fleet.stats.acked
    await vi.waitFor(() => expect(fleet.stats.acked).toBeGreaterThan(ackedThen + 300), { timeout: 20_000 })
    await fleet.stop({ drainMs: 10_000 })
    const { acked, published, unknownAcks, outOfOrderAcks, skipped } = fleet.stats
    expect({ acked, unknownAcks, outOfOrderAcks, skipped }).toEqual({
      acked: published,
      unknownAcks: 0,
      outOfOrderAcks: 0,
      skipped: 0,
    })
    const report = await checkStored({ api: station.url, token: api.token, sent: fleet.sent })
    expect(report.devices).toBe(DEVICES)
    expect(report.samples).toEqual({ expected: report.samples.expected, missing: 0, wrong: 0 })
    expect(report.vitals).toEqual({ expected: report.vitals.expected, missing: 0, wrong: 0 })
    expect(report.samples.expected).toBeGreaterThan(DEVICES * 250)
    const ledger = await api.call<{ stored: number; quarantined: number }>('GET', '/ledger')
    expect(ledger).toMatchObject({ stored: published, quarantined: 0 })
  }, 90_000)
})
