import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { VitalsStore } from '../port.ts'
import { message, point, T0, writeOf } from '../testing/samples.ts'
import { openInfluxVitalsStore } from './open.ts'
import { createTestBucket, type TestBucket } from './testing.ts'

const MANY = 2_000

describe('InfluxDB answers questions about many', () => {
  let bucket: TestBucket
  let store: VitalsStore
  beforeAll(async () => {
    bucket = await createTestBucket()
    store = await openInfluxVitalsStore(bucket.options)
    const messages = Array.from({ length: MANY }, (_, n) =>
      message(n, {
        vitals: [
          point({ patient: `p${n}`, value: n }),
          point({ patient: 'one', code: `code-${n}`, time: T0 + n, value: n }),
        ],
      }),
    )
    await store.write(writeOf(messages))
  })
  afterAll(async () => {
    await store.close()
    await bucket.remove()
  })

  it('patients', async () => {
    const latest = await store.latest(Array.from({ length: MANY }, (_, n) => `p${n}`))
    expect(latest.map(({ value }) => value)).toEqual(Array.from({ length: MANY }, (_, n) => n))
  })

  it('patients of any name', async () => {
    const names = [
      'a/b|c.*',
      'd$^(e)[f]',
      '${r.device}$"',
      'g\\\\h\n',
      'ÄÖ 漢字 🫀',
      '',
      '-',
      '+?{1}',
      '"q"',
      "'",
      '#',
      '`',
      '~',
      '%41',
      '=',
      ',',
    ]
    await store.write({ vitals: names.map((patient, value) => point({ patient, value })), positions: [] })
    const others = Array.from({ length: 100 }, (_, n) => `nobody-${n}`)
    const latest = await store.latest([...others, ...names])
    expect(latest.map(({ patient }) => patient)).toEqual(names)
  })

  it('codes', async () => {
    const codes = Array.from({ length: MANY }, (_, n) => `code-${n}`)
    const { series } = await store.vitals({ patient: 'one', codes, from: T0, to: T0 + MANY })
    expect(series.map(({ points }) => points[0]?.value)).toEqual(Array.from({ length: MANY }, (_, n) => n))
  })

  it('messages that come again after a restart', async () => {
    const again = await openInfluxVitalsStore(bucket.options)
    const messages = Array.from({ length: MANY }, (_, n) =>
      message(MANY + n, { seq: n, content: n === 7 ? 'other' : `seq ${n}` }),
    )
    const report = await again.write(writeOf(messages))
    expect(report).toMatchObject({ stored: 0, duplicates: MANY - 1 })
    expect(report.reused.map(({ seq }) => seq)).toEqual([7])
    await again.close()
  })
})
