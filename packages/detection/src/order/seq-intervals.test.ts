import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addSeq, hasAll, type SeqIntervals } from './seq-intervals.ts'

test('a number counts once, whatever the order, and neighbours merge', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(60), { maxLength: 120 }), (numbers) => {
      const intervals: SeqIntervals = []
      const seen = new Set<number>()
      for (const number of numbers) {
        expect(addSeq(intervals, number)).toBe(!seen.has(number))
        seen.add(number)
      }
      const listed = intervals.flatMap(([from, to]) => Array.from({ length: to - from }, (_, index) => from + index))
      expect(listed).toEqual([...seen].toSorted((a, b) => a - b))
      intervals.forEach(([from], index) => expect(from).toBeGreaterThan(intervals[index - 1]?.[1] ?? -1))
    }),
  )
})

test('what is whole and what has a hole', () => {
  const intervals: SeqIntervals = []
  for (const seq of [3, 4, 5, 8]) addSeq(intervals, seq)
  expect(hasAll(intervals, 3, 6)).toBe(true)
  expect(hasAll(intervals, 4, 5)).toBe(true)
  expect(hasAll(intervals, 3, 7)).toBe(false)
  expect(hasAll(intervals, 6, 6)).toBe(true)
})

test('the memory is bounded', () => {
  const intervals: SeqIntervals = []
  for (let seq = 0; seq < 20_000; seq += 2) addSeq(intervals, seq)
  expect(intervals.length).toBeLessThanOrEqual(4_096)
})
