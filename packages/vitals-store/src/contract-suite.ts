import type { LogTopic } from '@pulsewire/contracts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { VitalsQuery, VitalsStore } from './port.ts'
import { alarm, block, finding, message, point, quarantined, T0, writeOf } from './testing/samples.ts'

/** A store of its own for each test, on a directory or bucket of its own. */
export interface StoreUnderTest {
  readonly store: VitalsStore
  /** Closes the store and opens it again on the same data. */
  reopen(): Promise<VitalsStore>
  dispose(): Promise<void>
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const telemetry = (offset: number, partition = 0) => ({ topic: 'telemetry' as LogTopic, partition, offset })

/** What every adapter of `VitalsStore` has to do. */
export function describeVitalsStore(name: string, create: () => Promise<StoreUnderTest>): void {
  describe(`the vitals store contract: ${name}`, () => {
    let under: StoreUnderTest
    let store: VitalsStore
    beforeEach(async () => {
      under = await create()
      ;({ store } = under)
    })
    afterEach(async () => under.dispose())

    const range = { from: T0 - DAY_MS, to: T0 + DAY_MS }
    const vitals = async (query: Partial<VitalsQuery> = {}) => {
      const answer = await store.vitals({ patient: 'p1', codes: ['heartRate'], ...range, ...query })
      return answer.series[0]?.points.map(({ time, value }) => [time - T0, value])
    }

    describe('accounting (G2)', () => {
      it('counts a message once, and keeps the positions with the rows', async () => {
        const report = await store.write(
          writeOf([message(0, { vitals: [point()] }), message(1, { vitals: [point({ time: T0 + 1000, value: 73 })] })]),
        )
        expect(report).toEqual({ stored: 2, duplicates: 0, reused: [] })
        expect(await vitals()).toEqual([
          [0, 72],
          [1000, 73],
        ])
        expect(await store.positions(['telemetry'])).toEqual([telemetry(2)])
        expect(await store.positions(['findings'])).toEqual([])
        expect(await store.ledger()).toEqual({ stored: 2, duplicates: 0, quarantined: 0, positions: [telemetry(2)] })
      })

      it('gives a write that is repeated no second effect', async () => {
        const write = writeOf([message(0, { vitals: [point()] }), message(1, { seq: null })], {
          quarantine: [quarantined(0)],
          positions: [telemetry(2), { topic: 'quarantine', partition: 0, offset: 1 }],
        })
        await store.write(write)
        const before = await store.ledger()
        expect(await store.write(write)).toEqual({ stored: 0, duplicates: 0, reused: [] })
        expect(await store.ledger()).toEqual(before)
        expect((await store.quarantine({})).entries).toHaveLength(1)
      })

      it('never moves a position back', async () => {
        await store.write(writeOf([message(9)]))
        await store.write({ positions: [telemetry(3)] })
        expect(await store.positions(['telemetry'])).toEqual([telemetry(10)])
      })

      it('counts the same seq with the same content as a duplicate without effect, within a write and across', async () => {
        const twice = { seq: 7, content: 'x' }
        await store.write(
          writeOf([
            message(0, { ...twice, vitals: [point()] }),
            message(1, { ...twice, vitals: [point({ value: 1 })] }),
          ]),
        )
        const report = await store.write(writeOf([message(2, { ...twice, vitals: [point({ value: 2 })] })]))
        expect(report).toEqual({ stored: 0, duplicates: 1, reused: [] })
        expect(await vitals()).toEqual([[0, 72]])
        expect(await store.ledger()).toMatchObject({ stored: 1, duplicates: 2, quarantined: 0 })
      })

      it('quarantines the same seq with other content, in the same write', async () => {
        const original = message(0, { seq: 7, content: 'one', vitals: [point()] })
        const other = message(1, { seq: 7, content: 'two', vitals: [point({ value: 1 })] })
        const report = await store.write(writeOf([original, other]))
        expect(report).toEqual({ stored: 1, duplicates: 0, reused: [other.message] })
        expect(await vitals()).toEqual([[0, 72]])
        const { entries } = await store.quarantine({ device: 'd1' })
        expect(entries).toMatchObject([{ id: 'telemetry/0/1', code: 'PW_SEQ_REUSED', boot: 'b1', seq: 7 }])
        expect(Buffer.from(entries[0]?.payload ?? []).toString()).toBe('two')
        expect(await store.ledger()).toMatchObject({ stored: 1, duplicates: 0, quarantined: 1 })
      })

      it('knows duplicates and reuses of what was written before it was opened', async () => {
        await store.write(writeOf([message(0, { seq: 7, content: 'one' })]))
        store = await under.reopen()
        const report = await store.write(
          writeOf([message(1, { seq: 7, content: 'one' }), message(2, { seq: 7, content: 'two' })]),
        )
        expect(report).toMatchObject({ stored: 0, duplicates: 1 })
        expect(report.reused).toHaveLength(1)
        store = await under.reopen()
        expect(await store.ledger()).toMatchObject({
          stored: 1,
          duplicates: 1,
          quarantined: 1,
          positions: [telemetry(3)],
        })
      })

      it('takes the same seq of another session or device as a message of its own', async () => {
        const report = await store.write(
          writeOf([message(0, { seq: 1 }), message(1, { seq: 1, boot: 'b2' }), message(2, { seq: 1, device: 'd2' })]),
        )
        expect(report.stored).toBe(3)
      })

      it('stores each message without a seq (a last will)', async () => {
        const report = await store.write(writeOf([message(0, { seq: null }), message(1, { seq: null })]))
        expect(report).toMatchObject({ stored: 2, duplicates: 0 })
      })

      it('names the gaps of each session, whatever the order of arrival, and after it was opened again', async () => {
        const seqs = [5, 3, 9, 4, 8]
        await store.write(writeOf(seqs.map((seq, offset) => message(offset, { seq }))))
        await store.write(writeOf([message(5, { boot: 'b2', seq: 0 }), message(6, { boot: 'b2', seq: 2 })]))
        const expected = [
          { boot: 'b1', from: 6, to: 7 },
          { boot: 'b2', from: 1, to: 1 },
        ]
        expect(await store.gaps('d1')).toEqual(expected)
        expect(await store.gaps('unknown')).toEqual([])
        store = await under.reopen()
        expect(await store.gaps('d1')).toEqual(expected)
        await store.write({
          quarantine: [quarantined(0, { boot: 'b1', seq: 6 })],
          positions: [{ topic: 'quarantine', partition: 0, offset: 1 }],
        })
        await store.write(writeOf([message(7, { boot: 'b2', seq: 1 })]))
        expect(await store.gaps('d1')).toEqual([{ boot: 'b1', from: 7, to: 7 }])
      })

      it('refuses what it cannot hold (PW_REQUEST_INVALID) and writes nothing of it', async () => {
        const bad = [point({ time: 1.5 }), point({ value: Number.NaN }), point({ value: Infinity })]
        for (const vital of bad) {
          const write = writeOf([message(0, { vitals: [point()] }), message(1, { vitals: [vital] })])
          await expect(store.write(write)).rejects.toMatchObject({ code: 'PW_REQUEST_INVALID' })
        }
        const noRate = writeOf([message(0, { waveforms: [block({ rateHz: 0 })] })])
        await expect(store.write(noRate)).rejects.toMatchObject({ code: 'PW_REQUEST_INVALID' })
        expect(await store.ledger()).toEqual({ stored: 0, duplicates: 0, quarantined: 0, positions: [] })
        expect(await vitals()).toEqual([])
      })
    })

    describe('vitals', () => {
      it('come by time with their unit; a code without points is there, empty; the range is [from, to)', async () => {
        await store.write({
          vitals: [
            point({ time: T0 + 2000, value: 3 }),
            point({ time: T0, value: 1 }),
            point({ time: T0 + 1000, value: 2 }),
            point({ patient: 'p2', value: 99 }),
            point({ code: 'consciousness', device: 'staff', value: 'V', by: 'nurse' }),
          ],
          positions: [],
        })
        const query = { patient: 'p1', codes: ['heartRate', 'spo2', 'consciousness'], from: T0, to: T0 + 2000 }
        expect(await store.vitals(query)).toEqual({
          series: [
            {
              code: 'heartRate',
              unit: '/min',
              points: [
                { time: T0, value: 1 },
                { time: T0 + 1000, value: 2 },
              ],
            },
            { code: 'spo2', unit: '%', points: [] },
            { code: 'consciousness', unit: '1', points: [{ time: T0, value: 'V' }] },
          ],
        })
      })

      it('keep the last value of a series and time, also across writes; devices are series of their own', async () => {
        await store.write({ vitals: [point({ value: 1 }), point({ value: 2 })], positions: [] })
        await store.write({ vitals: [point({ value: 3 }), point({ device: 'd2', value: 9 })], positions: [] })
        expect(await vitals({ device: 'd1' })).toEqual([[0, 3]])
        expect(await vitals()).toHaveLength(2)
      })

      it('converge: of two messages for one time the later by seq counts, whatever came first (G3)', async () => {
        await store.write(writeOf([message(0, { seq: 5, vitals: [point({ value: 5 })] })]))
        await store.write(writeOf([message(1, { seq: 4, vitals: [point({ value: 4 })] })]))
        expect(await vitals()).toEqual([[0, 5]])
        expect(await store.latest(['p1'])).toMatchObject([{ value: 5 }])
      })

      it('are aggregated in windows aligned to 1970, empty windows left out', async () => {
        const values = [1, 2, 3, 10]
        await store.write({
          vitals: [
            ...values.map((value, index) => point({ time: T0 + index * 10_000, value })),
            point({ time: T0 + 180_000, value: 50 }),
          ],
          positions: [],
        })
        const over = async (fn: NonNullable<VitalsQuery['fn']>) =>
          (await vitals({ every: { ms: 60_000 }, fn }))?.[0]?.[1]
        expect(await vitals({ every: { ms: 60_000 } })).toEqual([
          [0, 4],
          [180_000, 50],
        ])
        expect(await vitals({ every: { ms: 60_000 }, from: T0 + 15_000, to: T0 + 25_000 })).toEqual([[0, 3]])
        const aggregated = [await over('min'), await over('max'), await over('median'), await over('count')]
        expect(aggregated).toEqual([1, 10, 2.5, 4])
        expect([await over('first'), await over('last'), await over('sum')]).toEqual([1, 10, 16])
        expect(await over('stddev')).toBeCloseTo(4.0825, 4)
        expect(await vitals({ every: { ms: 60_000 }, fn: 'stddev', from: T0 + 180_000 })).toEqual([[180_000, 0]])
        expect(await vitals({ fn: 'max' })).toEqual([[-DAY_MS, 50]])
      })

      it('are counted once in a window though written twice', async () => {
        for (const value of [10, 20]) await store.write({ vitals: [point({ value })], positions: [] })
        expect(await vitals({ every: { ms: 1000 }, fn: 'count' })).toEqual([[0, 1]])
        expect(await vitals({ every: { ms: 1000 }, fn: 'sum' })).toEqual([[0, 20]])
      })

      it('are aggregated by calendar days of a time zone, over a change of the clocks', async () => {
        const start = Date.parse('2024-03-30T23:00:00Z')
        const hours = Array.from({ length: 24 }, (_, hour) => point({ time: start + hour * HOUR_MS, value: hour }))
        await store.write({ vitals: hours, positions: [] })
        const query = {
          patient: 'p1',
          codes: ['heartRate'],
          from: start - DAY_MS,
          to: start + 3 * DAY_MS,
          fn: 'count' as const,
        }
        const { series } = await store.vitals({ ...query, every: { days: 1, timeZone: 'Europe/Berlin' } })
        expect(series[0]?.points).toEqual([
          { time: start, value: 23 },
          { time: Date.parse('2024-03-31T22:00:00Z'), value: 1 },
        ])
        const unknown = store.vitals({ ...query, every: { days: 1, timeZone: 'Mars/Base' } })
        await expect(unknown).rejects.toMatchObject({ code: 'PW_REQUEST_INVALID' })
      })

      it('answer words with the last one of a window, or their count', async () => {
        const words = ['A', 'V'].map((value, index) => point({ code: 'consciousness', time: T0 + index, value }))
        await store.write({ vitals: words, positions: [] })
        const of = async (fn: NonNullable<VitalsQuery['fn']>) =>
          (await store.vitals({ patient: 'p1', codes: ['consciousness'], ...range, every: { ms: 60_000 }, fn }))
            .series[0]?.points
        expect(await of('mean')).toEqual([{ time: T0, value: 'V' }])
        expect(await of('first')).toEqual([{ time: T0, value: 'A' }])
        expect(await of('count')).toEqual([{ time: T0, value: 2 }])
      })

      it('come in pages that lose and repeat nothing, with several series at equal times', async () => {
        const codes = ['heartRate', 'spo2', 'temperature']
        const points = [0, 1, 2, 3, 4].flatMap((second) =>
          codes.map((code) => point({ code, time: T0 + second * 1000, value: second })),
        )
        await store.write({ vitals: points, positions: [] })
        for (const limit of [1, 2, 4, 7, 15, 100]) {
          const seen: string[] = []
          let from: number | undefined = range.from
          while (from !== undefined) {
            const page: Awaited<ReturnType<VitalsStore['vitals']>> = await store.vitals({
              patient: 'p1',
              codes,
              from,
              to: range.to,
              limit,
            })
            for (const { code, points: some } of page.series) seen.push(...some.map(({ time }) => `${code} ${time}`))
            from = page.next
          }
          expect(seen.sort()).toEqual(points.map(({ code, time }) => `${code} ${time}`).sort())
        }
        const windows = await store.vitals({ patient: 'p1', codes, ...range, every: { ms: 2000 }, limit: 1 })
        expect(windows.next).toBe(T0 + 2000)
      })

      it('refuse a limit of nothing', async () => {
        await expect(vitals({ limit: 0 })).rejects.toMatchObject({ code: 'PW_REQUEST_INVALID' })
      })

      it('have a newest value a series, not moved back by late data, also after it was opened again', async () => {
        await store.write(
          writeOf([message(0, { vitals: [point({ value: 80 }), point({ code: 'spo2', value: 97 })] })], {
            vitals: [point({ time: T0 - 5000, value: 1 }), point({ patient: 'p2', value: 60 })],
          }),
        )
        const expected = [
          { patient: 'p1', device: 'd1', code: 'heartRate', time: T0, value: 80 },
          { patient: 'p1', device: 'd1', code: 'spo2', time: T0, value: 97 },
          { patient: 'p2', device: 'd1', code: 'heartRate', time: T0, value: 60 },
        ]
        expect(await store.latest(['p1', 'p2', 'p3'])).toEqual(expected)
        store = await under.reopen()
        expect(await store.latest(['p1', 'p2', 'p3'])).toEqual(expected)
        await store.maintain({ now: T0, force: true })
        store = await under.reopen()
        expect(await store.latest(['p1', 'p2', 'p3'])).toEqual(expected)
      })
    })

    describe('waveforms', () => {
      const ramp = (start: number, length = 250) => Int16Array.from({ length }, (_, index) => start + index)
      const read = async (
        query: { from?: number; to?: number; limit?: number; signals?: string[]; device?: string } = {},
      ) => store.waveforms({ patient: 'p1', signals: ['ecg.II'], ...range, ...query })

      it('come back sample for sample, adjacent blocks joined, in any order of arrival', async () => {
        const blocks = [2, 0, 1].map((second) => block({ start: T0 + second * 1000, samples: ramp(second * 250) }))
        await store.write(writeOf(blocks.map((one, offset) => message(offset, { waveforms: [one] }))))
        const { signals } = await read({ signals: ['ecg.II', 'ppg'] })
        expect(signals).toEqual([
          {
            signal: 'ecg.II',
            segments: [
              { device: 'd1', start: T0, rateHz: 250, unit: 'mV', scale: 0.005, offset: 0, samples: ramp(0, 750) },
            ],
          },
          { signal: 'ppg', segments: [] },
        ])
      })

      it('stay apart at gaps, and where rate, scale or device differ; rounding to ms is no gap', async () => {
        // 125 samples at 360 Hz last 347.2 ms.
        const starts = [0, 347, 694, 2000]
        const blocks = starts.map((ms) => block({ start: T0 + ms, rateHz: 360, samples: ramp(0, 125) }))
        const odd = [block({ start: T0 + 1042, scale: 0.01 }), block({ device: 'd2' })]
        await store.write(writeOf([...blocks, ...odd].map((one, offset) => message(offset, { waveforms: [one] }))))
        const segments = (await read()).signals[0]?.segments ?? []
        const summary = segments.map(({ start, samples, device, scale }) => [start - T0, samples.length, device, scale])
        expect(summary).toHaveLength(4)
        expect(summary).toEqual(
          expect.arrayContaining([
            [0, 375, 'd1', 0.005],
            [2000, 125, 'd1', 0.005],
            [1042, 250, 'd1', 0.01],
            [0, 250, 'd2', 0.005],
          ]),
        )
        expect((await read({ device: 'd2' })).signals[0]?.segments).toHaveLength(1)
      })

      it('hold the extremes and missing samples of int16', async () => {
        const samples = Int16Array.from([-32768, 32767, -32767, 0, -32768])
        await store.write(writeOf([message(0, { waveforms: [block({ samples })] })]))
        expect((await read()).signals[0]?.segments[0]?.samples).toEqual(samples)
      })

      it('are served once where a block was stored twice; of two with the same start the last counts', async () => {
        await store.write(writeOf([message(0, { waveforms: [block({ samples: ramp(0) })] })]))
        await store.write(writeOf([message(1, { waveforms: [block({ samples: ramp(7) })] })]))
        const segments = (await read()).signals[0]?.segments
        expect(segments?.map(({ samples }) => samples)).toEqual([ramp(7)])
      })

      it('are cut to the range, a block that began before it included', async () => {
        await store.write(writeOf([message(0, { waveforms: [block({ samples: ramp(0) })] })]))
        const [segment] = (await read({ from: T0 + 400, to: T0 + 420 })).signals[0]?.segments ?? []
        expect(segment).toMatchObject({ start: T0 + 400, samples: ramp(100, 5) })
      })

      it('come in pages that together hold each sample once', async () => {
        const seconds = [0, 1, 2, 3, 4, 5]
        const blocks = seconds.flatMap((second) => [
          block({ start: T0 + second * 1000, samples: ramp(second * 250) }),
          block({ signal: 'ppg', start: T0 + second * 1000 + 480, rateHz: 100, samples: ramp(second * 100, 100) }),
        ])
        await store.write(writeOf(blocks.map((one, offset) => message(offset, { waveforms: [one] }))))
        for (const limit of [1, 300, 700, 10_000]) {
          const seen = { 'ecg.II': [] as number[], ppg: [] as number[] }
          let from: number | undefined = range.from
          while (from !== undefined) {
            const page: Awaited<ReturnType<typeof read>> = await read({ from, limit, signals: ['ecg.II', 'ppg'] })
            for (const { signal, segments } of page.signals) {
              if (signal === 'ecg.II' || signal === 'ppg')
                seen[signal].push(...segments.flatMap(({ samples }) => [...samples]))
            }
            from = page.next
          }
          expect(seen['ecg.II']).toEqual([...ramp(0, 1500)])
          expect(seen.ppg).toEqual([...ramp(0, 600)])
        }
      })

      it('and codes are listed by the catalogue', async () => {
        await store.write(writeOf([message(0, { waveforms: [block()], vitals: [point()] })]))
        expect(await store.catalogue({ patient: 'p1', ...range })).toEqual({
          signals: ['ecg.II'],
          codes: ['heartRate'],
        })
        expect(await store.catalogue({ patient: 'p2', ...range })).toEqual({ signals: [], codes: [] })
      })
    })

    describe('what was found', () => {
      it('findings that overlap come by onset, the newest version of each', async () => {
        const ended = { status: 'ended' as const, end: T0 + 5000 }
        await store.write({
          findings: [finding({ onset: T0 + 10_000 }), finding(), finding({ ...ended, message: 'over' })],
          positions: [],
        })
        await store.write({ findings: [finding({ onset: T0 + 20_000, type: 'asystole', id: 'other' })], positions: [] })
        const of = async (query: Parameters<VitalsStore['findings']>[0]) =>
          (await store.findings(query)).findings.map(({ onset }) => onset - T0)
        expect(await of({ ...range })).toEqual([0, 10_000, 20_000])
        expect(await of({ from: T0 + 4000, to: T0 + 10_000 })).toEqual([0])
        expect(await of({ from: T0 + 6000, to: range.to, patient: 'p1', types: ['tachycardia'] })).toEqual([10_000])
        expect(await of({ ...range, patient: 'p2' })).toEqual([])
        const first = await store.findings({ ...range, limit: 1 })
        expect(first.findings).toEqual([finding({ ...ended, message: 'over' })])
        expect(first.next).toBe(T0 + 10_000)
      })

      it('findings come in pages that get on, however many still overlap', async () => {
        const onsets = [0, 1, 2, 2, 2, 3]
        const all = onsets.map((ms, index) => finding({ id: `f${index}`, onset: T0 + ms }))
        await store.write({ findings: all, positions: [] })
        const seen = new Set<string>()
        let from: number | undefined = T0
        for (let page = 0; from !== undefined && page < 10; page++) {
          const answer: Awaited<ReturnType<VitalsStore['findings']>> = await store.findings({
            from,
            to: range.to,
            limit: 2,
          })
          for (const { id } of answer.findings) seen.add(id)
          from = answer.next
        }
        expect(from).toBeUndefined()
        expect([...seen].sort()).toEqual(['f0', 'f1', 'f2', 'f3', 'f4', 'f5'])
      })

      it('beats of a record replace what was known of its interval, of its device and signal alone', async () => {
        const record = { patient: 'p1', device: 'd1', signal: 'ecg.II' }
        await store.write({
          beats: [
            { ...record, from: T0, to: T0 + 3000, beats: [[T0 + 500, 'N'], [T0 + 1500.5, 'N'], [T0 + 2500, 'N']] }, // prettier-ignore
            { ...record, signal: 'ecg.V1', from: T0, to: T0 + 3000, beats: [[T0 + 1501, 'N']] },
          ],
          positions: [],
        })
        await store.write({
          beats: [{ ...record, from: T0 + 1000, to: T0 + 2000, beats: [[T0 + 1700, 'V']] }],
          positions: [],
        })
        const beats = async (query: Partial<Parameters<VitalsStore['beats']>[0]> = {}) =>
          (await store.beats({ patient: 'p1', signal: 'ecg.II', ...range, ...query })).beats.map(([time, of]) => [
            time - T0,
            of,
          ])
        const expected = [
          [500, 'N'],
          [1700, 'V'],
          [2500, 'N'],
        ]
        expect(await beats()).toEqual(expected)
        expect(await beats({ signal: 'ecg.V1' })).toEqual([[1501, 'N']])
        expect(await beats({ from: T0 + 600, to: T0 + 2500 })).toEqual([[1700, 'V']])
        await store.maintain({ now: T0, force: true })
        expect(await beats()).toEqual(expected)
        await store.write({ beats: [{ ...record, from: T0, to: T0 + 1000, beats: [] }], positions: [] })
        expect(await beats()).toEqual(expected.slice(1))
      })

      it('alarms keep their newest state, by id, state, type, patient and range', async () => {
        await store.write({ alarms: [alarm(), alarm({ onset: T0 + 60_000 })], positions: [] })
        const ended = alarm({ state: 'ended', endedAt: T0 + 30_000 })
        await store.write({ alarms: [ended], positions: [] })
        expect(await store.alarm(ended.id)).toEqual(ended)
        expect(await store.alarm('unknown')).toBeUndefined()
        const of = async (query: Parameters<VitalsStore['alarms']>[0]) =>
          (await store.alarms(query)).alarms.map(({ onset }) => onset - T0)
        expect(await of({})).toEqual([0, 60_000])
        expect(await of({ states: ['active', 'latched'] })).toEqual([60_000])
        expect(await of({ from: T0 + 40_000 })).toEqual([60_000])
        expect(await of({ types: ['asystole'] })).toEqual([])
        expect(await of({ patient: 'p1', to: T0 + 1 })).toEqual([0])
        await store.maintain({ now: T0, force: true })
        expect(await store.alarm(ended.id)).toEqual(ended)
      })

      it('events come in order of time, the newest where there are too many', async () => {
        const event = (ms: number, device = 'd1') => ({
          patient: 'p1',
          device,
          kind: 'event' as const,
          time: T0 + ms,
          body: { n: ms },
        })
        await store.write(
          writeOf([
            message(0, { events: [event(2)] }),
            message(1, { events: [event(1), event(3, 'd2')] }),
            message(2, { events: [{ device: 'd3', kind: 'status', time: T0, body: { state: 'online' } }] }),
          ]),
        )
        expect(await store.events({ ...range, patient: 'p1', limit: 2 })).toEqual([event(2), event(3, 'd2')])
        expect(await store.events({ ...range, device: 'd3' })).toEqual([
          { device: 'd3', kind: 'status', time: T0, body: { state: 'online' } },
        ])
      })

      it('the quarantine is listed by receipt, with its bytes, in pages', async () => {
        const entries = [2, 0, 1].map((offset) => quarantined(offset))
        await store.write({ quarantine: entries, positions: [{ topic: 'quarantine', partition: 0, offset: 3 }] })
        const first = await store.quarantine({ limit: 2 })
        expect(first).toEqual({ entries: [quarantined(0), quarantined(1)], next: T0 + 2 })
        expect(await store.quarantine({ from: T0 + 2 })).toEqual({ entries: [quarantined(2)] })
        expect((await store.quarantine({ device: 'other' })).entries).toEqual([])
        expect(await store.ledger()).toMatchObject({ quarantined: 3 })
      })
    })

    describe('upkeep', () => {
      it('changes no answer: before, after, and with what came since', async () => {
        const messages = Array.from({ length: 40 }, (_, offset) =>
          message(offset, {
            vitals: [point({ time: T0 - (offset % 4) * DAY_MS + offset * 1000, value: offset })],
            waveforms: [block({ start: T0 + offset * 1000 })],
          }),
        )
        const ask = async () => ({
          raw: await store.vitals({ patient: 'p1', codes: ['heartRate'], from: T0 - 9 * DAY_MS, to: range.to }),
          windows: await store.vitals({
            patient: 'p1',
            codes: ['heartRate'],
            from: T0 - 9 * DAY_MS,
            to: range.to,
            every: { ms: HOUR_MS },
          }),
          waveforms: await store.waveforms({ patient: 'p1', signals: ['ecg.II'], ...range }),
          catalogue: await store.catalogue({ patient: 'p1', ...range }),
          ledger: await store.ledger(),
          gaps: await store.gaps('d1'),
        })
        await store.write(writeOf(messages))
        const before = await ask()
        await store.maintain({ now: T0 + 10 * DAY_MS })
        expect(await ask()).toEqual(before)
        await store.maintain({ now: T0 + 10 * DAY_MS, force: true })
        expect(await ask()).toEqual(before)
        await store.write(writeOf([message(40, { seq: 40, vitals: [point({ time: T0, value: 1000 })] })]))
        expect(await vitals({ from: T0, to: T0 + 1 })).toEqual([[0, 1000]])
        await store.maintain({ now: T0 + 10 * DAY_MS, force: true })
        store = await under.reopen()
        expect(await vitals({ from: T0, to: T0 + 1 })).toEqual([[0, 1000]])
        expect(await store.ledger()).toMatchObject({ stored: 41 })
      })

      it('and queries go on beside writes, without losing any', async () => {
        const writes = Array.from({ length: 30 }, async (_, offset) =>
          store.write(writeOf([message(offset, { vitals: [point({ time: T0 + offset, value: offset })] })])),
        )
        const upkeep = store.maintain({ now: T0, force: true })
        const counts: number[] = []
        for (let turn = 0; turn < 5; turn++) counts.push((await vitals())?.length ?? 0)
        await Promise.all([...writes, upkeep])
        expect(counts).toEqual([...counts].sort((one, other) => one - other))
        expect(await vitals()).toHaveLength(30)
      })

      it('a closed store says so', async () => {
        await store.close()
        await expect(store.ledger()).rejects.toMatchObject({ code: 'PW_STORE_UNAVAILABLE' })
      })
    })
  })
}
