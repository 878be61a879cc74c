import { describe, expect, it } from 'vitest'
import { hasBand, windowMsFor } from './windows.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

describe('the width of windows', () => {
  it('gives a chart about as many windows as it has room for, from minutes to months', () => {
    for (const spanMs of [10 * MINUTE, 60 * MINUTE, DAY, 7 * DAY, 30 * DAY, 90 * DAY]) {
      const windows = spanMs / windowMsFor(spanMs, 1000)
      expect(windows).toBeLessThanOrEqual(1000)
      expect(windows).toBeGreaterThan(150)
    }
  })

  it('asks for lowest and highest where a window holds several values', () => {
    expect(hasBand(windowMsFor(10 * MINUTE, 1000))).toBe(false)
    expect(hasBand(windowMsFor(DAY, 1000))).toBe(true)
  })
})
