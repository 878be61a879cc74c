import { createMemoryEventLog, type EventLog } from '@pulsewire/event-log'
import { createMetrics, createSilentLogger } from '@pulsewire/runtime'
import { openInfluxVitalsStore, type VitalsStore } from '@pulsewire/vitals-store'
import { createTestBucket, type TestBucket } from '@pulsewire/vitals-store/testing'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { startRecorder, type RunningRecorder } from './recorder.ts'
import { alarm } from './testing/alarm.ts'
import { json, T0, telemetry, vitalsUplink, waveformUplink } from './testing/records.ts'

const DAY_MS = 86_400_000

describe('the recorder on InfluxDB', () => {
  let bucket: TestBucket
  let log: EventLog
  let store: VitalsStore
  const recorders: RunningRecorder[] = []
  beforeEach(async () => {
    bucket = await createTestBucket()
    log = createMemoryEventLog({ partitions: 4 })
    store = await openInfluxVitalsStore(bucket.options)
  })
  afterEach(async () => {
    for (const recorder of recorders.splice(0)) await recorder.stop()
    await store.close()
    await log.close()
    await bucket.remove()
  })
  const start = async (over: VitalsStore = store) => {
    const deps = { log, store: over, logger: createSilentLogger(), metrics: createMetrics('recorder') }
    const recorder = await startRecorder(deps, { windowMs: 5, retryMs: 5, maxRetryMs: 50 })
    recorders.push(recorder)
    return recorder
  }
  const ledgerShows = async (counts: { stored: number; duplicates?: number; quarantined?: number }) =>
    vi.waitFor(async () => expect(await store.ledger()).toMatchObject(counts), { timeout: 20_000, interval: 50 })
  const range = { from: T0 - 100 * DAY_MS, to: T0 + DAY_MS }

  it('quarantines the record whose line InfluxDB refuses, with the reason, and stores its neighbours', async () => {
    // Somebody else wrote words where we write numbers: a type holds for a field in a week of a bucket.
    const then = T0 - 60 * DAY_MS
    const { url, org, token } = bucket.options
    const answer = await fetch(`${url}/api/v2/write?org=${org}&bucket=${bucket.options.bucket}&precision=ms`, {
      method: 'POST',
      headers: { authorization: `Token ${token}` },
      body: `vitals,patient=other,device=other,code=heartRate value="words" ${then}`,
    })
    expect(answer.status).toBe(204)
    await log.append('telemetry', [
      ...[0, 1, 2].map((seq) => telemetry(vitalsUplink(seq, { heartRate: 70 + seq }))),
      telemetry({ kind: 'vitals', message: { boot: 'b1', seq: 3, at: then, vitals: { heartRate: 99 } } }),
      ...[4, 5].map((seq) => telemetry(vitalsUplink(seq, { heartRate: 70 + seq }))),
      telemetry(waveformUplink(6)),
    ])
    await start()
    await ledgerShows({ stored: 6, duplicates: 0, quarantined: 1 })
    // Not over both types: InfluxDB leaves out one of them then, unsaid. So nobody else may write into the bucket (docs/analysts.md).
    const near = { from: T0 - DAY_MS, to: T0 + DAY_MS }
    const { series } = await store.vitals({ patient: 'p1', codes: ['heartRate'], ...near })
    expect(series[0]?.points.map(({ value }) => value)).toEqual([70, 71, 72, 74, 75])
    const { entries } = await store.quarantine({})
    expect(entries).toMatchObject([
      { device: 'd1', boot: 'b1', seq: 3, detail: expect.stringContaining('type conflict') },
    ])
    expect(await store.gaps('d1')).toEqual([])
  })

  it('shares the partitions with a second one, which goes on alone, and the ledger is exact', async () => {
    const devices = Array.from({ length: 12 }, (_, index) => `d${index}`)
    const send = async (seqs: readonly number[]) =>
      log.append(
        'telemetry',
        seqs.flatMap((seq) =>
          devices.map((device) => telemetry(vitalsUplink(seq), { device, patient: `p-${device}` })),
        ),
      )
    const first = await start()
    await send([0, 1, 2])
    await ledgerShows({ stored: 36 })
    const otherStore = await openInfluxVitalsStore(bucket.options)
    await start(otherStore)
    await send([3, 4, 2])
    await ledgerShows({ stored: 60, duplicates: 12 })
    await first.stop()
    await send([5, 0, 4])
    await ledgerShows({ stored: 72, duplicates: 36, quarantined: 0 })
    for (const device of devices) {
      const { series } = await store.vitals({ patient: `p-${device}`, codes: ['heartRate'], ...range })
      expect(series[0]?.points).toHaveLength(6)
      expect(await store.gaps(device)).toEqual([])
    }
    await recorders.pop()?.stop()
    await otherStore.close()
  })

  it('keeps alarms, findings, beats and derived series as the log says them', async () => {
    await start()
    const event = (version: number, message: string) =>
      json('p1', { patient: 'p1', version, at: T0, event: 'raised', alarm: alarm(message) }, { event: 'raised' })
    await log.append('alarms', [event(1, 'first'), event(2, 'second')])
    const beats = { patient: 'p1', device: 'd1', signal: 'ecg.II', from: T0, to: T0 + 1000, beats: [[T0 + 4, 'N']] }
    await log.append('findings', [
      json('p1', beats, { kind: 'beats' }),
      json('p1', { patient: 'p1', series: [{ code: 'news2', points: [[T0, 3]] }] }, { kind: 'derived' }),
    ])
    await vi.waitFor(async () => {
      expect((await store.alarms({})).alarms.map(({ message }) => message)).toEqual(['second'])
      expect((await store.beats({ patient: 'p1', ...range })).beats).toEqual([[T0 + 4, 'N']])
      expect(await store.latest(['p1'])).toMatchObject([{ device: 'pulsewire', code: 'news2', value: 3 }])
    })
  })
})
