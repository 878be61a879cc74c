import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  news2,
  pulsePoints,
  respirationPoints,
  spo2Scale1Points,
  spo2Scale2Points,
  systolicPoints,
  temperaturePoints,
} from './news2.ts'
import { news2Chart, news2Response, news2RowOf, NEWS2_RESPONSES, type News2Section } from './news2-chart.ts'

const POINTS: Record<News2Section['parameter'], (value: number) => number> = {
  respirationRate: respirationPoints,
  spo2: spo2Scale1Points,
  systolic: systolicPoints,
  pulse: pulsePoints,
  temperature: temperaturePoints,
}

describe('the NEWS2 observation chart', () => {
  it('every value has one row, and the row has the points that the score gives it', () => {
    for (const section of news2Chart(1)) {
      fc.assert(
        fc.property(fc.double({ min: 0, max: 300, noNaN: true }), (value) => {
          expect(news2RowOf(section, value)?.points).toBe(POINTS[section.parameter](value))
        }),
      )
    }
  })

  it('the rows are contiguous from top to bottom, none crosses a change of points', () => {
    for (const { rows, step, parameter } of news2Chart(1)) {
      for (const [index, { from, to, points }] of rows.entries()) {
        if (index > 0) expect(to).toBeCloseTo((rows[index - 1]?.from ?? 0) - step, 6)
        for (const edge of [from, to]) if (Number.isFinite(edge)) expect(POINTS[parameter](edge)).toBe(points)
      }
    }
  })

  it('SpO2 on scale 2 depends on the oxygen from 93 % on, as the score does', () => {
    const section = news2Chart(2).find(({ parameter }) => parameter === 'spo2')
    if (section === undefined) throw new Error('no SpO2')
    fc.assert(
      fc.property(fc.integer({ min: 50, max: 100 }), fc.constantFrom(undefined, 0, 1), (value, oxygen) => {
        expect(news2RowOf(section, value, oxygen)?.points).toBe(spo2Scale2Points(value, oxygen))
      }),
    )
  })

  it('the printed rows are those of the college’s chart', () => {
    const labels = (parameter: string) =>
      news2Chart(1)
        .find((section) => section.parameter === parameter)
        ?.rows.map(({ label, points }) => `${label}: ${points}`)
    expect(labels('respirationRate')).toEqual(['≥ 25: 3', '21–24: 2', '18–20: 0', '15–17: 0', '12–14: 0', '9–11: 1', '≤ 8: 3']) // prettier-ignore
    expect(labels('temperature')).toEqual(['≥ 39.1: 2', '38.1–39.0: 1', '37.1–38.0: 0', '36.1–37.0: 0', '35.1–36.0: 1', '≤ 35.0: 3']) // prettier-ignore
    expect(news2Chart(2)[1]?.rows.map(({ label, points }) => `${label}: ${points}`)).toEqual([
      '≥ 97 on O₂: 3',
      '95–96 on O₂: 2',
      '93–94 on O₂: 1',
      '≥ 93 on air: 0',
      '88–92: 0',
      '86–87: 1',
      '84–85: 2',
      '≤ 83: 3',
    ])
  })

  it('a score asks for what the college says, and never for less when it rises', () => {
    const level = (score: number, singleThree = false) => news2Response({ score, singleThree }).level
    expect([0, 1, 4, 5, 6, 7, 20].map((score) => level(score))).toEqual([
      'low',
      'low',
      'low',
      'medium',
      'medium',
      'high',
      'high',
    ])
    expect(level(3, true)).toBe('low-medium')
    expect(level(5, true)).toBe('medium')
    const urgency = (score: number, single: boolean) =>
      NEWS2_RESPONSES.indexOf(news2Response({ score, singleThree: single }))
    for (const single of [false, true]) {
      for (let score = 1; score <= 20; score++) {
        expect(urgency(score, single)).toBeGreaterThanOrEqual(urgency(score - 1, single))
      }
    }
    const partial = news2({ respirationRate: { value: 30, timeMs: 0 } }, 0)
    expect(partial.complete).toBe(false)
    expect(news2Response(partial).level).toBe('low-medium')
  })
})
