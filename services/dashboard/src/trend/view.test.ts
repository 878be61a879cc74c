import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  LONGEST_MS,
  SHORTEST_MS,
  type TrendView,
  advanced,
  backToNow,
  openView,
  panned,
  spanned,
  wentBack,
  zoomed,
  zoomedBy,
} from './view.ts'

const NOW = Date.parse('2026-03-01T12:00:00Z')
const HOUR = 3_600_000

describe('the stretch that a trend shows', () => {
  it('begins with the last hour, and moves on with the clock', () => {
    const view = openView(HOUR, NOW)
    expect(advanced(view, NOW + 5000)).toMatchObject({ from: NOW - HOUR + 5000, to: NOW + 5000, follows: true })
  })

  it('a drag shows exactly what was dragged, in either direction; back shows what was there before', () => {
    const view = openView(HOUR, NOW)
    const closer = zoomed(view, NOW - 1_000_000, NOW - 2_000_000, NOW)
    expect(closer).toMatchObject({ from: NOW - 2_000_000, to: NOW - 1_000_000, follows: false })
    expect(advanced(closer, NOW + HOUR)).toMatchObject({ to: NOW - 1_000_000 })
    expect(wentBack(closer, NOW + 5000)).toMatchObject({ from: NOW - HOUR + 5000, to: NOW + 5000, follows: true })
  })

  it('earlier and later move by a share of the span; up to now it follows again', () => {
    const earlier = panned(openView(HOUR, NOW), -0.5, NOW)
    expect(earlier).toMatchObject({ from: NOW - 1.5 * HOUR, to: NOW - 0.5 * HOUR, follows: false })
    expect(panned(earlier, 1, NOW)).toMatchObject({ from: NOW - HOUR, to: NOW, follows: true })
    expect(backToNow(earlier, NOW)).toMatchObject({ from: NOW - HOUR, to: NOW, follows: true })
  })

  it('a span of the past keeps its end, one that follows ends now', () => {
    const past = panned(openView(HOUR, NOW), -1, NOW)
    expect(spanned(past, 4 * HOUR, NOW)).toMatchObject({ from: NOW - 5 * HOUR, to: NOW - HOUR, follows: false })
    expect(spanned(openView(HOUR, NOW), 4 * HOUR, NOW)).toMatchObject({ from: NOW - 4 * HOUR, to: NOW })
  })

  it('whatever is done, it is neither too short nor too long, nor in the future, and back leads home', () => {
    const step = fc.oneof(
      fc.record({ zoom: fc.double({ min: 0.01, max: 100, noNaN: true }) }),
      fc.record({ pan: fc.double({ min: -3, max: 3, noNaN: true }) }),
      fc.record({ span: fc.integer({ min: 1, max: 2 * LONGEST_MS }) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        let view: TrendView = openView(HOUR, NOW)
        for (const each of steps) {
          if ('zoom' in each) view = zoomedBy(view, each.zoom, NOW)
          else if ('pan' in each) view = panned(view, each.pan, NOW)
          else view = spanned(view, each.span, NOW)
          expect(view.to).toBeLessThanOrEqual(NOW)
          expect(view.to - view.from).toBeGreaterThanOrEqual(SHORTEST_MS - 1)
          expect(view.to - view.from).toBeLessThanOrEqual(LONGEST_MS + 1)
          expect(view.follows).toBe(view.to === NOW)
        }
        for (let back = steps.length; back > 0; back--) view = wentBack(view, NOW)
        expect(view).toEqual(openView(HOUR, NOW))
      }),
    )
  })
})
