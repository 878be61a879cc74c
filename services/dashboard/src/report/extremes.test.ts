import { describe, expect, it } from 'vitest'
import { alarmFixture } from '../alarms/fixtures.ts'
import { bandPath, linePath, timeTicks } from './chart-path.ts'
import { completeness, extremesOf } from './extremes.ts'
import { importantAlarms } from './important.ts'

const MINUTE = 60_000

describe('what a report says of values', () => {
  it('mean, lowest and highest, with when they were', () => {
    const points = (...values: number[]) => values.map((value, index): [number, number] => [index * MINUTE, value])
    const series = { unit: '%', mean: points(94, 96), low: points(90, 95), high: points(97, 98) }
    expect(extremesOf(series)).toEqual({ mean: 95, low: { atMs: 0, value: 90 }, high: { atMs: MINUTE, value: 98 } })
    expect(extremesOf({ unit: '%', mean: [], low: [], high: [] })).toBeUndefined()
  })

  it('completeness is the share of minutes with a value, never more than all', () => {
    expect(completeness([0, MINUTE, 2 * MINUTE], 0, 4 * MINUTE)).toBe(0.75)
    expect(completeness([], 0, 4 * MINUTE)).toBe(0)
    expect(completeness([0, MINUTE], 30_000, 90_000)).toBe(1)
  })

  it('a line breaks at a gap, and shows what stands alone', () => {
    const scale = { x: (ms: number) => ms, y: (value: number) => value }
    const points = [[0, 1], [10, 2], [50, 3]] as const // prettier-ignore
    expect(linePath(points, scale, 20)).toBe('M0 1L10 2M50 3h0.01')
    expect(bandPath(points, [[0, 5], [10, 6], [50, 7]], scale, 20)).toBe('M0 5L10 6L10 2L0 1Z') // prettier-ignore
  })

  it('an axis has whole times, not too many', () => {
    const ticks = timeTicks(5, 8 * 60 * MINUTE, 8)
    expect(ticks.length).toBeLessThanOrEqual(8)
    expect(ticks.every((at) => at % (60 * MINUTE) === 0)).toBe(true)
  })
})

describe('the strips of a report', () => {
  it('are of the gravest alarms, confirmed ones first, none that was false or has no strip to show', () => {
    const verdict = (verdict: 'confirmed' | 'false') => ({ verdict, at: 1, by: 'ann' })
    const alarms = [
      alarmFixture({ id: 'medium', type: 'tachycardia', priority: 'medium', onset: 1 }),
      alarmFixture({ id: 'false', type: 'asystole', priority: 'high', onset: 2, verdict: verdict('false') }),
      alarmFixture({ id: 'high', type: 'asystole', priority: 'high', onset: 3 }),
      alarmFixture({ id: 'confirmed', type: 'asystole', priority: 'high', onset: 4, verdict: verdict('confirmed') }),
      alarmFixture({ id: 'limit', type: 'limit', priority: 'high', onset: 5 }),
      alarmFixture({ id: 'lead', type: 'lead-off', kind: 'technical', priority: 'high', onset: 6 }),
    ]
    expect(importantAlarms(alarms, 1).map(({ id }) => id)).toEqual(['confirmed'])
    expect(importantAlarms(alarms, 5).map(({ id }) => id)).toEqual(['medium', 'high', 'confirmed'])
  })
})
