import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pageOf, type Select } from './paging.ts'

describe('a page', () => {
  it('and those that follow hold each row exactly once, however many share a time', async () => {
    const times = fc.array(fc.nat(6), { maxLength: 30 }).map((list) => list.sort((one, other) => one - other))
    await fc.assert(
      fc.asyncProperty(times, fc.integer({ min: 1, max: 10 }), async (list, limit) => {
        const all = list.map((time, id) => ({ time, id }))
        const selectFrom =
          (from: number): Select<{ time: number; id: number }> =>
          async (where, most) =>
            all
              .filter(({ time }) => time >= from)
              .filter(({ time }) => where === 'all' || ('at' in where ? time === where.at : time > where.after))
              .slice(0, most)
        const seen: number[] = []
        let from: number | undefined = 0
        while (from !== undefined) {
          const { rows, next }: Awaited<ReturnType<typeof pageOf<{ time: number; id: number }>>> = await pageOf(
            selectFrom(from),
            limit,
            ({ time }) => time,
          )
          if (new Set(rows.map(({ time }) => time)).size > 1) expect(rows.length).toBeLessThanOrEqual(limit)
          seen.push(...rows.map(({ id }) => id))
          from = next
        }
        expect(seen).toEqual(all.map(({ id }) => id))
      }),
    )
  })
})
