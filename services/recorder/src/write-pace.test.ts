import { describe, expect, it } from 'vitest'
import { createWritePace } from './write-pace.ts'

describe('the pace of writing', () => {
  const restOf = async (pace: ReturnType<typeof createWritePace>, signal = new AbortController().signal) => {
    const began = performance.now()
    await pace.rest(signal)
    return performance.now() - began
  }

  it('rests the longer the longer a write took, up to its limit', async () => {
    const pace = createWritePace(100)
    expect(await restOf(pace)).toBeLessThan(20)
    pace.wrote(4)
    expect(await restOf(pace)).toBeGreaterThan(35)
    pace.wrote(1_000)
    const rested = await restOf(pace)
    expect(rested).toBeGreaterThan(95)
    expect(rested).toBeLessThan(1_000)
    expect(await restOf(pace)).toBeLessThan(20)
  })

  it('brings those together who began apart, and lets nobody wait for ever', async () => {
    const pace = createWritePace(100)
    pace.wrote(1_000)
    const first = restOf(pace)
    await new Promise((resolve) => setTimeout(resolve, 60))
    pace.wrote(2)
    expect(await first).toBeLessThan(130)
    pace.wrote(4)
    const second = restOf(pace)
    await new Promise((resolve) => setTimeout(resolve, 20))
    pace.wrote(4)
    expect(await second).toBeGreaterThan(55)
    const others = setInterval(() => pace.wrote(1_000), 5)
    pace.wrote(1_000)
    expect(await restOf(pace)).toBeLessThan(1_000)
    clearInterval(others)
  })

  it('does not hold a stop up', async () => {
    const pace = createWritePace(60_000)
    pace.wrote(60_000)
    const stopping = new AbortController()
    setTimeout(() => stopping.abort(), 10)
    expect(await restOf(pace, stopping.signal)).toBeLessThan(5_000)
    expect(await restOf(pace, stopping.signal)).toBeLessThan(5_000)
  })
})
