import { describe, expect, test } from 'vitest'
import { analyse, only } from '../testing/run-analyzer.ts'
import { createRandom, synthesise, type SyntheticBeat } from '../testing/synthetic-ecg.ts'

const SECONDS = 150
const RATE_HZ = 250

/** Beats whose intervals and level follow the breath; `depth` 0 = not at all. */
function breathing(perMin: number, depth: number, intervalMs = 800): Float64Array {
  const random = createRandom(9)
  const phase = (timeMs: number): number => Math.sin((2 * Math.PI * perMin * timeMs) / 60_000)
  const beats: SyntheticBeat[] = []
  for (let timeMs = 500; timeMs < SECONDS * 1000 - 500;) {
    beats.push({ timeMs, kind: 'N' })
    timeMs += intervalMs * (1 + 0.04 * depth * phase(timeMs) + 0.02 * (random() - 0.5))
  }
  const samples = synthesise(beats, SECONDS, RATE_HZ, { wanderMv: 0 })
  return samples.map((value, i) => value + 0.05 * depth * phase((1000 * i) / RATE_HZ))
}
const ratesOf = (samples: Float64Array): number[] =>
  only(analyse(samples, { rateHz: RATE_HZ, lead: 'II' }), 'respiration').map(({ perMin }) => perMin)

describe('the rate of breathing', () => {
  test.each([10, 15, 22, 27])('of %i /min is seen in the level and the intervals', (perMin) => {
    const rates = ratesOf(breathing(perMin, 1))
    expect(rates.length).toBeGreaterThanOrEqual(4)
    for (const rate of rates) expect(Math.abs(rate - perMin)).toBeLessThan(1.5)
  })

  test('is not said where the ECG does not show it', () => {
    expect(ratesOf(breathing(15, 0))).toEqual([])
  })

  test('is not said where it is too fast for the beats to show it, nor where it is slower than the waves of the circulation', () => {
    expect(ratesOf(breathing(34, 1, 1000))).toEqual([])
    expect(ratesOf(breathing(6, 1))).toEqual([])
  })
})
