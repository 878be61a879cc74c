import { describe, expect, it } from 'vitest'
import { ageText, freshnessOf } from './age.ts'

const NOW = 1_790_000_000_000
const value = (ageMs: number) => ({ value: 72, unit: '/min', time: NOW - ageMs, device: 'd1' })

describe('age of a value', () => {
  it('lets a heart rate be current for seconds, then old, then gone', () => {
    expect(freshnessOf('heartRate', value(2000), NOW)).toBe('current')
    expect(freshnessOf('heartRate', value(20_000), NOW)).toBe('old')
    expect(freshnessOf('heartRate', value(600_000), NOW)).toBe('missing')
    expect(freshnessOf('heartRate', undefined, NOW)).toBe('missing')
  })

  it('lets a cuff be current for half an hour', () => {
    expect(freshnessOf('systolic', value(20 * 60_000), NOW)).toBe('current')
    expect(freshnessOf('systolic', value(50 * 60_000), NOW)).toBe('old')
  })

  it('says ages shortly', () => {
    expect([8000, 240_000, 7_300_000, 200_000_000, -5].map(ageText)).toEqual(['8 s', '4 min', '2 h', '2 d', '0 s'])
  })
})
