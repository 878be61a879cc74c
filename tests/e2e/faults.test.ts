import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { alarmEvent } from '@pulsewire/contracts'
import { openEventLog } from '@pulsewire/event-log'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { admit, signIn, type ApiClient } from '../support/api.ts'
import { connectDevice, type PlainDevice } from '../support/device.ts'
import { startStation, temporaryDirectory, type TestStation } from '../support/station.ts'
import { childrenOf } from '../support/processes.ts'

const directory = temporaryDirectory()
const PATIENCE = { timeout: 20_000, interval: 100 }
let station: TestStation
let api: ApiClient
let stream: Stream

beforeAll(async () => {
  station = await startStation({ dataDirectory: directory.path, env: { PULSEWIRE_WORKERS: '2' } })
  api = await signIn(station)
  stream = await openStream()
}, 60_000)
afterAll(async () => {
  await stream?.device.client.endAsync(true)
  await station?.stop()
  directory.remove()
})

/** A wearable that keeps what was not acknowledged and sends it again, as the contract asks for. */
interface Stream {
  readonly patient: string
  readonly device: PlainDevice
  /** Sequence numbers that the device has a PUBACK for. */
  readonly acked: Set<number>
  send(suffix: string, message: Record<string, unknown>): Promise<void>
  sent(): number
}

async function openStream(): Promise<Stream> {
  const { patient, credential } = await admit(api, { patient: 'Fay Faults', device: 'faults-1' })
  const device = await connectDevice(station, credential, { reconnect: true })
  const acked = new Set<number>()
  let next = 0
  return {
    patient,
    device,
    acked,
    sent: () => next,
    send: async (suffix, message) => {
      const seq = next++
      await device.publish(suffix, { boot: 'b', seq, at: Date.now(), ...message })
      acked.add(seq)
    },
  }
}

/** 20 messages/s for as long as `during` takes; resolves when all of them are acknowledged. */
async function streaming(during: () => Promise<void>): Promise<void> {
  const pending: Promise<void>[] = []
  const timer = setInterval(
    () => pending.push(stream.send('vitals', { vitals: { heartRate: 60 + (stream.sent() % 30) } })),
    50,
  )
  try {
    await during()
  } finally {
    clearInterval(timer)
  }
  await Promise.all(pending)
}

/** Ends one process of the station; resolves when another has taken its place. */
async function killProcess(name: string): Promise<void> {
  const victim = (await childrenOf(station.pid)).find((child) => child.name === name)
  if (victim === undefined) throw new Error(`there is no ${name}`)
  process.kill(victim.pid, 'SIGKILL')
  await vi.waitFor(async () => {
    const now = await childrenOf(station.pid)
    expect(now.some(({ pid }) => pid === victim.pid)).toBe(false)
    expect(now.filter((child) => child.name === name)).toHaveLength(name === 'detector' ? 2 : 1)
  }, PATIENCE)
}

/** How often an alarm of the patient's was raised: what the log itself holds. */
async function timesRaised(patient: string): Promise<number> {
  let times = 0
  const log = await openEventLog({ kind: 'embedded', directory: join(directory.path, 'log') })
  try {
    for await (const records of log.read('alarms', log.partitionOf('alarms', patient), { from: 0 })) {
      for (const { key, value } of records) {
        const { event, alarm } = alarmEvent.parse(JSON.parse(Buffer.from(value ?? []).toString('utf8')))
        if (key === patient && alarm?.type === 'patient-button' && event === 'raised') times++
      }
    }
  } finally {
    await log.close()
  }
  return times
}

async function expectLedgerWhole(): Promise<void> {
  await vi.waitFor(async () => {
    const ledger = await api.call<Record<string, number>>('GET', '/ledger')
    const { accepted = 0, duplicates = 0, stored = 0, quarantined = 0, inLog = 0 } = ledger
    expect(inLog).toBe(0)
    expect(accepted).toBe(duplicates + stored + quarantined)
    expect(quarantined).toBe(0)
    expect(stored).toBeGreaterThan(stream.sent())
    const { gaps } = await api.call<{ gaps: unknown[] }>('GET', '/devices/faults-1/gaps')
    expect(gaps).toEqual([])
  }, PATIENCE)
  expect(stream.acked.size).toBe(stream.sent())
}

describe('kill -9 of one process of a station', () => {
  for (const [index, name] of ['detector', 'core', 'broker', 'detector'].entries()) {
    it(`${name}: it is started again, nothing is lost, and the button pressed just before rings exactly once`, async () => {
      const { patient, credential } = await admit(api, { patient: `Bea Button ${index}`, device: `button-${index}` })
      const button = await connectDevice(station, credential)
      await streaming(async () => {
        await sleep(200 + Math.random() * 500)
        await button.publish('event', { boot: 'b', seq: 0, at: Date.now(), event: 'patient-button' })
        await sleep(Math.random() * 60)
        await killProcess(name)
        await vi.waitFor(() => expect(stream.device.client.connected).toBe(true), PATIENCE)
      })
      await vi.waitFor(async () => expect(await timesRaised(patient)).toBe(1), PATIENCE)
      api = await vi.waitFor(() => signIn(station), PATIENCE)
      await expectLedgerWhole()
      expect(await timesRaised(patient)).toBe(1)
      await button.client.endAsync(true)
    }, 60_000)
  }
})
