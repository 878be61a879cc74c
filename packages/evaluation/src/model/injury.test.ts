import { describe, expect, test } from 'vitest'
import { injuryOf, SITES, withInjury, type Site } from './injury.ts'

describe('a modelled injury', () => {
  test('lifts the limb leads as they hang together', () => {
    for (const key of Object.keys(SITES)) {
      const site = key as Site
      const at = (lead: string): number => injuryOf(site, lead)
      expect(at('I') + at('III')).toBeCloseTo(at('II'), 9)
      expect(at('aVR') + at('aVL') + at('aVF')).toBeCloseTo(0, 9)
      expect(at('aVF')).toBeCloseTo((at('II') + at('III')) / 2, 9)
    }
    expect(injuryOf('inferior', 'aVL')).toBeLessThan(0)
    expect(injuryOf('posterior', 'V2')).toBeLessThan(0)
  })
  test('has its size at J, more at the peak of T, and leaves the complex before it as it was', () => {
    const rateHz = 500
    const level = withInjury(new Float64Array(2 * rateHz), rateHz, [400, 1200], 50, { jMv: 0.2, shape: 'straight' })
    const at = (ms: number): number => level[Math.round((ms / 1000) * rateHz)] ?? Number.NaN
    expect(at(400)).toBe(0)
    expect(at(450)).toBeCloseTo(0.2, 3)
    expect(at(550)).toBeGreaterThan(0.22)
    expect(Math.max(...level)).toBeCloseTo(0.3, 2)
    expect(at(1000)).toBe(0)
  })
  test('is bent as its shape says', () => {
    const rateHz = 500
    const middle = (['convex', 'straight', 'concave'] as const).map(
      (shape) => withInjury(new Float64Array(rateHz), rateHz, [100], 50, { jMv: 0.2, shape })[110] ?? Number.NaN,
    )
    expect(middle.toSorted((a, b) => b - a)).toEqual(middle)
    expect(new Set(middle).size).toBe(3)
  })
})
