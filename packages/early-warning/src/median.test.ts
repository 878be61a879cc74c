import { expect, test } from 'vitest'
import { medianOf, type TrendPoint } from './median.ts'

const line: TrendPoint[] = Array.from({ length: 61 }, (_, second) => [second * 1_000, 100 - second / 2])

test('the median of an interval', () => {
  expect(medianOf(line, 0, 2_000)).toBe(99.5)
  expect(medianOf(line, 0, 1_000)).toBe(99.75)
  expect(medianOf([], 0, 1)).toBeUndefined()
})
