import { startApi } from '@pulsewire/api'
import { createMemoryEventLog } from '@pulsewire/event-log'
import { createMetrics, createSilentLogger } from '@pulsewire/runtime'
import { openEmbeddedVitalsStore, openInfluxVitalsStore, type VitalsStore } from '@pulsewire/vitals-store'
import { block, message, writeOf } from '@pulsewire/vitals-store/testing'
import { startInflux } from '../../infra/local/index.ts'
import { temporaryDirectory } from '../support/station.ts'

// `npm run bench:disclosure`: what an hour of ECG for a screen takes through the HTTP API, as envelopes and as samples; `-- --influx`: from InfluxDB too.

const PASSWORD = 'correct horse battery'
const RATE_HZ = 250
const SECONDS = 3600
const HOUR = Math.floor((Date.now() - 2 * 3_600_000) / 3_600_000) * 3_600_000
const MESSAGES_A_WRITE = 600
const ROUNDS = 5

/** A beat a second with a little noise, as a 12-bit device counts. */
function second(index: number): Int16Array {
  return Int16Array.from({ length: RATE_HZ }, (_, i) => {
    const noise = ((index * RATE_HZ + i) * 7919) % 5
    return noise + Math.round(220 * Math.exp(-(((i - 100) / 4) ** 2)) + 50 * Math.exp(-(((i - 170) / 18) ** 2)))
  })
}

async function fill(store: VitalsStore): Promise<void> {
  for (let from = 0; from < SECONDS; from += MESSAGES_A_WRITE) {
    const messages = Array.from({ length: MESSAGES_A_WRITE }, (_, i) =>
      message(from + i, { waveforms: [block({ start: HOUR + (from + i) * 1000, samples: second(from + i) })] }),
    )
    await store.write(writeOf(messages))
  }
}

async function measure(name: string, store: VitalsStore): Promise<void> {
  const log = createMemoryEventLog({ partitions: 1 })
  const parts = { log, store, logger: createSilentLogger(), metrics: createMetrics('bench') }
  const api = await startApi(parts, { host: '127.0.0.1', port: 0, adminPassword: PASSWORD })
  const root = `http://127.0.0.1:${api.port}/api/v1`
  const json = { 'content-type': 'application/json' }
  const session = await fetch(`${root}/session`, {
    method: 'POST',
    headers: json,
    body: JSON.stringify({ user: 'admin', password: PASSWORD }),
  })
  const { token } = (await session.json()) as { token: string }
  const headers = { authorization: `Bearer ${token}` }
  await fetch(`${root}/patients`, {
    method: 'POST',
    headers: { ...headers, ...json },
    body: JSON.stringify({ id: 'p1', name: 'Bench' }),
  })
  const ask = async (query: string) => {
    const took: number[] = []
    let bytes = 0
    for (let round = 0; round < ROUNDS; round++) {
      const startedAt = performance.now()
      const url = `${root}/patients/p1/waveforms?signals=ecg.II&from=${HOUR}&to=${HOUR + SECONDS * 1000}${query}`
      const answer = await fetch(url, { headers })
      const body = await answer.arrayBuffer()
      if (!answer.ok) throw new Error(`${answer.status} ${Buffer.from(body).toString()}`)
      bytes = body.byteLength
      took.push(performance.now() - startedAt)
    }
    const median = took.sort((a, b) => a - b)[ROUNDS >> 1] ?? Number.NaN
    return `${median.toFixed(0)} ms (median of ${ROUNDS}), ${(bytes / 1e6).toFixed(2)} MB`
  }
  process.stdout.write(`${name}: envelopes of 40 ms ${await ask('&every=40ms&fn=minmax')}; samples ${await ask('')}\n`)
  await api.stop()
  await log.close()
}

const directory = temporaryDirectory()
try {
  const embedded = await openEmbeddedVitalsStore({ directory: directory.path })
  await fill(embedded)
  await measure('embedded, not sealed yet', embedded)
  await embedded.maintain({ force: true })
  await measure('embedded, sealed', embedded)
  await embedded.close()
  if (process.argv.includes('--influx')) {
    const influx = await startInflux({ directory: `${directory.path}/influx`, temporary: true })
    const store = await openInfluxVitalsStore(influx)
    await fill(store)
    await measure('InfluxDB', store)
    await store.close()
    await influx.stop()
  }
} finally {
  directory.remove()
}
