import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  COLUMNS,
  COLUMN_MS,
  HOUR_MS,
  baseOf,
  beatColumns,
  hourOf,
  linePath,
  minuteLines,
  piecesOf,
  placeIn,
  timeAt,
} from './hour.ts'

const HOUR = Date.UTC(2026, 10, 30, 14)
const segment = (start: number, values: (readonly [number | null, number | null])[]) => ({
  start,
  low: values.map(([low]) => low),
  high: values.map(([, high]) => high),
})

describe('the lines of an hour', () => {
  it('are sixty, and hold each window in its column; what was not measured stays a gap', () => {
    const lines = minuteLines(HOUR, [
      segment(HOUR + 60_000 + 3 * COLUMN_MS, [
        [-0.1, 1],
        [null, null],
        [0, 0.2],
      ]),
    ])
    expect(lines).toHaveLength(60)
    expect([...(lines[1]?.high.subarray(2, 7) ?? [])]).toEqual([
      Number.NaN,
      1,
      Number.NaN,
      Math.fround(0.2),
      Number.NaN,
    ])
    expect(lines[0]?.low.every((value) => Number.isNaN(value))).toBe(true)
  })

  it('join what two segments say of one column, go over the end of a minute, and leave out other hours', () => {
    const lines = minuteLines(HOUR, [
      segment(HOUR, [[0, 1]]),
      segment(HOUR, [[-1, 0.5]]),
      segment(HOUR + 60_000 - COLUMN_MS, [
        [1, 1],
        [2, 2],
      ]),
      segment(HOUR + HOUR_MS, [[9, 9]]),
      segment(HOUR - COLUMN_MS, [[9, 9]]),
    ])
    expect([lines[0]?.low[0], lines[0]?.high[0]]).toEqual([-1, 1])
    expect([lines[0]?.low[COLUMNS - 1], lines[1]?.low[0]]).toEqual([1, 2])
    expect(lines.some(({ high }) => high.includes(9))).toBe(false)
  })

  it('are drawn without a hole between neighbours, and without a line over a gap', () => {
    const [line] = minuteLines(HOUR, [
      segment(HOUR, [
        [0, 0],
        [1, 2],
        [0, 0],
        [null, null],
        [0, 0],
      ]),
    ])
    if (!line) throw new Error('no line')
    expect(baseOf(line)).toBe(0)
    expect(linePath(line, 10)).toBe('M0 0h1M1.5 -20V0M2.5 -10V0M4 0h1')
    expect(linePath(line, 10, 1, 2)).toBe('M1.5 -20V0')
  })

  it('show a spike of one sample in full height', () => {
    const [line] = minuteLines(HOUR, [
      segment(
        HOUR,
        Array.from({ length: 100 }, (_, i) => (i === 50 ? [0, 5] : [0, 0])),
      ),
    ])
    if (line) expect(linePath(line, 10)).toContain('M50.5 -50V0')
  })
})

describe('places on the page', () => {
  it('lead from a time to its line and back, to the width of a column', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: HOUR_MS - 1 }), (after) => {
        const place = placeIn(HOUR, HOUR + after)
        expect(Math.abs(timeAt(HOUR, place?.minute ?? -1, place?.share ?? -1) - (HOUR + after))).toBeLessThanOrEqual(1)
      }),
    )
    expect(placeIn(HOUR, HOUR + HOUR_MS)).toBeUndefined()
    expect(placeIn(HOUR, HOUR - 1)).toBeUndefined()
  })

  it('beside the page are held on it', () => {
    expect(timeAt(HOUR, -3, -1)).toBe(HOUR)
    expect(timeAt(HOUR, 99, 2)).toBe(HOUR + HOUR_MS - 1)
  })

  it('of a stretch are a piece a line, together as long as it is', () => {
    fc.assert(
      fc.property(fc.integer({ min: -60_000, max: HOUR_MS }), fc.integer({ min: 1, max: HOUR_MS }), (after, length) => {
        const pieces = piecesOf(HOUR, HOUR + after, HOUR + after + length)
        const shown = Math.max(0, Math.min(HOUR_MS, after + length) - Math.max(0, after))
        const sum = pieces.reduce((total, { from, to }) => total + (to - from) * 60_000, 0)
        expect(sum).toBeCloseTo(shown, 3)
        expect(new Set(pieces.map(({ minute }) => minute)).size).toBe(pieces.length)
      }),
    )
  })

  it('of a beat are the columns around its R peak, in the line where they are', () => {
    const line = { startMs: HOUR }
    expect(beatColumns([HOUR + 10_000, 'V'], line)).toEqual([246, 257])
    expect(beatColumns([HOUR + 59_990, 'V'], line)?.[1]).toBe(COLUMNS)
    expect(beatColumns([HOUR + 62_000, 'V'], line)).toBeUndefined()
    expect(beatColumns([HOUR + 59_990, 'V'], { startMs: HOUR + 60_000 })).toEqual([0, 7])
  })

  it('an hour begins with the clock’s', () => {
    expect(hourOf(HOUR + 62_000)).toBe(new Date(HOUR + 62_000).setMinutes(0, 0, 0))
  })
})
