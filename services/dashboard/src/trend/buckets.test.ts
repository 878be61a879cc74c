import { describe, expect, it } from 'vitest'
import { createTrendBuckets } from './buckets.ts'

const NOW = 1_790_000_040_000

describe('trend', () => {
  it('shows what was stored and carries on with what comes live, gaps as gaps', () => {
    const trend = createTrendBuckets(['spo2'], 10_000, 40_000)
    trend.load('spo2', [[NOW - 30_000, 95]])
    trend.add('spo2', NOW - 500, 90)
    trend.add('spo2', NOW, 98)
    trend.add('spo2', NOW + 100, 96)
    expect(trend.table(NOW + 200)).toEqual({
      times: [NOW - 30_000, NOW - 20_000, NOW - 10_000, NOW].map((ms) => ms / 1000),
      columns: [[95, null, 90, 97]],
    })
  })

  it('takes no live value twice', () => {
    const trend = createTrendBuckets(['spo2'], 10_000, 10_000)
    trend.add('spo2', NOW, 90)
    trend.add('spo2', NOW, 10)
    expect(trend.table(NOW).columns).toEqual([[90]])
  })

  it('leaves out words and series that it does not show', () => {
    const trend = createTrendBuckets(['spo2'], 10_000, 10_000)
    trend.load('spo2', [[NOW, 'A']])
    trend.load('glucose', [[NOW, 90]])
    trend.add('glucose', NOW, 90)
    expect(trend.table(NOW).columns).toEqual([[null]])
  })
})
