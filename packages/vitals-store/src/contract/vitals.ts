import { describe, expect, it } from 'vitest'
import type { VitalsQuery, VitalsStore } from '../port.ts'
import { message, point, T0, writeOf } from '../testing/samples.ts'
import { type Subject, DAY_MS, HOUR_MS, RANGE, heartRates } from './subject.ts'

/** Points: ranges, windows, pages, newest values. */
export function describeVitals(subject: Subject): void {
  describe('vitals', () => {
    it('come by time with their unit; a code without points is there, empty; the range is [from, to)', async () => {
      await subject.store.write({
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
      expect(await subject.store.vitals(query)).toEqual({
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
      await subject.store.write({ vitals: [point({ value: 1 }), point({ value: 2 })], positions: [] })
      await subject.store.write({ vitals: [point({ value: 3 }), point({ device: 'd2', value: 9 })], positions: [] })
      expect(await heartRates(subject, { device: 'd1' })).toEqual([[0, 3]])
      expect(await heartRates(subject)).toHaveLength(2)
    })

    it('converge: of two messages for one time the later by seq counts, whatever came first (G3)', async () => {
      await subject.store.write(writeOf([message(0, { seq: 5, vitals: [point({ value: 5 })] })]))
      await subject.store.write(writeOf([message(1, { seq: 4, vitals: [point({ value: 4 })] })]))
      expect(await heartRates(subject)).toEqual([[0, 5]])
      expect(await subject.store.latest(['p1'])).toMatchObject([{ value: 5 }])
    })

    it('are aggregated in windows aligned to 1970, empty windows left out', async () => {
      const values = [1, 2, 3, 10]
      await subject.store.write({
        vitals: [
          ...values.map((value, index) => point({ time: T0 + index * 10_000, value })),
          point({ time: T0 + 180_000, value: 50 }),
        ],
        positions: [],
      })
      const over = async (fn: NonNullable<VitalsQuery['fn']>) =>
        (await heartRates(subject, { every: { ms: 60_000 }, fn }))?.[0]?.[1]
      expect(await heartRates(subject, { every: { ms: 60_000 } })).toEqual([
        [0, 4],
        [180_000, 50],
      ])
      expect(await heartRates(subject, { every: { ms: 60_000 }, from: T0 + 15_000, to: T0 + 25_000 })).toEqual([[0, 3]])
      const aggregated = [await over('min'), await over('max'), await over('median'), await over('count')]
      expect(aggregated).toEqual([1, 10, 2.5, 4])
      expect([await over('first'), await over('last'), await over('sum')]).toEqual([1, 10, 16])
      expect(await over('stddev')).toBeCloseTo(4.0825, 4)
      expect(await heartRates(subject, { every: { ms: 60_000 }, fn: 'stddev', from: T0 + 180_000 })).toEqual([
        [180_000, 0],
      ])
      expect(await heartRates(subject, { fn: 'max' })).toEqual([[-DAY_MS, 50]])
    })

    it('are counted once in a window though written twice', async () => {
      for (const value of [10, 20]) await subject.store.write({ vitals: [point({ value })], positions: [] })
      expect(await heartRates(subject, { every: { ms: 1000 }, fn: 'count' })).toEqual([[0, 1]])
      expect(await heartRates(subject, { every: { ms: 1000 }, fn: 'sum' })).toEqual([[0, 20]])
    })

    it('are aggregated by calendar days of a time zone, over a change of the clocks', async () => {
      const start = Date.parse('2024-03-30T23:00:00Z')
      const hours = Array.from({ length: 24 }, (_, hour) => point({ time: start + hour * HOUR_MS, value: hour }))
      await subject.store.write({ vitals: hours, positions: [] })
      const query = {
        patient: 'p1',
        codes: ['heartRate'],
        from: start - DAY_MS,
        to: start + 3 * DAY_MS,
        fn: 'count' as const,
      }
      const { series } = await subject.store.vitals({ ...query, every: { days: 1, timeZone: 'Europe/Berlin' } })
      expect(series[0]?.points).toEqual([
        { time: start, value: 23 },
        { time: Date.parse('2024-03-31T22:00:00Z'), value: 1 },
      ])
      const unknown = subject.store.vitals({ ...query, every: { days: 1, timeZone: 'Mars/Base' } })
      await expect(unknown).rejects.toMatchObject({ code: 'PW_REQUEST_INVALID' })
    })

    it('answer words with the last one of a window, or their count', async () => {
      const words = ['A', 'V'].map((value, index) => point({ code: 'consciousness', time: T0 + index, value }))
      await subject.store.write({ vitals: words, positions: [] })
      const of = async (fn: NonNullable<VitalsQuery['fn']>) =>
        (await subject.store.vitals({ patient: 'p1', codes: ['consciousness'], ...RANGE, every: { ms: 60_000 }, fn }))
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
      await subject.store.write({ vitals: points, positions: [] })
      for (const limit of [1, 2, 4, 7, 15, 100]) {
        const seen: string[] = []
        let from: number | undefined = RANGE.from
        while (from !== undefined) {
          const page: Awaited<ReturnType<VitalsStore['vitals']>> = await subject.store.vitals({
            patient: 'p1',
            codes,
            from,
            to: RANGE.to,
            limit,
          })
          for (const { code, points: some } of page.series) seen.push(...some.map(({ time }) => `${code} ${time}`))
          from = page.next
        }
        expect(seen.sort()).toEqual(points.map(({ code, time }) => `${code} ${time}`).sort())
      }
      const windows = await subject.store.vitals({ patient: 'p1', codes, ...RANGE, every: { ms: 2000 }, limit: 1 })
      expect(windows.next).toBe(T0 + 2000)
    })

    it('refuse a limit of nothing', async () => {
      await expect(heartRates(subject, { limit: 0 })).rejects.toMatchObject({ code: 'PW_REQUEST_INVALID' })
    })

    it('have a newest value a series, not moved back by late data, also after it was opened again', async () => {
      await subject.store.write(
        writeOf([message(0, { vitals: [point({ value: 80 }), point({ code: 'spo2', value: 97 })] })], {
          vitals: [point({ time: T0 - 5000, value: 1 }), point({ patient: 'p2', value: 60 })],
        }),
      )
      const expected = [
        { patient: 'p1', device: 'd1', code: 'heartRate', time: T0, value: 80 },
        { patient: 'p1', device: 'd1', code: 'spo2', time: T0, value: 97 },
        { patient: 'p2', device: 'd1', code: 'heartRate', time: T0, value: 60 },
      ]
      expect(await subject.store.latest(['p1', 'p2', 'p3'])).toEqual(expected)
      await subject.reopen()
      expect(await subject.store.latest(['p1', 'p2', 'p3'])).toEqual(expected)
      await subject.store.maintain({ now: T0, force: true })
      await subject.reopen()
      expect(await subject.store.latest(['p1', 'p2', 'p3'])).toEqual(expected)
    })
  })
}
