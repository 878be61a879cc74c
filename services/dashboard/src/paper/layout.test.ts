import { describe, expect, it } from 'vitest'
import { waveFixture } from './fixtures.ts'
import { HEAD_MM, MARGIN_MM, gridPath, layoutOf, timeTicks } from './layout.ts'
import { printPages, rowMsOf } from './print-pages.ts'
import { STANDARD_SCALE } from './scale.ts'

const leads = (count: number) =>
  Array.from({ length: count }, (_, i) => waveFixture([0, 1, -0.5], { signal: `ecg.V${i}` }))

describe('a paper', () => {
  it('is as wide as its time, with a margin for the names of the leads', () => {
    const paper = layoutOf(leads(1), 0, 10_000, STANDARD_SCALE)
    expect(paper.plotWidthMm).toBe(250)
    expect(paper.widthMm).toBe(250 + MARGIN_MM)
    expect(paper.heightMm).toBeGreaterThan(HEAD_MM + 15)
  })

  it('has a line a millimetre', () => {
    expect(gridPath(3, 2, 1)).toBe('M0 0V2M1 0V2M2 0V2M3 0V2M0 0H3M0 1H3M0 2H3')
  })

  it('writes whole seconds, never too close', () => {
    expect(timeTicks({ fromMs: 500, toMs: 4000, scale: STANDARD_SCALE })).toEqual([1000, 2000, 3000])
    expect(timeTicks({ fromMs: 0, toMs: 5000, scale: { speedMmPerS: 12.5, gainMmPerMv: 5 } })).toEqual([0, 2000, 4000])
  })
})

describe('printed pages', () => {
  it('hold ten seconds a row at 25 mm/s, on A4 and on Letter', () => {
    expect(rowMsOf(STANDARD_SCALE)).toBe(10_000)
    expect(rowMsOf({ speedMmPerS: 50, gainMmPerMv: 10 })).toBe(5000)
  })

  it('show all of the time and every wave once, and are never higher than the paper', () => {
    for (const count of [1, 3, 12]) {
      const pages = printPages(leads(count), 0, 20_000, STANDARD_SCALE)
      const papers = pages.flat()
      for (const page of pages) expect(page.reduce((sum, { heightMm }) => sum + heightMm, 0)).toBeLessThanOrEqual(158)
      for (const fromMs of [0, 10_000]) {
        const shown = papers.filter((paper) => paper.fromMs === fromMs).flatMap(({ lanes }) => lanes)
        expect(shown.map(({ wave }) => wave.signal)).toEqual(leads(count).map(({ signal }) => signal))
      }
    }
    expect(printPages(leads(2), 0, 20_000, STANDARD_SCALE)).toHaveLength(1)
  })
})
