import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { watchLoop, type LoopWatch } from './loop-watch.ts'

let nowMs = 0
let watch: LoopWatch
beforeEach(() => {
  nowMs = 0
  vi.useFakeTimers()
  watch = watchLoop({ everyMs: 500, windowMs: 30_000, now: () => nowMs })
})
afterEach(() => {
  watch.stop()
  vi.useRealTimers()
})

/** The loop turns for so long, then its timer comes late by `standstillMs`. */
function pass(turningMs: number, standstillMs = 0): void {
  for (let ms = 0; ms < turningMs; ms += 500) {
    nowMs += 500
    vi.advanceTimersByTime(500)
  }
  if (standstillMs === 0) return
  nowMs += 500 + standstillMs
  vi.advanceTimersByTime(500)
}

describe('watchLoop', () => {
  it('is well while the loop turns', () => {
    pass(60_000)
    expect(watch.health().ok).toBe(true)
  })

  it('is not well where the loop stands still again and again, for half of the time', () => {
    for (let round = 0; round < 5; round++) pass(1_000, 5_000)
    expect(watch.health()).toMatchObject({ ok: false, detail: expect.stringContaining('stood still') })
  })

  it('is well again once the loop has turned for a while', () => {
    for (let round = 0; round < 5; round++) pass(1_000, 5_000)
    pass(20_000)
    expect(watch.health().ok).toBe(true)
  })

  it('does not take a machine that was paused, once and for long, for a loop that is stuck', () => {
    pass(5_000, 600_000)
    expect(watch.health().ok).toBe(true)
  })
})
