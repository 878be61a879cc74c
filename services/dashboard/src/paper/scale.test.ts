import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GAINS_MM_PER_MV, SPEEDS_MM_PER_S, STANDARD_SCALE, scaleText, spanMsOf, timeMsOf, xMmOf } from './scale.ts'

const scales = fc.record({
  speedMmPerS: fc.constantFrom(...SPEEDS_MM_PER_S),
  gainMmPerMv: fc.constantFrom(...GAINS_MM_PER_MV),
})
const times = fc.integer({ min: 0, max: 4_102_444_800_000 })

describe('the scale of a paper', () => {
  it('is that of the ECG: a second is 25 mm, and what 250 mm hold are ten seconds', () => {
    expect(xMmOf(2000, 1000, STANDARD_SCALE)).toBe(25)
    expect(spanMsOf(250, STANDARD_SCALE)).toBe(10_000)
    expect(scaleText(STANDARD_SCALE)).toBe('10 mm/mV · 25 mm/s')
  })

  it('leads from a time to its place and back to the same time, to a thousandth of a ms', () => {
    fc.assert(
      fc.property(
        scales,
        times,
        fc.double({ min: -86_400_000, max: 86_400_000, noNaN: true }),
        (scale, from, after) => {
          expect(timeMsOf(xMmOf(from + after, from, scale), from, scale)).toBeCloseTo(from + after, 3)
        },
      ),
    )
  })

  it('keeps the order of times, and equal distances equal', () => {
    fc.assert(
      fc.property(scales, times, fc.integer({ min: 1, max: 60_000 }), (scale, from, step) => {
        const [a, b, c] = [0, step, 2 * step].map((after) => xMmOf(from + after, from, scale))
        expect((b ?? 0) - (a ?? 0)).toBeGreaterThan(0)
        expect((c ?? 0) - (b ?? 0)).toBeCloseTo((b ?? 0) - (a ?? 0), 9)
      }),
    )
  })
})
