import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createDueWheel } from './due-wheel.ts'

describe('a wheel', () => {
  it('hands each out once, in the run after it was due and in none before', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 5_000 })), fc.integer({ min: 1, max: 300 }), (dues, stepMs) => {
        const wheel = createDueWheel<number>(5)
        wheel.run(0, () => undefined)
        dues.forEach((dueMs, index) => wheel.add(index, dueMs))
        const handedAt = new Map<number, number>()
        for (let nowMs = 0; nowMs <= 5_400; nowMs += stepMs) {
          wheel.run(nowMs, (index) => {
            expect(handedAt.has(index)).toBe(false)
            handedAt.set(index, nowMs)
          })
        }
        for (const [index, dueMs] of dues.entries()) {
          const at = handedAt.get(index) ?? NaN
          expect(at).toBeGreaterThanOrEqual(dueMs)
          expect(at).toBeLessThan(dueMs + stepMs + 10)
        }
      }),
    )
  })

  it('takes again what was handed out', () => {
    const wheel = createDueWheel<string>(5)
    const seen: number[] = []
    wheel.add('a', 100)
    for (let nowMs = 0; nowMs <= 400; nowMs += 5) {
      wheel.run(nowMs, (item) => {
        seen.push(nowMs)
        wheel.add(item, nowMs + 100)
      })
    }
    expect(seen).toEqual([100, 200, 300, 400])
  })
})
