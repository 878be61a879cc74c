import { readFile, stat } from 'node:fs/promises'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { WaveformMessage } from '@pulsewire/contracts'
import { startTestBroker, type TestBroker } from '@pulsewire/wearable/testing'
import { readAnnotations, readRecord, type WfdbRecord } from '@pulsewire/wfdb'
import { createRecordSource, signalName } from './record-source.ts'
import { BUNDLED_RECORDS, bundledRecord } from './records.ts'
import { originalStart, startReplay, type ReplayOptions } from './replay.ts'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

async function broker(): Promise<TestBroker> {
  const started = await startTestBroker()
  cleanups.push(() => started.stop().catch(() => undefined))
  return started
}

async function replay(at: TestBroker, options: Partial<ReplayOptions>): ReturnType<typeof startReplay> {
  const node = await startReplay({
    url: at.url,
    device: 'd1',
    credential: { username: 'd1', password: 's' },
    record: bundledRecord('101'),
    speed: Infinity,
    ...options,
  })
  cleanups.push(() => node.stop({ drainMs: 0 }))
  return node
}

const blocksOf = (at: TestBroker): WaveformMessage[] =>
  at.received.flatMap(({ uplink }) => (uplink.kind === 'waveform' ? [uplink.message] : []))

describe('a recording sent as a wearable', () => {
  it('arrives sample for sample, with the scale that makes the samples physical', async () => {
    const at = await broker()
    const node = await replay(at, { fromSample: 360, toSample: 360 * 61 + 100, startAt: 1_760_000_000_000 })
    await node.finished
    const record = await readRecord(bundledRecord('101'), { fromSample: 360, toSample: 360 * 61 + 100 })
    const blocks = blocksOf(at)
    for (const [index, name] of ['ecg.MLII', 'ecg.V1'].entries()) {
      const signals = blocks.map((block) => block.signals[index])
      expect(signals.every((signal) => signal?.name === name && signal.unit === 'mV')).toBe(true)
      expect(signals[0]).toMatchObject({ scale: 1 / 200, offset: 1024 })
      expect(signals.flatMap((signal) => [...(signal?.samples ?? [])])).toEqual([
        ...(record.signals[index]?.samples ?? []),
      ])
    }
    expect(blocks.map((block) => block.at)).toEqual(blocks.map((_, index) => 1_760_000_000_000 + index * 1000))
    expect(blocks.at(-1)?.signals[0]?.samples).toHaveLength(100)
  })

  it('faster than life ends now, and reaches into no future', async () => {
    const at = await broker()
    const before = Date.now()
    const node = await replay(at, { toSample: 360 * 20 })
    await node.finished
    const times = blocksOf(at).map((block) => block.at)
    expect(times[0]).toBeGreaterThanOrEqual(before - 20_000)
    expect(times[0]).toBeLessThan(Date.now() - 19_000)
    expect((times.at(-1) ?? Infinity) + 1000).toBeLessThanOrEqual(Date.now())
  })

  it('at life speed sends a block when it is complete, not before', async () => {
    const at = await broker()
    const started = Date.now()
    await replay(at, { speed: 1 })
    await vi.waitFor(() => expect(blocksOf(at).length).toBe(1), { timeout: 4_000 })
    expect(Date.now() - started).toBeGreaterThanOrEqual(990)
    expect(blocksOf(at)[0]?.at).toBeGreaterThanOrEqual(started)
  })

  it('looped begins a new session with each round, later than the one before', async () => {
    const record = await readRecord(bundledRecord('119'), { toSample: 720 })
    const source = createRecordSource(record, { loop: true, loopGapMs: 500 })
    const blocks = Array.from({ length: 5 }, () => source.next())
    expect(blocks.map((block) => block?.fromMs)).toEqual([0, 1000, 2500, 3500, 5000])
    expect(blocks.map((block) => block?.newBoot ?? false)).toEqual([false, false, true, false, true])
  })

  it('marks the vitals beside it as simulated', async () => {
    const at = await broker()
    const node = await replay(at, { toSample: 360 * 20, simulatedVitals: 1 })
    await node.finished
    const vitals = at.received.flatMap(({ uplink }) => (uplink.kind === 'vitals' ? [uplink.message] : []))
    expect(vitals).toHaveLength(20)
    for (const message of vitals) expect(message['simulated']).toEqual(Object.keys(message.vitals))
    expect(vitals.some((message) => message.vitals.systolic !== undefined)).toBe(true)
    expect(at.received[0]?.uplink).toMatchObject({ message: { model: 'Replay of record 101, vitals simulated' } })
  })

  it('does not loop into the future', async () => {
    const at = await broker()
    await expect(replay(at, { loop: true })).rejects.toMatchObject({ code: 'PW_CONFIG_INVALID' })
  })
})

describe('names and times of a record', () => {
  it('are those of the contract', () => {
    expect(['MLII', 'V1', 'II', 'PLETH', 'RESP', 'ABP', 'aVR'].map(signalName)).toEqual([
      'ecg.MLII', 'ecg.V1', 'ecg.II', 'ppg', 'resp', 'abp', 'ecg.aVR',
    ]) // prettier-ignore
  })

  it('the original start counts from the first sample that was read', () => {
    const record = { rateHz: 100, fromSample: 250, startTime: '10:20:30.5', startDate: '03/02/2001' }
    expect(originalStart(record)).toBe(Date.UTC(2001, 1, 3, 10, 20, 33))
    const undated: Pick<WfdbRecord, 'rateHz' | 'fromSample'> = { rateHz: 100, fromSample: 0 }
    expect(originalStart(undated)).toBeUndefined()
  })
})

describe('the bundled excerpts', () => {
  it.each(BUNDLED_RECORDS)('%s is whole by its checksums and has reference beats', async (name) => {
    const record = await readRecord(bundledRecord(name))
    expect(record.rateHz).toBe(360)
    for (const signal of record.signals) expect(signal).toMatchObject({ gainPerUnit: 200, checksumOk: true })
    const beats = (await readAnnotations(bundledRecord(name), 'atr')).filter(({ symbol }) =>
      'NVAaJSFLR'.includes(symbol),
    )
    const length = record.signals[0]?.samples.length ?? 0
    expect(beats.length).toBeGreaterThan(100)
    expect(beats.every(({ sample }) => sample >= 0 && sample < length)).toBe(true)
  })

  it('101 has the first five minutes, all come with their source, and they are small', async () => {
    expect((await readRecord(bundledRecord('101'))).signals[0]?.samples.length).toBeGreaterThanOrEqual(300 * 360)
    const sources = await readFile(bundledRecord('101').replace('101', 'SOURCES.md'), 'utf8')
    for (const name of BUNDLED_RECORDS) expect(sources).toContain(`| ${name} |`)
    const sizes = await Promise.all(
      BUNDLED_RECORDS.map(async (name) => (await stat(`${bundledRecord(name)}.dat`)).size),
    )
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(1_500_000)
  })
})
