import { describe, expect, test, vi } from 'vitest'
import type { StoredRecord } from '../port.ts'
import { keysApart, numbered, record, text, setUpBench, type EventLogSubject } from './support.ts'

/** Tails: all from a place on. */
export function tailsContract(subject: EventLogSubject): void {
  describe(`${subject.name}: tails`, () => {
    const bench = setUpBench(subject)
    const { open, patience } = bench

    test('a tail sees all from a place on, of all partitions, what is there and what comes, by whichever handle', async () => {
      const { log } = bench
      const [a, b] = keysApart(log)
      await log.append('telemetry', [...numbered(a, 5), ...numbered(b, 5)])
      const from = { topic: 'telemetry', partition: log.partitionOf('telemetry', a), offset: 3 } as const
      const seen: StoredRecord[] = []
      const tail = await log.tail({
        topics: ['telemetry'],
        from: [from],
        handler: ({ records }) => void seen.push(...records),
      })
      await vi.waitFor(() => expect(seen.map(text)).toEqual(['3', '4']), patience)
      const other = await open()
      await other.append('telemetry', [record(a, 'own')])
      await log.append('telemetry', [record(b, 'other')])
      await vi.waitFor(() => expect(new Set(seen.map(text).slice(2))).toEqual(new Set(['other', 'own'])), patience)
      expect(tail.positions).toContainEqual({ ...from, offset: 6 })
      await tail.stop()
      await log.append('telemetry', [record(a, 'late')])
      expect(seen).toHaveLength(4)
    })

    test('a batch that the handler rejects is given again; nothing is skipped', async () => {
      const { log } = bench
      const errors: Error[] = []
      const seen: (string | null)[] = []
      await log.tail({
        topics: ['audit'],
        handler({ records }) {
          if (errors.length === 0) throw new Error('not yet')
          seen.push(...records.map(text))
        },
        onError: (error) => errors.push(error),
      })
      await log.append('audit', numbered('user', 3))
      await vi.waitFor(() => expect(seen).toEqual(['0', '1', '2']), patience)
      expect(errors).toMatchObject([{ message: 'not yet' }])
    })
  })
}
