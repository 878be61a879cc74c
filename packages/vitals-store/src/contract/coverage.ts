import { describe, expect, it } from 'vitest'
import { block, message, point, T0, writeOf } from '../testing/samples.ts'
import { HOUR_MS, RANGE, type Subject } from './subject.ts'

/** How much came, and how late. */
export function describeCoverage(subject: Subject): void {
  describe('coverage', () => {
    const every = { patients: ['p1', 'p2', 'nobody'], ...RANGE, everyMs: HOUR_MS }
    const seconds = (from: number, count: number) =>
      Array.from({ length: count }, (_, index) => point({ time: T0 + (from + index) * 1_000 }))
    const write = async () => {
      await subject.store.write(
        writeOf([
          message(0, { vitals: seconds(0, 10), waveforms: [block({ start: T0 }), block({ start: T0 + 1_000 })] }),
          message(1, { vitals: [...seconds(3_600, 5), point({ code: 'consciousness', value: 'A', time: T0 + 5 })] }),
          message(2, { device: 'd2', vitals: [point({ patient: 'p2', device: 'd2', time: T0 - 60_000 })] }),
        ]),
      )
    }

    it('counts the values and the ms of samples of each series by window, of the patients that were asked for', async () => {
      await write()
      await subject.store.write({ vitals: [point({ patient: 'p3' })], positions: [] })
      const { series } = await subject.store.coverage(every)
      const of = (patient: string, device: string, kind: string, name: string, ...windows: number[][]) => ({ patient, device, kind, name, windows }) // prettier-ignore
      expect(series).toEqual([
        of('p1', 'd1', 'vital', 'consciousness', [T0, 1]),
        of('p1', 'd1', 'vital', 'heartRate', [T0, 10], [T0 + HOUR_MS, 5]),
        of('p1', 'd1', 'waveform', 'ecg.II', [T0, 2_000]),
        of('p2', 'd2', 'vital', 'heartRate', [T0 - HOUR_MS, 1]),
      ])
      const part = await subject.store.coverage({ ...every, from: T0 + 5_000, to: T0 + 8_000 })
      expect(part.series).toEqual([of('p1', 'd1', 'vital', 'heartRate', [T0, 3])])
      expect((await subject.store.coverage({ ...every, patients: [] })).series).toEqual([])
      expect((await subject.store.coverage({ ...every, from: 5, to: 5 })).series).toEqual([])
    })

    it('tells how long after the newest of its values a message came, and which were late', async () => {
      await write()
      const { delays } = await subject.store.coverage(every)
      expect(delays.map(({ device, messages, late }) => [device, messages, late])).toEqual([
        ['d1', 2, 0],
        ['d2', 1, 1],
      ])
      expect(delays[1]).toMatchObject({ p50Ms: 60_000, p90Ms: 60_000 })
    })

    it('is the same of what is sealed', async () => {
      await write()
      const before = await subject.store.coverage(every)
      await subject.store.maintain({ now: T0 + 40 * 24 * HOUR_MS, force: true })
      await subject.reopen()
      expect(await subject.store.coverage(every)).toEqual(before)
    })

    it('refuses windows of no width', async () => {
      const refused = { code: 'PW_REQUEST_INVALID' }
      await expect(subject.store.coverage({ ...every, everyMs: 0 })).rejects.toMatchObject(refused)
    })
  })
}
