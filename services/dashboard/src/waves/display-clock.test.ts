import { describe, expect, it } from 'vitest'
import { SWEEP_DELAY_MS, createDisplayClock } from './display-clock.ts'

const NOW = 1_790_000_000_000

describe('display clock', () => {
  it('stands the constant delay behind, however the network jitters', () => {
    const clock = createDisplayClock()
    for (const [i, jitter] of [20, 300, 5, 450, 90].entries()) clock.block(NOW + i * 1000, NOW + i * 1000 + jitter)
    expect(clock.head(NOW + 9000)).toBe(NOW + 9000 - SWEEP_DELAY_MS)
  })

  it('does not fall behind when one block stalls', () => {
    const clock = createDisplayClock()
    clock.block(NOW, NOW + 20)
    clock.block(NOW + 1000, NOW + 4000)
    clock.block(NOW + 5000, NOW + 5020)
    expect(clock.lagMs()).toBe(0)
  })

  it('takes a source that is off by a constant at its own time, and says by how much', () => {
    const clock = createDisplayClock()
    clock.block(NOW - 60_000, NOW)
    expect(clock.lagMs()).toBe(60_000)
    expect(clock.head(NOW)).toBe(NOW - 60_000 - SWEEP_DELAY_MS)
  })

  it('measures again when blocks stay off for five seconds', () => {
    const clock = createDisplayClock()
    clock.block(NOW, NOW)
    for (let s = 1; s <= 7; s += 1) clock.block(NOW + s * 1000, NOW + s * 1000 + 3000)
    expect(clock.lagMs()).toBe(3000)
  })
})
