import { existsSync, readdirSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { openEmbeddedEventLog } from '@pulsewire/event-log'
import { startFleet } from '@pulsewire/fleet'
import { fillWard } from '@pulsewire/vitals-store/testing'
import { openEmbeddedVitalsStore } from '@pulsewire/vitals-store'
import { block, message, writeOf } from '@pulsewire/vitals-store/testing'
import { readRecord, recordNames } from '@pulsewire/wfdb'
import { startStation, temporaryDirectory } from '../support/station.ts'
import { freePort } from '../../infra/local/index.ts'
import { registerInDirectory, type Wearable } from './bed/wearables.ts'
import { spread } from './cpu.ts'
import { saveResult } from './results/save.ts'
import { payloadOf, kindOf } from './stages/payloads.ts'

const USAGE = `npm run bench:storage [-- --data ../shared/data/mitdb] [--only disk,query,restart] [--days 30] [--codes 5]

--days, --codes: of the query's data, a value of so many codes each minute; a month of five takes many minutes to make.

What recorded hearts take on disk once they are sealed; how long a day of heart rate takes to be asked for, of one patient among 1,000 with a month of
data; and how soon a station with a day of data in its log acknowledges again.`

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: '../shared/data/mitdb' },
    only: { type: 'string', default: 'disk,query,restart' },
    days: { type: 'string', default: '30' },
    codes: { type: 'string', default: '5' },
    help: { type: 'boolean', default: false },
  },
})
const DAY_MS = 86_400_000
const FROM = Date.parse('2026-03-01T00:00:00Z')

/** Bytes a sample of sealed ECG, checksums and index and all, over whole recordings. */
async function diskBytesPerSample(): Promise<{ records: number; samples: number; bytesPerSample: number }> {
  if (!existsSync(values.data)) throw new Error(`there are no recordings in ${values.data}`)
  const names = await recordNames(values.data)
  const directory = temporaryDirectory()
  const store = await openEmbeddedVitalsStore({ directory: directory.path })
  let samples = 0
  let offset = 0
  try {
    for (const name of names) {
      const record = await readRecord(join(values.data, name))
      const [signal] = record.signals
      if (signal === undefined) continue
      const perBlock = Math.round(record.rateHz)
      const messages = []
      for (let at = 0; at + perBlock <= signal.samples.length; at += perBlock) {
        const start = FROM + Math.round((at * 1_000) / record.rateHz)
        const of = { patient: name, device: name, start, rateHz: record.rateHz, scale: 1 / signal.gainPerUnit }
        const own = Int16Array.from(signal.samples.subarray(at, at + perBlock))
        messages.push(message(offset, { device: name, seq: offset, waveforms: [block({ ...of, samples: own })] }))
        offset += 1
        samples += perBlock
      }
      await store.write(writeOf(messages))
    }
    await store.maintain({ now: FROM + 3 * DAY_MS })
  } finally {
    await store.close()
  }
  const sealed = filesBelow(join(directory.path, 'sealed', 'waveforms'))
  const bytes = sealed.reduce((sum, path) => sum + statSync(path).size, 0)
  directory.remove()
  if (bytes === 0) throw new Error('nothing was sealed')
  return { records: names.length, samples, bytesPerSample: bytes / samples }
}

function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}

const PATIENTS = 1_000
const DAYS = Number(values.days)
const CODES = ['heartRate', 'spo2', 'respirationRate', 'temperature', 'skinConductance'].slice(0, Number(values.codes))

