import { describe, expect, it } from 'vitest'
import { block, message, point, T0, writeOf } from '../testing/samples.ts'
import { type Subject, DAY_MS, HOUR_MS, RANGE, heartRates } from './subject.ts'

/** Upkeep and closing. */
export function describeUpkeep(subject: Subject): void {
  describe('upkeep', () => {
    it('changes no answer: before, after, and with what came since', async () => {
      const messages = Array.from({ length: 40 }, (_, offset) =>
        message(offset, {
          vitals: [point({ time: T0 - (offset % 4) * DAY_MS + offset * 1000, value: offset })],
          waveforms: [block({ start: T0 + offset * 1000 })],
        }),
      )
      const ask = async () => ({
        raw: await subject.store.vitals({ patient: 'p1', codes: ['heartRate'], from: T0 - 9 * DAY_MS, to: RANGE.to }),
        windows: await subject.store.vitals({
          patient: 'p1',
          codes: ['heartRate'],
          from: T0 - 9 * DAY_MS,
          to: RANGE.to,
          every: { ms: HOUR_MS },
        }),
        waveforms: await subject.store.waveforms({ patient: 'p1', signals: ['ecg.II'], ...RANGE }),
        catalogue: await subject.store.catalogue({ patient: 'p1', ...RANGE }),
        ledger: await subject.store.ledger(),
        gaps: await subject.store.gaps('d1'),
      })
      await subject.store.write(writeOf(messages))
      const before = await ask()
      await subject.store.maintain({ now: T0 + 10 * DAY_MS })
      expect(await ask()).toEqual(before)
      await subject.store.maintain({ now: T0 + 10 * DAY_MS, force: true })
      expect(await ask()).toEqual(before)
      await subject.store.write(writeOf([message(40, { seq: 40, vitals: [point({ time: T0, value: 1000 })] })]))
      expect(await heartRates(subject, { from: T0, to: T0 + 1 })).toEqual([[0, 1000]])
      await subject.store.maintain({ now: T0 + 10 * DAY_MS, force: true })
      await subject.reopen()
      expect(await heartRates(subject, { from: T0, to: T0 + 1 })).toEqual([[0, 1000]])
      expect(await subject.store.ledger()).toMatchObject({ stored: 41 })
    })

    it('and queries go on beside writes, without losing any', async () => {
      const writes = Array.from({ length: 30 }, async (_, offset) =>
        subject.store.write(writeOf([message(offset, { vitals: [point({ time: T0 + offset, value: offset })] })])),
      )
      const upkeep = subject.store.maintain({ now: T0, force: true })
      const counts: number[] = []
      for (let turn = 0; turn < 5; turn++) counts.push((await heartRates(subject))?.length ?? 0)
      await Promise.all([...writes, upkeep])
      expect(counts).toEqual([...counts].sort((one, other) => one - other))
      expect(await heartRates(subject)).toHaveLength(30)
    })

    it('a closed store says so', async () => {
      await subject.store.close()
      await expect(subject.store.ledger()).rejects.toMatchObject({ code: 'PW_STORE_UNAVAILABLE' })
    })
  })
}
