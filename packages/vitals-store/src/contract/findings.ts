import { describe, expect, it } from 'vitest'
import type { VitalsStore } from '../port.ts'
import { alarm, annotation, finding, message, quarantined, T0, writeOf } from '../testing/samples.ts'
import { type Subject, RANGE } from './subject.ts'

/** Findings, beats, alarms, events, the quarantine. */
export function describeFindings(subject: Subject): void {
  describe('what was found', () => {
    it('findings that overlap come by onset, the newest version of each', async () => {
      const ended = { status: 'ended' as const, end: T0 + 5000 }
      await subject.store.write({
        findings: [finding({ onset: T0 + 10_000 }), finding(), finding({ ...ended, message: 'over' })],
        positions: [],
      })
      await subject.store.write({
        findings: [finding({ onset: T0 + 20_000, type: 'asystole', id: 'other' })],
        positions: [],
      })
      const of = async (query: Parameters<VitalsStore['findings']>[0]) =>
        (await subject.store.findings(query)).findings.map(({ onset }) => onset - T0)
      expect(await of({ ...RANGE })).toEqual([0, 10_000, 20_000])
      expect(await of({ from: T0 + 4000, to: T0 + 10_000 })).toEqual([0])
      expect(await of({ from: T0 + 6000, to: RANGE.to, patient: 'p1', types: ['tachycardia'] })).toEqual([10_000])
      expect(await of({ ...RANGE, patient: 'p2' })).toEqual([])
      const first = await subject.store.findings({ ...RANGE, limit: 1 })
      expect(first.findings).toEqual([finding({ ...ended, message: 'over' })])
      expect(first.next).toBe(T0 + 10_000)
    })

    it('findings come in pages that get on, however many still overlap', async () => {
      const onsets = [0, 1, 2, 2, 2, 3]
      const all = onsets.map((ms, index) => finding({ id: `f${index}`, onset: T0 + ms }))
      await subject.store.write({ findings: all, positions: [] })
      const seen = new Set<string>()
      let from: number | undefined = T0
      for (let page = 0; from !== undefined && page < 10; page++) {
        const answer: Awaited<ReturnType<VitalsStore['findings']>> = await subject.store.findings({
          from,
          to: RANGE.to,
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
      await subject.store.write({
        beats: [
          { ...record, from: T0, to: T0 + 3000, beats: [[T0 + 500, 'N'], [T0 + 1500.5, 'N'], [T0 + 2500, 'N']] }, // prettier-ignore
          { ...record, signal: 'ecg.V1', from: T0, to: T0 + 3000, beats: [[T0 + 1501, 'N']] },
        ],
        positions: [],
      })
      await subject.store.write({
        beats: [{ ...record, from: T0 + 1000, to: T0 + 2000, beats: [[T0 + 1700, 'V']] }],
        positions: [],
      })
      const beats = async (query: Partial<Parameters<VitalsStore['beats']>[0]> = {}) =>
        (await subject.store.beats({ patient: 'p1', signal: 'ecg.II', ...RANGE, ...query })).beats.map(([time, of]) => [
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
      await subject.store.maintain({ now: T0, force: true })
      expect(await beats()).toEqual(expected)
      await subject.store.write({ beats: [{ ...record, from: T0, to: T0 + 1000, beats: [] }], positions: [] })
      expect(await beats()).toEqual(expected.slice(1))
    })

    it('alarms keep their newest state, by id, state, type, patient and range', async () => {
      await subject.store.write({ alarms: [alarm(), alarm({ onset: T0 + 60_000 })], positions: [] })
      const ended = alarm({ state: 'ended', endedAt: T0 + 30_000 })
      await subject.store.write({ alarms: [ended], positions: [] })
      expect(await subject.store.alarm(ended.id)).toEqual(ended)
      expect(await subject.store.alarm('unknown')).toBeUndefined()
      const of = async (query: Parameters<VitalsStore['alarms']>[0]) =>
        (await subject.store.alarms(query)).alarms.map(({ onset }) => onset - T0)
      expect(await of({})).toEqual([0, 60_000])
      expect(await of({ states: ['active', 'latched'] })).toEqual([60_000])
      expect(await of({ from: T0 + 40_000 })).toEqual([60_000])
      expect(await of({ types: ['asystole'] })).toEqual([])
      expect(await of({ patient: 'p1', to: T0 + 1 })).toEqual([0])
      await subject.store.maintain({ now: T0, force: true })
      expect(await subject.store.alarm(ended.id)).toEqual(ended)
    })

    it('what staff did comes by the time that it is about, each once, of one time in the order of the log', async () => {
      const second = annotation({ id: 'a-second', annotation: { version: 2, text: 'corrected' } })
      const later = { type: 'acknowledge' as const, id: 'ack', patient: 'p1', by: 'ann', at: T0 + 5000, alarm: 'x' }
      const first = annotation({ id: 'z-first', annotation: { until: T0 + 2000 } })
      await subject.store.write({ staff: [later, first], offsets: { staff: [3, 4] }, positions: [] })
      await subject.store.write({ staff: [second, first], offsets: { staff: [7, 4] }, positions: [] })
      const of = async (query: Partial<Parameters<VitalsStore['staff']>[0]> = {}) =>
        (await subject.store.staff({ patient: 'p1', ...RANGE, ...query })).commands
      expect((await of()).map(({ id }) => id)).toEqual(['z-first', 'a-second', 'ack'])
      expect((await of({ types: ['acknowledge'] })).map(({ id }) => id)).toEqual(['ack'])
      expect((await of({ from: T0 + 1000, to: T0 + 5000 })).map(({ id }) => id)).toEqual(['z-first'])
      expect(await of({ patient: 'p2' })).toEqual([])
      expect((await of({ types: ['annotation'], limit: 10 }))[0]).toEqual(first)
      const page = await subject.store.staff({ patient: 'p1', ...RANGE, limit: 2 })
      expect(page.commands.map(({ id }) => id)).toEqual(['z-first', 'a-second'])
      expect(page.next).toBe(T0 + 5000)
      await subject.store.maintain({ now: T0, force: true })
      expect((await of()).map(({ id }) => id)).toEqual(['z-first', 'a-second', 'ack'])
    })

    it('events come in order of time, the newest where there are too many', async () => {
      const event = (ms: number, device = 'd1') => ({
        patient: 'p1',
        device,
        kind: 'event' as const,
        time: T0 + ms,
        body: { n: ms },
      })
      await subject.store.write(
        writeOf([
          message(0, { events: [event(2)] }),
          message(1, { events: [event(1), event(3, 'd2')] }),
          message(2, { events: [{ device: 'd3', kind: 'status', time: T0, body: { state: 'online' } }] }),
        ]),
      )
      expect(await subject.store.events({ ...RANGE, patient: 'p1', limit: 2 })).toEqual([event(2), event(3, 'd2')])
      expect(await subject.store.events({ ...RANGE, device: 'd3' })).toEqual([
        { device: 'd3', kind: 'status', time: T0, body: { state: 'online' } },
      ])
    })

    it('the quarantine is listed by receipt, with its bytes, in pages', async () => {
      const entries = [2, 0, 1].map((offset) => quarantined(offset))
      await subject.store.write({ quarantine: entries, positions: [{ topic: 'quarantine', partition: 0, offset: 3 }] })
      const first = await subject.store.quarantine({ limit: 2 })
      expect(first).toEqual({ entries: [quarantined(0), quarantined(1)], next: T0 + 2 })
      expect(await subject.store.quarantine({ from: T0 + 2 })).toEqual({ entries: [quarantined(2)] })
      expect((await subject.store.quarantine({ device: 'other' })).entries).toEqual([])
      expect(await subject.store.ledger()).toMatchObject({ quarantined: 3 })
    })
  })
}
