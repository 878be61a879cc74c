import { expect, it } from 'vitest'
import { ecgScale, fittedScale, gainForHeight, gainThatFits, median } from './scale.ts'
import { PX_PER_MM } from './sweep.ts'

it('draws one millivolt at the gain, whatever the base line', () => {
  const scale = ecgScale([0.4, 0.4, 0.5, 3], 100, 10, 1)
  expect(scale.pxPerUnit).toBeCloseTo(10 * PX_PER_MM)
  expect(scale.zeroY - 0.5 * scale.pxPerUnit).toBeCloseTo(66)
})

it('fits a wave into its canvas with a margin', () => {
  const scale = fittedScale([10, 20, 15], 100)
  expect(scale.zeroY - 10 * scale.pxPerUnit).toBeCloseTo(92)
  expect(scale.zeroY - 20 * scale.pxPerUnit).toBeCloseTo(18)
})

it('puts a flat line, and no data at all, in the middle', () => {
  expect(fittedScale([7, 7], 100).zeroY - 7).toBe(50)
  expect(fittedScale([], 100).zeroY).toBe(50)
})

it('takes the middle value as median and 0 of nothing', () => {
  expect(median([3, 1, 2])).toBe(2)
  expect(median([])).toBe(0)
})

it('halves the gain in small tiles, and doubles it where one lead has a whole one', () => {
  expect([40, 90, 240].map(gainForHeight)).toEqual([5, 10, 20])
})

it('takes less gain where a tall beat would be cut off', () => {
  expect(gainThatFits([0, 0, 0, 1], 100)).toBe(10)
  expect(gainThatFits([0, 0, 0, 2.5], 100)).toBe(5)
  expect(gainThatFits([0, 0, 0, -1.2], 100)).toBe(5)
  expect(gainThatFits([0, 0, 0, 1], 240)).toBe(20)
  expect(gainThatFits([0, 0, 0, 3], 240)).toBe(10)
  expect(gainThatFits([0, 0, 0, 9], 240)).toBe(5)
  expect(gainThatFits([], 40)).toBe(5)
})
