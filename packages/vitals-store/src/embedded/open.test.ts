import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PulsewireError } from '@pulsewire/contracts'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { alarm, block, finding, message, point, quarantined, T0, writeOf } from '../testing/samples.ts'
import { openEmbeddedVitalsStore } from './open.ts'

describe('the embedded store in its thread', () => {
  let directory: string
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pulsewire-open-'))
  })
  afterEach(async () => rm(directory, { recursive: true }))
  const range = { from: T0 - 1000, to: T0 + 5000 }

  it('carries every call and answer across, typed arrays and errors included', async () => {
    const store = await openEmbeddedVitalsStore({ directory })
    const samples = new Int16Array(1000).fill(7).subarray(10, 20)
    const event = { patient: 'p1', device: 'd1', kind: 'event' as const, time: T0, body: { event: 'fall' } }
    const sent = message(0, { vitals: [point()], waveforms: [block({ samples })], events: [event] })
    const payload = Buffer.from('a view into a pool').subarray(2, 6)
    const report = await store.write(
      writeOf([sent], { findings: [finding()], alarms: [alarm()], quarantine: [quarantined(0, { payload })] }),
    )
    expect(report).toEqual({ stored: 1, duplicates: 0, reused: [] })
    expect((await store.vitals({ patient: 'p1', codes: ['heartRate'], ...range })).series[0]?.points).toHaveLength(1)
    const { signals } = await store.waveforms({ patient: 'p1', signals: ['ecg.II'], ...range })
    expect(signals[0]?.segments[0]?.samples).toEqual(new Int16Array(10).fill(7))
    expect(await store.catalogue({ patient: 'p1', ...range })).toEqual({ signals: ['ecg.II'], codes: ['heartRate'] })
    expect((await store.findings(range)).findings).toEqual([finding()])
    expect((await store.beats({ patient: 'p1', ...range })).beats).toEqual([])
    expect((await store.alarms({})).alarms).toEqual([alarm()])
    expect(await store.alarm(alarm().id)).toEqual(alarm())
    expect(await store.events({ ...range, device: 'd1' })).toEqual([event])
    expect(await store.latest(['p1'])).toHaveLength(1)
    const { entries } = await store.quarantine({})
    expect(Buffer.from(entries[0]?.payload ?? []).toString()).toBe('view')
    expect(await store.gaps('d1')).toEqual([])
    expect(await store.positions(['telemetry'])).toHaveLength(1)
    const refused = store.vitals({ patient: 'p1', codes: ['heartRate'], ...range, limit: -1 })
    await expect(refused).rejects.toBeInstanceOf(PulsewireError)
    await expect(refused).rejects.toMatchObject({ code: 'PW_REQUEST_INVALID' })
    await store.maintain({ now: T0, force: true })
    await store.close()
    await store.close()
    await expect(store.ledger()).rejects.toMatchObject({ code: 'PW_STORE_UNAVAILABLE' })
  })

  it('says that it cannot be opened, and why', async () => {
    const file = join(directory, 'file')
    await writeFile(file, 'not a directory')
    const opened = openEmbeddedVitalsStore({ directory: file })
    await expect(opened).rejects.toMatchObject({
      code: 'PW_STORE_UNAVAILABLE',
      message: expect.stringMatching(/EEXIST/),
    })
  })

  it('says at once that its file is damaged', async () => {
    const store = await openEmbeddedVitalsStore({ directory })
    await store.write(writeOf([message(0, { vitals: [point()] })]))
    await store.close()
    const path = join(directory, 'store.duckdb')
    const bytes = await readFile(path)
    bytes.fill(0xff, 8_300, 8_400).fill(0xff, 12_400, 12_500)
    await writeFile(path, bytes)
    await expect(openEmbeddedVitalsStore({ directory })).rejects.toMatchObject({ code: 'PW_STORE_DAMAGED' })
  })

  it('keeps this thread free while it writes', async () => {
    const store = await openEmbeddedVitalsStore({ directory })
    const blocks = Array.from({ length: 3000 }, (_, index) => block({ start: T0 + index * 1000 }))
    const tick = vi.fn<() => void>()
    const timer = setInterval(tick, 1)
    await store.write(writeOf([message(0, { waveforms: blocks })]))
    clearInterval(timer)
    expect(tick.mock.calls.length).toBeGreaterThan(5)
    await store.close()
  })
})
