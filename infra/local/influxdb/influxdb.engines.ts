import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startInflux, type LocalInfluxdb } from './influxdb.ts'

const POINTS = 100

const directory = mkdtempSync(join(tmpdir(), 'pulsewire-influxdb-test-'))
let influx: LocalInfluxdb

async function call(path: string, contentType: string, body: string): Promise<string> {
  const answer = await fetch(`${influx.url}/api/v2/${path}`, {
    method: 'POST',
    headers: { authorization: `Token ${influx.token}`, 'content-type': contentType, accept: 'application/csv' },
    body,
  })
  const text = await answer.text()
  expect(answer.ok, text).toBe(true)
  return text
}

async function countPoints(): Promise<number> {
  const flux = `from(bucket: "${influx.bucket}") |> range(start: 0) |> filter(fn: (r) => r._measurement == "kept") |> count()`
  const csv = await call(`query?org=${influx.org}`, 'application/vnd.flux', flux)
  const [header = '', row = ''] = csv.trim().split('\r\n')
  return Number(row.split(',')[header.split(',').indexOf('_value')])
}

beforeAll(async () => {
  influx = await startInflux({ directory, temporary: true })
})
afterAll(async () => {
  await influx?.kill()
  rmSync(directory, { recursive: true, force: true })
})

describe('a local InfluxDB', () => {
  it('has every acknowledged point, and its token, after kill -9 and a start on the same data', async () => {
    const lines = Array.from({ length: POINTS }, (_, index) => `kept value=${index} ${1_000 + index}`)
    await call(`write?org=${influx.org}&bucket=${influx.bucket}&precision=ms`, 'text/plain', lines.join('\n'))
    await influx.kill()
    expect(influx.pid).toBeUndefined()
    await influx.start()
    expect(await countPoints()).toBe(POINTS)
  })

  it('hangs while it is paused, and goes on afterwards', async () => {
    influx.pause()
    let answered = false
    const answer = countPoints().finally(() => (answered = true))
    // Longer than the answer of an InfluxDB that runs takes, so that silence says something.
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(answered).toBe(false)
    influx.resume()
    expect(await answer).toBe(POINTS)
  })

  it('is the same to a process that comes later', async () => {
    await influx.stop()
    const { url, token } = influx
    influx = await startInflux({ directory, temporary: true })
    expect({ url: influx.url, token: influx.token }).toEqual({ url, token })
    expect(await countPoints()).toBe(POINTS)
  })
})
