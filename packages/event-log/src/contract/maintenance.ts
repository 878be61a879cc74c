import { describe, expect, test, vi } from 'vitest'
import type { StoredRecord } from '../port.ts'
import { DAY_MS, numbered, readAll, record, text, setUpBench, type EventLogSubject } from './support.ts'

/** Compaction and retention. */
export function maintenanceContract(subject: EventLogSubject): void {
  describe(`${subject.name}: maintenance`, () => {
    const bench = setUpBench(subject)
    const { patience } = bench
    const { compaction, size } = subject.maintains ?? { compaction: true, size: true }

    test.runIf(compaction)(
      'compaction keeps the newest of each key, at its offset, and drops what was deleted',
      async () => {
        const { log } = bench
        for (let index = 0; index < 5; index++) {
          await log.append('registry', [record('a', `a${index}`), record('b', `b${index}`), record('c', `c${index}`)])
        }
        await log.append('registry', [record('b', null), record('d', 'd0')])
        const { compacted } = await log.maintain({ now: Date.now() + DAY_MS })
        const left = (await readAll(log, 'registry')).map((r) => [r.offset, r.key, text(r)])
        expect(left).toEqual([
          [12, 'a', 'a4'],
          [14, 'c', 'c4'],
          [16, 'd', 'd0'],
        ])
        expect(compacted).toBe(14)
        const [position] = await log.append('registry', [record('a', 'a5')])
        expect(position?.offset).toBe(17)
      },
    )

    test.runIf(compaction)(
      'a fresh tombstone stays, so that views which are behind learn of it; topics that are not compacted keep all',
      async () => {
        const { log } = bench
        await log.append('registry', [record('a', 'a0'), record('a', null)])
        await log.append('alarms', [record('a', 'a0'), record('a', 'a1')])
        await log.maintain()
        expect((await readAll(log, 'registry')).map((r) => [r.offset, text(r)])).toEqual([[1, null]])
        expect((await readAll(log, 'alarms')).map(text)).toEqual(['a0', 'a1'])
      },
    )

    test('retention by time removes what is older of retained topics only, and moves the earliest offset', async () => {
      const { log } = bench
      await log.append('telemetry', numbered('patient', 5))
      await log.append('alarms', numbered('patient', 5))
      const partition = log.partitionOf('telemetry', 'patient')
      expect(await log.maintain({ retentionMs: DAY_MS })).toEqual({ removed: 0, compacted: 0 })
      expect(await log.maintain({ retentionMs: DAY_MS, now: Date.now() + 2 * DAY_MS })).toEqual({
        removed: 5,
        compacted: 0,
      })
      expect(await readAll(log, 'telemetry')).toEqual([])
      expect(await readAll(log, 'alarms')).toHaveLength(5)
      expect((await log.ends('telemetry'))[partition]).toMatchObject({ earliest: 5, next: 5 })
      await log.append('telemetry', numbered('patient', 1, 5))
      const seen: StoredRecord[] = []
      await log.consume({
        topics: ['telemetry'],
        group: 'new',
        handler: async ({ records }) => void seen.push(...records),
      })
      await vi.waitFor(() => expect(seen.map(text)).toEqual(['5']), patience)
    })

    test.runIf(size)('retention by size removes the oldest until the rest fits', async () => {
      const { log } = bench
      for (let index = 0; index < 20; index++) {
        await log.append('telemetry', [{ key: `p${index % 5}`, headers: {}, value: Buffer.alloc(10_000, index) }])
        const at = Date.now()
        await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(at), patience)
      }
      await log.maintain({ retentionBytes: 105_000 })
      const left = (await readAll(log, 'telemetry')).map((r) => r.value?.[0] ?? 0).sort((a, b) => a - b)
      expect(left.length).toBeGreaterThanOrEqual(9)
      expect(left.length).toBeLessThanOrEqual(10)
      expect(left).toEqual(Array.from({ length: left.length }, (_, index) => 20 - left.length + index))
    })

    test('nothing is removed that a group of keepFor has not committed', async () => {
      const { log } = bench
      for (let index = 0; index < 6; index++) await log.append('telemetry', [record('patient', String(index))])
      const later = Date.now() + 2 * DAY_MS
      const clean = { retentionMs: DAY_MS, retentionBytes: 0, now: later, keepFor: ['recorder'] }
      expect(await log.maintain(clean)).toEqual({ removed: 0, compacted: 0 })
      let handled = 0
      const consumer = await log.consume({
        topics: ['telemetry'],
        group: 'recorder',
        commit: 'manual',
        async handler(batch) {
          handled += batch.records.length
          await batch.commit(4)
        },
      })
      await vi.waitFor(() => expect(handled).toBe(6), patience)
      await consumer.stop()
      expect(await log.maintain(clean)).toEqual({ removed: 4, compacted: 0 })
      expect((await readAll(log, 'telemetry')).map(text)).toEqual(['4', '5'])
    })
  })
}
