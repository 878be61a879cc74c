import { describe, expect, it } from 'vitest'
import { csvOf, rowsOf } from './export.ts'
import { panesOf } from './panes.ts'
import { createTrendStore } from './trend-store.ts'

const T0 = Date.parse('2026-03-01T12:00:00Z')
const panes = panesOf([]).filter(({ key }) => key === 'spo2')

function table(windowMs: number) {
  const store = createTrendStore(['spo2'], windowMs)
  store.load('spo2', { mean: [[T0, 95], [T0 + 3 * windowMs, 96]], low: [[T0, 91]], high: [[T0, 98]] }) // prettier-ignore
  return store.table(T0, T0 + 4 * windowMs, () => 0)
}

describe('a trend taken along', () => {
  it('has what is shown and nothing else: no row for a gap', () => {
    const { head, rows } = rowsOf(panes, table(60_000), 60_000)
    expect(head).toEqual(['SpO2 (%)', 'SpO2 lowest', 'SpO2 highest'])
    expect(rows.map(({ timeMs, cells }) => [timeMs - T0, ...cells])).toEqual([
      [180_000, 96, 96, 96],
      [0, 95, 91, 98],
    ])
  })

  it('as CSV it is oldest first, with the time in UTC', () => {
    expect(csvOf(rowsOf(panes, table(1000), 1000))).toBe(
      `time,epochMs,SpO2 (%)\r\n2026-03-01T12:00:00.000Z,${T0},95\r\n2026-03-01T12:00:03.000Z,${T0 + 3000},96\r\n`,
    )
  })
})
