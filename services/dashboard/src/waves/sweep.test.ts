import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PX_PER_MM, columnAt, columnStartMs, spans, sweepGeometry, sweepStep } from './sweep.ts'

const NOW = 1_790_000_000_000

describe('sweep', () => {
  it('moves 25 mm in a second', () => {
    const geometry = sweepGeometry(800, 25, 2)
    expect(columnAt(geometry, NOW + 1000) - columnAt(geometry, NOW)).toBeCloseTo(25 * PX_PER_MM * 2, -1)
  })

  it('draws nothing while no column has been completed', () => {
    const geometry = sweepGeometry(400, 25, 1)
    const column = columnAt(geometry, NOW)
    const time = columnStartMs(geometry, column) + geometry.msPerColumn / 2
    expect(sweepStep(geometry, column, time, 12)).toEqual({ from: column, to: column, clear: [] })
  })

  it('draws each column once, whatever the frame times', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 60 }), (frames) => {
        const geometry = sweepGeometry(500, 25, 1)
        let time = NOW
        let drawnTo: number | undefined = columnAt(geometry, time)
        let drawn = 0
        const first = drawnTo
        for (const frame of frames) {
          time += frame
          const step = sweepStep(geometry, drawnTo, time, 10)
          if (step.from !== drawnTo) return false
          drawn += step.to - step.from
          drawnTo = step.to
        }
        return drawn === columnAt(geometry, time) - first
      }),
    )
  })

  it('clears the columns that it draws and a bar before them, across the right edge', () => {
    const geometry = { columns: 100, msPerColumn: 10 }
    const step = sweepStep(geometry, 95, 980, 10)
    expect(step).toEqual({
      from: 95,
      to: 98,
      clear: [
        { x: 95, width: 5 },
        { x: 0, width: 8 },
      ],
    })
  })

  it('draws the whole width again after a pause longer than a sweep, or when all is to be drawn', () => {
    const geometry = { columns: 100, msPerColumn: 10 }
    expect(sweepStep(geometry, 10, 5000, 10)).toEqual({ from: 410, to: 500, clear: [{ x: 0, width: 100 }] })
    expect(sweepStep(geometry, undefined, 5000, 10)).toEqual({ from: 410, to: 500, clear: [{ x: 0, width: 100 }] })
  })

  it('never touches a pixel outside the canvas', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.nat(1e9), fc.nat(400), (columns, from, wanted) => {
        const runs = spans({ columns, msPerColumn: 1 }, from, Math.min(wanted, columns))
        return runs.every((run) => run.x >= 0 && run.x + run.width <= columns)
      }),
    )
  })
})