/** A day of heart rate by the minute, ms. */
async function dayOfHeartRate(): Promise<{ rows: number; first: number; again: number[] }> {
  const directory = temporaryDirectory()
  const ward = { from: FROM, to: FROM + DAYS * DAY_MS, patients: PATIENTS, codes: CODES }
  try {
    // A store of its own kind first, so that it has its tables.
    await (await openEmbeddedVitalsStore({ directory: directory.path })).close()
    const rows = await fillWard(directory.path, { ...ward, valuesEveryMs: 60_000, blocksEveryMs: DAY_MS })
    const store = await openEmbeddedVitalsStore({ directory: directory.path })
    await store.maintain({ now: FROM + (DAYS + 2) * DAY_MS })
    const took: number[] = []
    for (let round = 0; round < 21; round++) {
      const from = FROM + (round % DAYS) * DAY_MS
      const startedAt = performance.now()
      const { series } = await store.vitals({
        patient: `p${(round * 37) % PATIENTS}`,
        codes: ['heartRate'],
        from,
        to: from + DAY_MS,
        every: { ms: 60_000 },
        fn: 'mean',
      })
      took.push(performance.now() - startedAt)
      const points = series[0]?.points.length
      if (points !== 1_440) throw new Error(`a day has 1,440 minutes, not ${points}`)
    }
    await store.close()
    const [first = NaN, ...again] = took
    return { rows, first, again }
  } finally {
    directory.remove()
  }
}

const LOG_RECORDS = 4_000_000
const AT_ONCE = 4_000

/** When a device that tries all the time is answered for the first time. */
async function firstAcknowledgement(port: number, { credential }: Wearable): Promise<number> {
  while (!(await listens(port))) await sleep(10)
  const fleet = startFleet({
    url: `mqtt://127.0.0.1:${port}`,
    credentials: [credential],
    vitalsPerSecond: 100,
    blocksPerSecond: 0,
  })
  while (fleet.stats.acked === 0) await sleep(2)
  const at = performance.now()
  await fleet.stop({ drainMs: 0 })
  return at
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

/** From the start of a station whose log has millions of records to the first acknowledgement, ms. */
async function restart(): Promise<{ logBytes: number; tookMs: number[] }> {
  const directory = temporaryDirectory()
  try {
    const [wearable] = await registerInDirectory(directory.path, 1)
    if (wearable === undefined) throw new Error('no wearable')
    const log = await openEmbeddedEventLog({ directory: join(directory.path, 'log') })
    for (let from = 0; from < LOG_RECORDS; from += AT_ONCE) {
      const records = Array.from({ length: AT_ONCE }, (_, index) => {
        const at = from + index
        // Of a device that nobody wears: counted and recorded, and nobody's heart to be analysed.
        const headers = {
          kind: kindOf(at),
          device: `old-${at % 50}`,
          boot: 'b',
          seq: String(at),
          at: String(FROM + at),
        }
        const rest = { time: String(FROM + at), clockOffsetMs: '0', receivedAt: String(FROM + at), encoding: 'cbor' }
        return { key: `old-${at % 50}`, headers: { ...headers, ...rest }, value: payloadOf(at, at) }
      })
      await log.append('telemetry', records)
    }
    await log.close()
    const logBytes = statSync(join(directory.path, 'log', 'data.mdb')).blocks * 512
    const tookMs: number[] = []
    const port = await freePort()
    for (let round = 0; round < 3; round++) {
      const startedAt = performance.now()
      const starting = startStation({ dataDirectory: directory.path, env: { PULSEWIRE_MQTT_PORT: String(port) } })
      tookMs.push((await firstAcknowledgement(port, wearable)) - startedAt)
      await (await starting).kill()
    }
    return { logBytes, tookMs }
  } finally {
    directory.remove()
  }
}

if (values.help) console.log(USAGE)
else {
  const only = values.only.split(',')
  const results: Record<string, unknown> = {}
  if (only.includes('disk')) {
    const disk = (results['disk'] = await diskBytesPerSample())
    console.log(
      `ECG on disk: ${disk.bytesPerSample.toFixed(2)} bytes a sample (${disk.records} recordings, ${disk.samples} samples, sealed)`,
    )
  }
  if (only.includes('query')) {
    const query = (results['query'] = await dayOfHeartRate())
    console.log(
      `a day of heart rate by the minute, one of ${PATIENTS} patients, ${DAYS} days, ${query.rows} rows: ${spread(query.again, 1)} ms (the first ${query.first.toFixed(0)} ms)`,
    )
  }
  if (only.includes('restart')) {
    const { logBytes, tookMs } = await restart()
    results['restart'] = { logBytes, tookMs }
    console.log(
      `start on a log of ${(logBytes / 1024 ** 3).toFixed(1)} GiB after a kill, to the first acknowledgement: ${spread(tookMs)} ms`,
    )
  }
  saveResult('storage', results)
}
