import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createTokenBucket } from './token-bucket.ts'

describe('token bucket', () => {
  it('never gives more than the burst and the rate allow, and always what the rate allows', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2_000 }),
        fc.integer({ min: 1, max: 500 }),
        fc.array(fc.nat(200), { minLength: 1, maxLength: 200 }),
        (rate, burst, gaps) => {
          const bucket = createTokenBucket(rate, burst)
          let now = 0
          let given = 0
          for (const gap of gaps) {
            now += gap
            while (bucket.take(now) === 0) given++
          }
          expect(given).toBeLessThanOrEqual(burst + (now / 1000) * rate + 1e-6)
          expect(given).toBeGreaterThanOrEqual(Math.min(burst, Math.floor((now / 1000) * rate)))
        },
      ),
    )
  })

  it('has one to give after the time that it names', () => {
    const bucket = createTokenBucket(100, 1)
    expect(bucket.take(0)).toBe(0)
    const waitMs = bucket.take(0)
    expect(waitMs).toBe(10)
    expect(bucket.take(waitMs)).toBe(0)
  })
})
