import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBBlobValue, DuckDBInstance } from '@duckdb/node-api'
import type { PulsewireError } from '@pulsewire/contracts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { block, message, point, T0, writeOf } from '../testing/samples.ts'
import { openEngine, type EngineOptions } from './engine.ts'

const DAY_MS = 86_400_000
const range = { patient: 'p1', from: T0 - DAY_MS, to: T0 + 3 * DAY_MS }

describe('what is damaged on disk', () => {
  let directory: string
  let reports: PulsewireError[]
  const open = async (options: Partial<EngineOptions> = {}) =>
    openEngine({ directory, ...options }, (error) => reports.push(error))
  const sealedFiles = async (table: string) =>
    (await readdir(join(directory, 'sealed', table))).sort().map((name) => join(directory, 'sealed', table, name))

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pulsewire-damage-'))
    reports = []
  })
  afterEach(async () => rm(directory, { recursive: true }))

  /** Two days, each sealed in a file of its own. */
  async function twoSealedDays() {
    const store = await open({ seal: { minRows: 1 } })
    await store.write(
      writeOf([0, 1].map((day) => message(day, { vitals: [point({ time: T0 + day * DAY_MS, value: day })] }))),
    )
    await store.maintain({ now: T0 + 9 * DAY_MS })
    return store
  }
  const values = async (store: Awaited<ReturnType<typeof open>>) => {
    const { series, damaged } = await store.vitals({ ...range, codes: ['heartRate'] })
    return { values: series[0]?.points.map(({ value }) => value), damaged: damaged?.map(({ from }) => from) }
  }

  it('a sealed file with one wrong byte is reported once and left out, the rest answers; restored, it is served again', async () => {
    const store = await twoSealedDays()
    expect(await values(store)).toEqual({ values: [0, 1], damaged: undefined })
    const [, second] = await sealedFiles('vitals')
    if (second === undefined) throw new Error('there are two sealed days')
    const whole = await readFile(second)
    const bad = Buffer.from(whole)
    bad[20] = (bad[20] ?? 0) ^ 1
    await writeFile(second, bad)
    expect(await values(store)).toEqual({ values: [0], damaged: [T0 + DAY_MS] })
    expect(await values(store)).toEqual({ values: [0], damaged: [T0 + DAY_MS] })
    expect(reports.map(({ code }) => code)).toEqual(['PW_STORE_DAMAGED'])
    await writeFile(second, whole)
    await store.maintain({ now: T0 + 9 * DAY_MS })
    expect(await values(store)).toEqual({ values: [0, 1], damaged: undefined })
    await store.close()
  })

  it('a sealed file that is missing or cut short is noticed by the upkeep', async () => {
    const store = await twoSealedDays()
    const [first, second] = await sealedFiles('vitals')
    if (first === undefined || second === undefined) throw new Error('there are two sealed days')
    await rm(first)
    await writeFile(second, (await readFile(second)).subarray(0, 100))
    await store.maintain({ now: T0 + 9 * DAY_MS })
    expect(reports.map(({ message: text }) => text)).toEqual([
      expect.stringMatching(/is missing/),
      expect.stringMatching(/has 100 bytes/),
    ])
    expect(await values(store)).toEqual({ values: [], damaged: [T0, T0 + DAY_MS] })
    await store.close()
  })

  it('a block with a wrong checksum is not served, its neighbours are', async () => {
    const store = await open()
    const blocks = [0, 1, 2].map((second) =>
      block({ start: T0 + second * 1000, samples: new Int16Array(250).fill(second) }),
    )
    await store.write(writeOf(blocks.map((one, offset) => message(offset, { waveforms: [one] }))))
    await store.close()
    const instance = await DuckDBInstance.create(join(directory, 'store.duckdb'))
    const connection = await instance.connect()
    const where = `WHERE start = ${T0 + 1000}`
    const row = (await connection.runAndReadAll(`SELECT samples FROM waveforms ${where}`)).getRows()[0]?.[0]
    if (!(row instanceof DuckDBBlobValue)) throw new Error('a block is a BLOB')
    const bytes = Uint8Array.from(row.bytes)
    bytes[9] = (bytes[9] ?? 0) ^ 2
    await connection.run(`UPDATE waveforms SET samples = $1 ${where}`, [new DuckDBBlobValue(bytes)])
    connection.closeSync()
    instance.closeSync()

    const again = await open()
    const { signals, damaged } = await again.waveforms({ ...range, signals: ['ecg.II'] })
    expect(signals[0]?.segments.map(({ start, samples }) => [start - T0, samples.length, samples[0]])).toEqual([
      [0, 250, 0],
      [2000, 250, 2],
    ])
    expect(damaged).toMatchObject([{ from: T0 + 1000, to: T0 + 2000 }])
    expect(reports).toMatchObject([{ code: 'PW_STORE_DAMAGED' }])
    await again.close()
  })

  it('a file of a seal that was killed before its transaction is removed, and doubles nothing', async () => {
    const store = await twoSealedDays()
    await store.close()
    const [first] = await sealedFiles('vitals')
    if (first === undefined) throw new Error('there are two sealed days')
    await copyFile(first, first.replace('.parquet', '-stray.parquet'))
    await copyFile(first, `${first}.partial`)
    const again = await open()
    expect(await values(again)).toEqual({ values: [0, 1], damaged: undefined })
    expect(await sealedFiles('vitals')).toHaveLength(2)
    await again.close()
  })
})

describe('closing', () => {
  it('in the middle of a seal waits for no more than it must, and loses nothing', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'pulsewire-close-'))
    const store = await openEngine({ directory })
    const vitals = Array.from({ length: 20_000 }, (_, index) => point({ time: T0 + index, value: index }))
    await store.write(writeOf([message(0, { vitals })]))
    const upkeep = store.maintain({ force: true }).then(
      () => 'done',
      (error: PulsewireError) => error.code,
    )
    await store.close()
    expect(['done', 'PW_STORE_UNAVAILABLE']).toContain(await upkeep)
    const again = await openEngine({ directory })
    const { series } = await again.vitals({ ...range, codes: ['heartRate'], fn: 'count' })
    expect(series[0]?.points).toEqual([{ time: range.from, value: 20_000 }])
    await again.close()
    await rm(directory, { recursive: true })
  })
})
