import fc from 'fast-check'
import { expect, test } from 'vitest'
import { at, copyWindow, createRing, put } from './ring.ts'

test('a window copied out of a ring is what it holds sample by sample, and NaN elsewhere', () => {
  fc.assert(
    fc.property(fc.nat(40), fc.integer({ min: -20, max: 60 }), fc.nat(30), (count, first, length) => {
      const ring = createRing(16)
      for (let i = 0; i < count; i++) put(ring, 10 + i)
      const window = new Float64Array(length).fill(-1)
      copyWindow(ring, first, window)
      expect([...window]).toEqual(Array.from({ length }, (_, i) => at(ring, first + i)))
    }),
  )
})
