import { describe, expect, test } from 'vitest'
import { analyse, beatTimes, onsets } from '../testing/run-analyzer.ts'
import { synthesise, type SyntheticBeat } from '../testing/synthetic-ecg.ts'

describe('a ventricular standstill', () => {
  test.each([125, 250, 500])('with P waves that go on is an asystole, in time, at %i Hz', (rateHz) => {
    const beats = Array.from({ length: 60 }, (_, i): SyntheticBeat => ({
      timeMs: 700 + i * 800,
      kind: i < 25 ? 'N' : 'P',
    }))
    const outputs = analyse(synthesise(beats, 40, rateHz, { noiseMv: 0.01, wanderMv: 0.1 }), { rateHz, lead: 'II' })
    const lastMs = 700 + 24 * 800
    expect(beatTimes(outputs).filter((timeMs) => timeMs > lastMs + 100)).toEqual([])
    expect(onsets(outputs, 'asystole')).toHaveLength(1)
    expect(onsets(outputs, 'asystole')[0]?.timeMs).toBeLessThan(lastMs + 6000)
  })
})
