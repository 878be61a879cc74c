import { describe, expect, test } from 'vitest'
import { analyse, only } from '../testing/run-analyzer.ts'
import { beatsEvery, synthesise, type Surroundings } from '../testing/synthetic-ecg.ts'
import type { StOutput } from '../types.ts'

const RATE_HZ = 250

function stOf(shiftMv: (timeMs: number) => number, around: Surroundings, highPassHz = 0.05): StOutput[] {
  const beats = beatsEvery(Array.from({ length: 80 }, () => 800)).map((beat) => ({
    ...beat,
    stMv: shiftMv(beat.timeMs),
  }))
  return only(analyse(synthesise(beats, 63, RATE_HZ, around), { rateHz: RATE_HZ, lead: 'II', highPassHz }), 'st')
}

describe('the ST level', () => {
  test('comes at least every 3 s, and near 0 for a normal beat', () => {
    const said = stOf(() => 0, { noiseMv: 0.02 })
    expect(said[0]?.timeMs).toBeLessThan(10_000)
    for (const [i, { timeMs, levelMv, uncertain }] of said.entries()) {
      // The T wave of this beat has begun by then: it is 0.02 mV high there.
      expect(Math.abs(levelMv)).toBeLessThan(0.045)
      if (i > 0) expect(timeMs - (said[i - 1]?.timeMs ?? 0)).toBeLessThanOrEqual(3000)
      if (i > 1) expect(uncertain).toBe(false)
    }
  })

  test.each([0.25, 0.1, -0.15])('a shift of %f mV is seen within 10 s, in size too', (mv) => {
    const said = stOf((timeMs) => (timeMs > 30_000 ? mv : 0), { noiseMv: 0.02 })
    const before = said.filter(({ timeMs }) => timeMs < 30_000).at(-1)
    const after = said.filter(({ timeMs }) => timeMs <= 40_000).at(-1)
    const change = (after?.levelMv ?? NaN) - (before?.levelMv ?? NaN)
    expect(change).toBeCloseTo(mv, 1)
    expect(Math.abs(change - mv)).toBeLessThan(0.25 * Math.abs(mv) + 0.01)
  })

  test.each([0.5, 0.8, -0.5])('goes on without a hole where the segment moves by %f mV within seconds', (mv) => {
    const said = stOf((timeMs) => mv * Math.min(1, Math.max(0, (timeMs - 30_000) / 10_000)), { noiseMv: 0.01 })
    const during = said.filter(({ timeMs }) => timeMs > 25_000)
    for (const [i, { timeMs }] of during.entries())
      if (i > 0) expect(timeMs - (during[i - 1]?.timeMs ?? 0)).toBeLessThanOrEqual(6000)
    expect(Math.sign(during.at(-1)?.levelMv ?? 0)).toBe(Math.sign(mv))
  })

  test('does not follow baseline wander of 1 mV peak to peak', () => {
    for (const { levelMv } of stOf(() => 0, { wanderMv: 0.5, noiseMv: 0.01 }))
      expect(Math.abs(levelMv)).toBeLessThan(0.05)
  })

  test('is uncertain where the sensor cuts what is below 0.5 Hz', () => {
    const said = stOf(() => 0, {}, 0.5)
    expect(said.length).toBeGreaterThan(10)
    expect(said.every(({ uncertain }) => uncertain)).toBe(true)
  })

  test('gives the T wave', () => {
    const last = stOf(() => 0, { noiseMv: 0.01 }).at(-1)
    expect(last?.tAmplitudeMv).toBeCloseTo(0.25, 1)
  })
})
