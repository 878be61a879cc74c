import { execFileSync } from 'node:child_process'
import { closeSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { alarmEvent } from '@pulsewire/contracts'
import { openEventLog } from '@pulsewire/event-log'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { admit, signIn, type ApiClient } from '../support/api.ts'
import { connectDevice, type PlainDevice } from '../support/device.ts'
import { startStation, temporaryDirectory, type TestStation } from '../support/station.ts'
import { childrenOf } from '../support/processes.ts'

const PATIENCE = { timeout: 20_000, interval: 100 }

/** A wearable that keeps what was not acknowledged and sends it again, as the contract asks for. */
interface Stream {
  readonly patient: string
  readonly device: PlainDevice
  /** How many messages it sent, and for how many of them it has a PUBACK. */
  readonly counts: { sent: number; acked: number }
  send(): Promise<void>
}

async function openStream(station: TestStation, api: ApiClient): Promise<Stream> {
  const { patient, credential } = await admit(api, { patient: 'Fay Faults', device: 'faults-1' })
  const device = await connectDevice(station, credential, { reconnect: true })
  const counts = { sent: 0, acked: 0 }
  return {
    patient,
    device,
    counts,
    send: async () => {
      const seq = counts.sent++
      await device.publish('vitals', { boot: 'b', seq, at: Date.now(), vitals: { heartRate: 60 + (seq % 30) } })
      counts.acked++
    },
  }
}

/** 20 messages/s for as long as `during` takes; resolves when all of them are acknowledged. */
async function streaming(stream: Stream, during: () => Promise<void>): Promise<void> {
  const pending: Promise<void>[] = []
  const timer = setInterval(() => pending.push(stream.send()), 50)
  try {
    await during()
  } finally {
    clearInterval(timer)
  }
  await Promise.all(pending)
}

async function expectWholeLedger(api: ApiClient, stream: Stream): Promise<void> {
  expect(stream.counts.acked).toBe(stream.counts.sent)
  await vi.waitFor(async () => {
    const ledger = await api.call<Record<string, number>>('GET', '/ledger')
    const { accepted = 0, duplicates = 0, stored = 0, quarantined = 0, inLog = 0 } = ledger
    expect({ inLog, quarantined }).toEqual({ inLog: 0, quarantined: 0 })
    expect(accepted).toBe(duplicates + stored)
    expect(stored).toBeGreaterThanOrEqual(stream.counts.sent)
    const { gaps } = await api.call<{ gaps: unknown[] }>('GET', '/devices/faults-1/gaps')
    expect(gaps).toEqual([])
  }, PATIENCE)
}

async function processOf(station: TestStation, name: string): Promise<number> {
  const found = (await childrenOf(station.pid)).find((child) => child.name === name)
  if (found === undefined) throw new Error(`there is no ${name}`)
  return found.pid
}

describe('a station whose processes are killed or held up', () => {
  const directory = temporaryDirectory()
  let station: TestStation
  let api: ApiClient
  let stream: Stream

  beforeAll(async () => {
    station = await startStation({ dataDirectory: directory.path, env: { PULSEWIRE_WORKERS: '2' } })
    api = await signIn(station)
    stream = await openStream(station, api)
  }, 60_000)
  afterAll(async () => {
    await stream?.device.client.endAsync(true)
    await station?.stop()
    directory.remove()
  })

  /** Ends one process of the station; resolves when another has taken its place. */
  async function killProcess(name: string): Promise<void> {
    const victim = await processOf(station, name)
    process.kill(victim, 'SIGKILL')
    await vi.waitFor(async () => {
      const now = await childrenOf(station.pid)
      expect(now.some(({ pid }) => pid === victim)).toBe(false)
      expect(now.filter((child) => child.name === name)).toHaveLength(name === 'detector' ? 2 : 1)
    }, PATIENCE)
  }

  /** How often an alarm of the patient's button was raised: what the log itself holds. */
  async function timesRaised(patient: string): Promise<number> {
    let times = 0
    const log = await openEventLog({ kind: 'embedded', directory: join(directory.path, 'log') })
    try {
      for await (const records of log.read('alarms', log.partitionOf('alarms', patient), { from: 0 })) {
        for (const { key, value } of records) {
          if (value === null) continue // a takeover
          const { event, alarm } = alarmEvent.parse(JSON.parse(Buffer.from(value).toString('utf8')))
          if (key === patient && alarm?.type === 'patient-button' && event === 'raised') times++
        }
      }
    } finally {
      await log.close()
    }
    return times
  }

  async function expectOneAlarm(name: string, disturb: () => Promise<void>): Promise<void> {
    const { patient, credential } = await admit(api, { patient: name, device: name })
    const button = await connectDevice(station, credential)
    await streaming(stream, async () => {
      await sleep(200 + Math.random() * 500)
      await button.publish('event', { boot: 'b', seq: 0, at: Date.now(), event: 'patient-button' })
      await sleep(Math.random() * 60)
      await disturb()
      await vi.waitFor(() => expect(stream.device.client.connected).toBe(true), PATIENCE)
    })
    await vi.waitFor(async () => expect(await timesRaised(patient)).toBe(1), PATIENCE)
    api = await vi.waitFor(() => signIn(station), PATIENCE)
    await expectWholeLedger(api, stream)
    expect(await timesRaised(patient)).toBe(1)
    await button.client.endAsync(true)
  }

  for (const [index, name] of ['detector', 'core', 'broker', 'detector'].entries()) {
    it(`kill -9 of the ${name}: it is started again, nothing is lost, a button pressed just before rings once`, async () => {
      await expectOneAlarm(`button-${index}`, () => killProcess(name))
    }, 60_000)
  }

  it('a core that hangs for longer than its lease goes on, with nothing lost and nothing rung twice', async () => {
    await expectOneAlarm('button-held', async () => {
      const core = await processOf(station, 'core')
      process.kill(core, 'SIGSTOP')
      await sleep(11_000)
      process.kill(core, 'SIGCONT')
    })
  }, 60_000)

  it('a store that is damaged is put aside and filled anew from the log', async () => {
    await stream.device.client.endAsync(true)
    await station.stop()
    const store = join(directory.path, 'store', 'store.duckdb')
    const bytes = readFileSync(store)
    // Both copies of the head that DuckDB keeps, beyond its first block.
    writeFileSync(store, bytes.fill(0xff, 4_200, 4_300).fill(0xff, 8_300, 8_400).fill(0xff, 12_400, 12_500))
    station = await startStation({ dataDirectory: directory.path })
    api = await signIn(station)
    expect(station.stderr()).toMatch(/damaged store was put aside/)
    await expectWholeLedger(api, stream)
    const query = `/patients/${stream.patient}/vitals?codes=heartRate&from=0&to=${Date.now() + 60_000}`
    const { series } = await api.call<{ series: Record<string, { points: unknown[] }> }>('GET', query)
    expect(series['heartRate']?.points).toHaveLength(stream.counts.sent)
  }, 60_000)
})

describe('a station whose disk is full', () => {
  const directory = temporaryDirectory()
  const isMounted = mountSmall(directory.path, 48)
  afterAll(() => {
    if (isMounted) execFileSync('umount', ['--lazy', directory.path])
    directory.remove()
  })

  it('acknowledges nothing that it cannot keep, and goes on by itself when there is space again', async ({ skip }) => {
    if (!isMounted) skip('mounting a small file system needs root')
    const station = await startStation({ dataDirectory: directory.path })
    const api = await signIn(station)
    const stream = await openStream(station, api)
    const filler = join(directory.path, 'filler')
    try {
      await streaming(stream, async () => {
        await sleep(500)
        fill(filler)
        // What is in its pages already may still be written over; new pages are not to be had.
        let acked = -1
        await vi.waitFor(
          () => {
            const before = acked
            acked = stream.counts.acked
            expect(acked).toBe(before)
          },
          { timeout: 20_000, interval: 1_500 },
        )
        expect(stream.counts.sent).toBeGreaterThan(acked)
        rmSync(filler)
        await vi.waitFor(() => expect(stream.counts.acked).toBeGreaterThan(acked), PATIENCE)
      })
      await expectWholeLedger(api, stream)
    } finally {
      await stream.device.client.endAsync(true)
      expect((await station.stop()).code).toBe(0)
    }
  }, 90_000)
})

/** A file system of a few megabytes; false where this user may not mount one. */
function mountSmall(path: string, megabytes: number): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', path], { stdio: 'ignore' })
    return true
  } catch {
    return false // root of a container without the right
  }
}

/** Takes all the space that is left. */
function fill(path: string): void {
  const file = openSync(path, 'w')
  try {
    for (const bytes of [1024 * 1024, 4096]) {
      const block = Buffer.alloc(bytes)
      while (writes(file, block)) continue
    }
  } finally {
    closeSync(file)
  }
}

function writes(file: number, block: Buffer): boolean {
  try {
    return writeSync(file, block) === block.length
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return false
    throw error
  }
}
