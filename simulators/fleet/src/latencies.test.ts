import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createLatencies } from './latencies.ts'

describe('percentiles', () => {
  it('are those of the sorted durations, to a hundredth', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.02, max: 60_000, noNaN: true }), { minLength: 1, maxLength: 300 }),
        (all) => {
          const latencies = createLatencies()
          for (const ms of all) latencies.add(ms)
          const sorted = all.toSorted((a, b) => a - b)
          const { count, p50, p99, max } = latencies.percentiles()
          expect(count).toBe(all.length)
          expect(max).toBe(sorted.at(-1))
          for (const [shown, share] of [
            [p50, 0.5],
            [p99, 0.99],
          ] as const) {
            const exact = sorted[Math.floor(all.length * share)] ?? 0
            expect(Math.abs(shown - exact) / exact).toBeLessThan(0.011)
          }
        },
      ),
    )
  })

  it('begin anew after a clear', () => {
    const latencies = createLatencies()
    latencies.add(5_000)
    latencies.clear()
    latencies.add(1)
    expect(latencies.percentiles()).toMatchObject({ count: 1, max: 1 })
    expect(createLatencies().percentiles()).toEqual({ count: 0, p50: 0, p99: 0, max: 0 })
  })
})
