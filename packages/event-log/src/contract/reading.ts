import { describe, expect, test, vi } from 'vitest'
import { DAY_MS, keysApart, numbered, record, text, setUpBench, type EventLogSubject } from './support.ts'

/** Reading back by position and by time. */
export function readingContract(subject: EventLogSubject): void {
  describe(`${subject.name}: reading`, () => {
    const bench = setUpBench(subject)
    const { patience } = bench

    test('by position: exactly [from, to) of one partition', async () => {
      const { log } = bench
      await log.append('audit', numbered('user', 50))
      await log.append('audit', numbered('user', 50, 50))
      const read = async (from: number, to?: number): Promise<(string | null)[]> => {
        const out: (string | null)[] = []
        const range = to === undefined ? { from } : { from, to }
        for await (const batch of log.read('audit', 0, range)) out.push(...batch.map(text))
        return out
      }
      const expected = (from: number, to: number): string[] =>
        Array.from({ length: to - from }, (_, i) => String(from + i))
      expect(await read(0)).toEqual(expected(0, 100))
      expect(await read(47, 53)).toEqual(expected(47, 53))
      expect(await read(99)).toEqual(expected(99, 100))
      expect(await read(10, 10)).toEqual([])
      expect(await read(100)).toEqual([])
      expect(await read(500, 600)).toEqual([])
    })

    test('by time: the first offset appended at that time or later, the end where there is none', async () => {
      const { log } = bench
      const stamps: number[] = []
      for (let index = 0; index < 6; index++) {
        const [position] = await log.append('audit', [record('user', String(index))])
        for await (const [stored] of log.read('audit', 0, { from: position?.offset ?? 0 }))
          stamps.push(stored?.timestamp ?? 0)
        await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(stamps.at(-1) ?? 0), patience)
      }
      for (const [index, stamp] of stamps.entries()) {
        expect(await log.offsetAt('audit', 0, stamp)).toBe(index)
        expect(await log.offsetAt('audit', 0, stamp + 0.5)).toBe(index + 1)
      }
      expect(await log.offsetAt('audit', 0, 0)).toBe(0)
      expect(await log.offsetAt('audit', 0, Date.now() + DAY_MS)).toBe(6)
      expect(await log.offsetAt('telemetry', 0, 0)).toBe(0)
    })

    test('ends: the oldest offset kept and the next one, of each partition', async () => {
      const { log } = bench
      const [a, b] = keysApart(log)
      await log.append('telemetry', [...numbered(a, 3), ...numbered(b, 1)])
      const next = Object.fromEntries((await log.ends('telemetry')).map((end) => [end.partition, end.next]))
      expect(next[log.partitionOf('telemetry', a)]).toBe(3)
      expect(next[log.partitionOf('telemetry', b)]).toBe(1)
      expect((await log.ends('telemetry')).every((end) => end.earliest === 0)).toBe(true)
    })
  })
}
