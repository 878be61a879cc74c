import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Calipers, legAt, marchOut, measure, measureText, moved, shifted, suggested } from './calipers.ts'
import { STANDARD_SCALE, xMmOf } from './scale.ts'

const calipers = (change: Partial<Calipers> = {}): Calipers => ({
  aMs: 1000,
  bMs: 1800,
  signal: 'ecg.II',
  aLevel: 0,
  bLevel: 1.2,
  ...change,
})

describe('calipers', () => {
  it('measure interval, rate and amplitude, whichever leg is the first', () => {
    expect(measure(calipers())).toEqual({ intervalMs: 800, perMinute: 75, amplitude: 1.2 })
    expect(measure(calipers({ aMs: 1800, bMs: 1000, aLevel: 1.2, bLevel: 0 }))).toEqual(measure(calipers()))
    expect(measureText(calipers(), 'mV')).toBe('800 ms · 75/min · 1.20 mV')
  })

  it('say no rate of no interval, and none that would be nonsense', () => {
    expect(measure(calipers({ bMs: 1000 })).perMinute).toBeUndefined()
    expect(measureText(calipers({ bMs: 1000 }), 'mV')).toBe('0 ms · 1.20 mV')
    expect(measureText(calipers({ bMs: 1020 }), '')).toBe('20 ms · > 999/min · 1.2')
  })

  it('march out in both directions, over the whole paper and not beyond', () => {
    expect(marchOut(calipers(), 0, 4000, STANDARD_SCALE)).toEqual([200, 2600, 3400])
    expect(marchOut(calipers({ aMs: 1800, bMs: 1000 }), 0, 4000, STANDARD_SCALE)).toEqual([200, 2600, 3400])
    expect(marchOut(calipers({ bMs: 1010 }), 0, 4000, STANDARD_SCALE)).toEqual([])
  })

  it('march out: every line is a whole number of intervals away, and none is missing', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 10_000 }),
        fc.integer({ min: 40, max: 3000 }),
        fc.integer({ min: 1000, max: 20_000 }),
        (aMs, interval, toMs) => {
          const lines = marchOut(calipers({ aMs, bMs: aMs + interval }), 0, toMs, STANDARD_SCALE)
          const all = [...new Set([...lines, aMs, aMs + interval])].filter((time) => time <= toMs).sort((a, b) => a - b)
          for (const time of lines) expect(Math.abs(time - aMs) % interval).toBe(0)
          for (let i = 1; i < all.length; i += 1) expect((all[i] ?? 0) - (all[i - 1] ?? 0)).toBe(interval)
          if (aMs <= toMs) expect(all[0]).toBeLessThan(interval)
        },
      ),
    )
  })

  it('stay on the paper, however they are moved', () => {
    expect(moved(calipers(), 'aMs', -50, 0, 4000).aMs).toBe(0)
    expect(moved(calipers(), 'bMs', 9000, 0, 4000).bMs).toBe(4000)
    expect(moved(calipers(), 'bLevel', -0.3, 0, 4000)).toEqual(calipers({ bLevel: -0.3 }))
    expect(shifted(calipers(), 5000, 0, 4000)).toEqual(calipers({ aMs: 3200, bMs: 4000 }))
    expect(shifted(calipers(), -5000, 0, 4000)).toEqual(calipers({ aMs: 0, bMs: 800 }))
  })

  it('stand where the pointer was let go, to the millisecond', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 20_000 }), (after) => {
        expect(legAt(xMmOf(1000 + after, 1000, STANDARD_SCALE), 1000, STANDARD_SCALE)).toBe(1000 + after)
      }),
    )
  })

  it('are put on the two beats in the middle, or on the middle third where there are none', () => {
    const lane = { signal: 'ecg.II', level: 0, amplitude: 1 }
    expect(suggested([100, 900, 1700, 2500, 3300], 0, 4000, lane)).toMatchObject({ aMs: 1700, bMs: 2500 })
    expect(suggested([], 0, 3000, lane)).toMatchObject({ aMs: 1000, bMs: 2000, aLevel: 0, bLevel: 1 })
    expect(suggested([2900], 0, 3000, lane)).toMatchObject({ aMs: 1000, bMs: 2000 })
  })
})
