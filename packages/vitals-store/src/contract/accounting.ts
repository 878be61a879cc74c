import { describe, expect, it } from 'vitest'
import { block, message, point, quarantined, T0, writeOf } from '../testing/samples.ts'
import { type Subject, heartRates, telemetry } from './subject.ts'

/** What a write counts, and what it has no second effect on. */
export function describeAccounting(subject: Subject): void {
  describe('accounting (G2)', () => {
    it('counts a message once, and keeps the positions with the rows', async () => {
      const report = await subject.store.write(
        writeOf([message(0, { vitals: [point()] }), message(1, { vitals: [point({ time: T0 + 1000, value: 73 })] })]),
      )
      expect(report).toEqual({ stored: 2, duplicates: 0, reused: [] })
      expect(await heartRates(subject)).toEqual([
        [0, 72],
        [1000, 73],
      ])
      expect(await subject.store.positions(['telemetry'])).toEqual([telemetry(2)])
      expect(await subject.store.positions(['findings'])).toEqual([])
      expect(await subject.store.ledger()).toEqual({
        stored: 2,
        duplicates: 0,
        quarantined: 0,
        positions: [telemetry(2)],
      })
    })

    it('gives a write that is repeated no second effect', async () => {
      const write = writeOf([message(0, { vitals: [point()] }), message(1, { seq: null })], {
        quarantine: [quarantined(0)],
        positions: [telemetry(2), { topic: 'quarantine', partition: 0, offset: 1 }],
      })
      await subject.store.write(write)
      const before = await subject.store.ledger()
      expect(await subject.store.write(write)).toEqual({ stored: 0, duplicates: 0, reused: [] })
      expect(await subject.store.ledger()).toEqual(before)
      expect((await subject.store.quarantine({})).entries).toHaveLength(1)
    })

    it('never moves a position back', async () => {
      await subject.store.write(writeOf([message(9)]))
      await subject.store.write({ positions: [telemetry(3)] })
      expect(await subject.store.positions(['telemetry'])).toEqual([telemetry(10)])
    })

    it('counts the same seq with the same content as a duplicate without effect, within a write and across', async () => {
      const twice = { seq: 7, content: 'x' }
      await subject.store.write(
        writeOf([message(0, { ...twice, vitals: [point()] }), message(1, { ...twice, vitals: [point({ value: 1 })] })]),
      )
      const report = await subject.store.write(writeOf([message(2, { ...twice, vitals: [point({ value: 2 })] })]))
      expect(report).toEqual({ stored: 0, duplicates: 1, reused: [] })
      expect(await heartRates(subject)).toEqual([[0, 72]])
      expect(await subject.store.ledger()).toMatchObject({ stored: 1, duplicates: 2, quarantined: 0 })
    })

    it('quarantines the same seq with other content, in the same write', async () => {
      const original = message(0, { seq: 7, content: 'one', vitals: [point()] })
      const other = message(1, { seq: 7, content: 'two', vitals: [point({ value: 1 })] })
      const report = await subject.store.write(writeOf([original, other]))
      expect(report).toEqual({ stored: 1, duplicates: 0, reused: [other.message] })
      expect(await heartRates(subject)).toEqual([[0, 72]])
      const { entries } = await subject.store.quarantine({ device: 'd1' })
      expect(entries).toMatchObject([{ id: 'telemetry/0/1', code: 'PW_SEQ_REUSED', boot: 'b1', seq: 7 }])
      expect(Buffer.from(entries[0]?.payload ?? []).toString()).toBe('two')
      expect(await subject.store.ledger()).toMatchObject({ stored: 1, duplicates: 0, quarantined: 1 })
    })

    it('knows duplicates and reuses of what was written before it was opened', async () => {
      await subject.store.write(writeOf([message(0, { seq: 7, content: 'one' })]))
      await subject.reopen()
      const report = await subject.store.write(
        writeOf([message(1, { seq: 7, content: 'one' }), message(2, { seq: 7, content: 'two' })]),
      )
      expect(report).toMatchObject({ stored: 0, duplicates: 1 })
      expect(report.reused).toHaveLength(1)
      await subject.reopen()
      expect(await subject.store.ledger()).toMatchObject({
        stored: 1,
        duplicates: 1,
        quarantined: 1,
        positions: [telemetry(3)],
      })
    })

    it('takes the same seq of another session or device as a message of its own', async () => {
      const report = await subject.store.write(
        writeOf([message(0, { seq: 1 }), message(1, { seq: 1, boot: 'b2' }), message(2, { seq: 1, device: 'd2' })]),
      )
      expect(report.stored).toBe(3)
    })

    it('stores each message without a seq (a last will)', async () => {
      const report = await subject.store.write(writeOf([message(0, { seq: null }), message(1, { seq: null })]))
      expect(report).toMatchObject({ stored: 2, duplicates: 0 })
    })

    it('names the gaps of each session, whatever the order of arrival, and after it was opened again', async () => {
      const seqs = [5, 3, 9, 4, 8]
      await subject.store.write(writeOf(seqs.map((seq, offset) => message(offset, { seq }))))
      await subject.store.write(writeOf([message(5, { boot: 'b2', seq: 0 }), message(6, { boot: 'b2', seq: 2 })]))
      const expected = [
        { boot: 'b1', from: 6, to: 7 },
        { boot: 'b2', from: 1, to: 1 },
      ]
      expect(await subject.store.gaps('d1')).toEqual(expected)
      expect(await subject.store.gaps('unknown')).toEqual([])
      await subject.reopen()
      expect(await subject.store.gaps('d1')).toEqual(expected)
      await subject.store.write({
        quarantine: [quarantined(0, { boot: 'b1', seq: 6 })],
        positions: [{ topic: 'quarantine', partition: 0, offset: 1 }],
      })
      await subject.store.write(writeOf([message(7, { boot: 'b2', seq: 1 })]))
      expect(await subject.store.gaps('d1')).toEqual([{ boot: 'b1', from: 7, to: 7 }])
    })

    it('refuses what it cannot hold (PW_REQUEST_INVALID) and writes nothing of it', async () => {
      const bad = [point({ time: 1.5 }), point({ value: Number.NaN }), point({ value: Infinity })]
      for (const vital of bad) {
        const write = writeOf([message(0, { vitals: [point()] }), message(1, { vitals: [vital] })])
        await expect(subject.store.write(write)).rejects.toMatchObject({ code: 'PW_REQUEST_INVALID' })
      }
      const noRate = writeOf([message(0, { waveforms: [block({ rateHz: 0 })] })])
      await expect(subject.store.write(noRate)).rejects.toMatchObject({ code: 'PW_REQUEST_INVALID' })
      expect(await subject.store.ledger()).toEqual({ stored: 0, duplicates: 0, quarantined: 0, positions: [] })
      expect(await heartRates(subject)).toEqual([])
    })
  })
}
