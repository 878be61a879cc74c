import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { IntervalSet } from './interval-set.ts'

const range = fc.tuple(fc.nat(60), fc.nat(8)).map(([from, length]): readonly [number, number] => [from, from + length])

describe('an interval set', () => {
  it('holds exactly what was added, as sorted intervals with gaps between them', () => {
    fc.assert(
      fc.property(fc.array(range, { maxLength: 30 }), (ranges) => {
        const set = new IntervalSet()
        const model = new Set<number>()
        for (const [from, to] of ranges) {
          set.add(from, to)
          for (let value = from; value <= to; value++) model.add(value)
        }
        for (let value = -1; value < 72; value++) expect(set.has(value)).toBe(model.has(value))
        const { intervals } = set
        intervals.forEach(([from, to], index) => {
          expect(from).toBeLessThanOrEqual(to)
          const next = intervals[index + 1]
          if (next !== undefined) expect(next[0]).toBeGreaterThan(to + 1)
        })
      }),
    )
  })

  it('names what is missing between its ends', () => {
    const set = new IntervalSet()
    for (const seq of [10, 5, 6, 8, 9, 20]) set.add(seq)
    expect(set.gaps()).toEqual([
      [7, 7],
      [11, 19],
    ])
    expect(new IntervalSet().gaps()).toEqual([])
  })
})
