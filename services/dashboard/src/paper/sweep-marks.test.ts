import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sweepPlaces } from './sweep-marks.ts'

const MS_PER_PX = 1000 / (25 * (96 / 25.4))

describe('marks over a sweep', () => {
  it('stand where the trace of their time is, and nowhere when it is wiped off or not drawn yet', () => {
    const places = sweepPlaces(1000, 25, 1, 1_000_000)
    expect(places.xOf(1_000_001)).toBeUndefined()
    expect(places.xOf(1_000_000 - 1000 * MS_PER_PX)).toBeUndefined()
    expect(places.xOf(1_000_000)).toBe(Math.floor(1_000_000 / MS_PER_PX) % 1000)
  })

  it('of a stretch are as long as it is, in one piece or in two that go round', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1_000_000, max: 2_000_000 }),
        fc.integer({ min: 0, max: 4000 }),
        fc.integer({ min: 100, max: 4000 }),
        (headMs, before, length) => {
          const places = sweepPlaces(1000, 25, 2, headMs)
          const [from, to] = [headMs - before - length, headMs - before]
          const pieces = places.spansOf(from, to)
          const shown = Math.max(0, to - Math.max(from, places.oldestMs))
          expect(pieces.length).toBeLessThanOrEqual(2)
          expect(pieces.reduce((sum, { width }) => sum + width, 0)).toBeGreaterThan(shown / MS_PER_PX - 1.5)
          expect(pieces.reduce((sum, { width }) => sum + width, 0)).toBeLessThan(shown / MS_PER_PX + 1.5)
          for (const { x, width } of pieces) expect(x >= 0 && x + width <= 1000).toBe(true)
        },
      ),
    )
  })
})
