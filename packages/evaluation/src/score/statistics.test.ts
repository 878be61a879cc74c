import { describe, expect, test } from 'vitest'
import { mean, ofClusters, proportion, rate } from './statistics.ts'

describe('intervals', () => {
  test('of a proportion are Wilson’s', () => {
    expect(proportion(9, 10)).toMatchObject({ value: 0.9 })
    expect(proportion(9, 10).low).toBeCloseTo(0.5958, 4)
    expect(proportion(9, 10).high).toBeCloseTo(0.9821, 4)
    expect(proportion(0, 20)).toMatchObject({ low: 0 })
    expect(proportion(0, 20).high).toBeCloseTo(0.1611, 4)
    expect(proportion(20, 20).high).toBe(1)
    expect(proportion(0, 0).value).toBeNaN()
  })

  test('of a rate are Garwood’s', () => {
    expect(rate(0, 1).high).toBeCloseTo(3.689, 3)
    expect(rate(10, 2).low).toBeCloseTo(4.795 / 2, 3)
    expect(rate(10, 2).high).toBeCloseTo(18.39 / 2, 3)
    expect(rate(400, 1).low).toBeCloseTo(361.76, 1)
    expect(rate(600, 1).low).toBeCloseTo(600 - 1.96 * Math.sqrt(600), 2)
    expect(rate(3, 0).value).toBeNaN()
  })

  test('of clusters come from resampling them, the same each time, and contain what the clusters say', () => {
    const figure = (drawn: readonly number[]): number => mean(drawn)
    const values = Array.from({ length: 40 }, (_, i) => i % 10)
    const first = ofClusters(values, figure, 'seed')
    expect(ofClusters(values, figure, 'seed')).toEqual(first)
    expect(first.value).toBe(4.5)
    // The standard error of the mean of 40 such values is 0.45.
    expect(first.low).toBeGreaterThan(4.5 - 1.2)
    expect(first.low).toBeLessThan(4.5 - 0.6)
    expect(first.high).toBeGreaterThan(4.5 + 0.6)
    expect(ofClusters([7], figure, 'seed')).toEqual({ value: 7, low: Number.NaN, high: Number.NaN })
  })
})
