import { expect, test } from 'vitest'
import { medianOf, trendOf, type TrendPoint } from './trend.ts'

const line: TrendPoint[] = Array.from({ length: 61 }, (_, second) => [second * 1_000, 100 - second / 2])

test('the slope of a straight line, per minute', () => {
  const trend = trendOf(line, 0, 60_000)
  expect(trend?.perMinute).toBeCloseTo(-30, 9)
  expect(trend).toMatchObject({ points: 61, spanMs: 60_000, mean: 85 })
})
test('too little to tell is no trend', () => {
  expect(trendOf(line, 0, 1_000)).toBeUndefined()
  expect(trendOf([[5, 1], [5, 2], [5, 3]], 0, 10)).toBeUndefined() // prettier-ignore
})
test('the median of an interval', () => {
  expect(medianOf(line, 0, 2_000)).toBe(99.5)
  expect(medianOf(line, 0, 1_000)).toBe(99.75)
  expect(medianOf([], 0, 1)).toBeUndefined()
})
