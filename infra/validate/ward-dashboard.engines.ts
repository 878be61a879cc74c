// The ward dashboard's own queries, asked of a real InfluxDB that the recorder's store has written to: a name that nobody writes finds nothing.
import { openInfluxVitalsStore } from '@pulsewire/vitals-store'
import {
  alarm,
  block,
  createTestBucket,
  message,
  point,
  writeOf,
  type TestBucket,
} from '@pulsewire/vitals-store/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listAt, readText, textAt } from './tree.ts'

const dashboard: unknown = JSON.parse(readText('infra/grafana/dashboards/ward.json'))
const queries = listAt(dashboard, 'panels').flatMap((panel) =>
  listAt(panel, 'targets').map((target) => ({
    name: `${textAt(panel, 'title')} ${textAt(target, 'refId')}`,
    flux: textAt(target, 'query'),
  })),
)
const variables = listAt(dashboard, 'templating', 'list').map((variable) => ({
  name: textAt(variable, 'name'),
  flux: textAt(variable, 'query'),
}))

const CODES = ['heartRate', 'heartRate.ecg', 'pulseRate', 'spo2', 'systolic', 'diastolic', 'meanArterial']
const MORE_CODES = ['respirationRate', 'respirationRate.ecg', 'temperature']
const now = Date.now()
let bucket: TestBucket

beforeAll(async () => {
  bucket = await createTestBucket()
  const store = await openInfluxVitalsStore(bucket.options)
  const vitals = [...CODES, ...MORE_CODES].map((code) => point({ code, time: now - 5_000, value: 37 }))
  const said = message(0, { vitals, waveforms: [block({ start: now - 5_000 })] })
  await store.write(writeOf([said], { alarms: [alarm({ onset: now - 60_000, raisedAt: now - 59_000 })] }))
  await store.close()
})
afterAll(() => bucket?.remove())

/** What Grafana puts in place of its names. */
function filledIn(flux: string, signal = 'ecg.II'): string {
  const values: Record<string, string> = {
    'v.defaultBucket': JSON.stringify(bucket.options.bucket),
    'v.timeRangeStart': new Date(now - 3_600_000).toISOString(),
    'v.timeRangeStop': new Date(now + 60_000).toISOString(),
    'v.windowPeriod': '10s',
    '${patient}': 'p1',
    '${signal}': signal,
  }
  return Object.entries(values).reduce((text, [name, value]) => text.replaceAll(name, value), flux)
}

/** The rows of an answer in annotated or plain CSV, without headers. */
function rowsOf(csv: string): string[] {
  const blocks = csv.split(/\r?\n\r?\n/)
  return blocks.flatMap((text) =>
    text
      .split(/\r?\n/)
      .filter((line) => line !== '' && !line.startsWith('#'))
      .slice(1),
  )
}

describe('the ward dashboard', () => {
  it.each(queries.map(({ name, flux }) => [name, flux]))('has an answer to %s', async (_, flux) => {
    expect(rowsOf(await bucket.query(filledIn(flux))).length).toBeGreaterThan(0)
  })

  it.each(variables.map(({ name, flux }) => [name, flux]))('finds what to choose from for %s', async (name, flux) => {
    const found = rowsOf(await bucket.query(filledIn(flux)))
    expect(found).toEqual([expect.stringContaining(name === 'patient' ? 'p1' : 'ecg.II')])
  })

  it('shows each code of a patient in a column of its own, and nothing that is older than a minute', async () => {
    const [ward = ''] = queries.filter(({ name }) => name.startsWith('Ward')).map(({ flux }) => flux)
    const answer = await bucket.query(filledIn(ward))
    for (const code of CODES) expect(answer).toContain(code)
    expect(rowsOf(answer)).toHaveLength(1)
    expect(rowsOf(await bucket.query(filledIn(ward).replace('-1m', '-1s')))).toEqual([])
  })

  it('shows an alarm with its state, its priority and what it says', async () => {
    const [alarms = ''] = queries.filter(({ name }) => name.startsWith('Alarms A')).map(({ flux }) => flux)
    const [row = '', ...more] = rowsOf(await bucket.query(filledIn(alarms)))
    expect(more).toEqual([])
    const { state, priority, message: said } = alarm()
    for (const text of [state, priority, said]) expect(row).toContain(text)
  })

  it('finds nothing where the name is another', async () => {
    const [flux = ''] = queries.filter(({ name }) => name.startsWith('Oxygen')).map((query) => query.flux)
    expect(rowsOf(await bucket.query(filledIn(flux.replace('spo2', 'spo3'))))).toEqual([])
  })
})
