// InfluxDB goes away while the recorder writes: the log waits, and afterwards the series and the ledger are exact (G2, G9).
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeUplink } from '@pulsewire/codec'
import { encodeTelemetryHeaders } from '@pulsewire/contracts'
import { type EventLog, type LogRecord, openEventLog } from '@pulsewire/event-log'
import { startRecorder } from '@pulsewire/recorder'
import { createMetrics, createSilentLogger } from '@pulsewire/runtime'
import { openInfluxVitalsStore, setUpInfluxBucket, type VitalsStore } from '@pulsewire/vitals-store'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type LocalInfluxdb, startInflux } from '../../infra/local/index.ts'

const T0 = Date.parse('2026-03-01T12:00:00Z')
const ROOT = join(import.meta.dirname, '../..')
const DEVICES = Array.from({ length: 20 }, (_, index) => `d${index}`)
const PATIENCE = { timeout: 90_000, interval: 100 }

let directory: string
let influx: LocalInfluxdb
let log: EventLog
let store: VitalsStore
const children: ChildProcess[] = []

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'pulsewire-influx-outage-'))
  influx = await startInflux({ directory: join(directory, 'influxdb'), temporary: true })
  await setUpInfluxBucket(influx, 0)
  log = await openEventLog({ kind: 'embedded', directory: join(directory, 'data', 'log'), partitions: 4 })
  store = await openInfluxVitalsStore(influx)
})
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  await store.close()
  await log.close()
  await influx.kill()
  rmSync(directory, { recursive: true, force: true })
})

/** One heart rate of each device, numbered `seq`. */
function round(seq: number): LogRecord[] {
  return DEVICES.map((device) => {
    const at = T0 + seq * 1000
    const message = { boot: 'b1', seq, at, vitals: { heartRate: seq } }
    const identity = { device, patient: `p-${device}`, boot: 'b1', seq }
    const headers = {
      ...identity,
      kind: 'vitals' as const,
      at,
      time: at,
      clockOffsetMs: 0,
      receivedAt: at,
      encoding: 'json' as const,
    }
    return {
      key: `p-${device}`,
      headers: encodeTelemetryHeaders(headers),
      value: encodeUplink({ kind: 'vitals', message }, 'json'),
    }
  })
}

/** Rounds one after the other, as fast as the log takes them with a moment in between. */
async function send(from: number, to: number): Promise<void> {
  for (let seq = from; seq < to; seq++) {
    await log.append('telemetry', round(seq))
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

async function everythingIsStored(rounds: number, duplicates = 0): Promise<void> {
  const counts = { stored: rounds * DEVICES.length, duplicates, quarantined: 0 }
  await vi.waitFor(async () => expect(await store.ledger()).toMatchObject(counts), PATIENCE)
  for (const device of DEVICES) {
    const { series } = await store.vitals({
      patient: `p-${device}`,
      codes: ['heartRate'],
      from: T0,
      to: T0 + rounds * 1000,
    })
    expect(series[0]?.points.map(({ value }) => value)).toEqual(Array.from({ length: rounds }, (_, seq) => seq))
    expect(await store.gaps(device)).toEqual([])
  }
}

async function recordHere(over: VitalsStore) {
  const deps = { log, store: over, logger: createSilentLogger(), metrics: createMetrics('recorder') }
  return startRecorder(deps, { retryMs: 50, maxRetryMs: 500, maxBatchRecords: 100 })
}

/** A recorder of its own, as it runs in production. */
function recordThere(): ChildProcess {
  const child = spawn(process.execPath, [join(ROOT, 'services/recorder/dist/main.js')], {
    stdio: ['ignore', 'ignore', process.env['PULSEWIRE_TEST_VERBOSE'] === '1' ? 'inherit' : 'ignore'],
    env: {
      ...process.env,
      PULSEWIRE_DATA_DIR: join(directory, 'data'),
      PULSEWIRE_HTTP_PORT: '0',
      PULSEWIRE_STORE: 'influxdb',
      PULSEWIRE_INFLUX_URL: influx.url,
      PULSEWIRE_INFLUX_TOKEN: influx.token,
      PULSEWIRE_INFLUX_ORG: influx.org,
      PULSEWIRE_INFLUX_BUCKET: influx.bucket,
    },
  })
  children.push(child)
  return child
}

async function storedAtLeast(count: number): Promise<void> {
  await vi.waitFor(async () => expect((await store.ledger()).stored).toBeGreaterThan(count), PATIENCE)
}

describe('an outage of InfluxDB', () => {
  it('loses and doubles nothing through kill -9 under load, and the recorder says so meanwhile', async () => {
    const recorder = await recordHere(store)
    const sending = send(0, 300)
    for (let kill = 0; kill < 3; kill++) {
      await storedAtLeast(500 * (kill + 1))
      await influx.kill()
      await vi.waitFor(() => expect(recorder.health().ok).toBe(false), PATIENCE)
      await influx.start()
    }
    await sending
    await everythingIsStored(300)
    await vi.waitFor(() => expect(recorder.health().ok).toBe(true), PATIENCE)
    await recorder.stop()
  }, 180_000)

  it('that takes requests and never answers is one too', async () => {
    const impatient = await openInfluxVitalsStore({ ...influx, writeTimeoutMs: 300, queryTimeoutMs: 2_000 })
    const recorder = await recordHere(impatient)
    await send(0, 20)
    await storedAtLeast(0)
    influx.pause()
    await send(20, 60)
    await vi.waitFor(() => expect(recorder.health().ok).toBe(false), PATIENCE)
    influx.resume()
    await everythingIsStored(60)
    await recorder.stop()
    await impatient.close()
  })

  it('holds no more in memory than the batches in hand, however much the log gathers', async () => {
    const recorder = await recordHere(store)
    await send(0, 5)
    await storedAtLeast(0)
    await influx.kill()
    await log.append('telemetry', Array.from({ length: 295 }, (_, index) => round(5 + index)).flat())
    await vi.waitFor(() => expect(recorder.health().ok).toBe(false), PATIENCE)
    const waiting = Number(/(\d+) waiting/.exec(recorder.health().detail ?? '')?.[1] ?? 0)
    // Four partitions, one batch of at most 100 records each.
    expect(waiting).toBeLessThanOrEqual(400)
    await influx.start()
    await everythingIsStored(300)
    await recorder.stop()
  })
})

describe('two recorders on one InfluxDB', () => {
  it('take over from each other through kill -9 and a pause, and the ledger is exact', async () => {
    const killed = recordThere()
    await send(0, 20)
    await storedAtLeast(100)
    recordThere()
    const sending = send(20, 250)
    await storedAtLeast(1_000)
    killed.kill('SIGKILL')
    const paused = recordThere()
    await storedAtLeast(2_500)
    paused.kill('SIGSTOP')
    await sending
    // The other one takes its partitions over while it stands still.
    await everythingIsStored(250)
    paused.kill('SIGCONT')
    // The first ten rounds once more: they change nothing.
    await send(0, 10)
    await everythingIsStored(250, 10 * DEVICES.length)
  }, 180_000)
})
