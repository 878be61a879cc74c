import { describe, expect, test } from 'vitest'
import { analyse, only, onsets } from '../testing/run-analyzer.ts'
import { beatsEvery, synthesise } from '../testing/synthetic-ecg.ts'

const constant = (intervalMs: number, count: number): number[] => Array.from({ length: count }, () => intervalMs)

/** Adds a pulse of 2 ms (one sample at least) at the given times. */
function pulses(samples: Float64Array, timesMs: readonly number[], mv: number, rateHz: number): Float64Array {
  const paced = Float64Array.from(samples)
  for (const timeMs of timesMs) {
    const first = Math.round((timeMs / 1000) * rateHz)
    for (let i = first; i < first + Math.max(1, Math.round(0.002 * rateHz)); i++) paced[i] = (paced[i] ?? 0) + mv
  }
  return paced
}

describe.each([250, 360, 500, 1000])('pacing at %i Hz', (rateHz) => {
  test.each([-5, -1, 0.8, 2, 10])('pulses of %f mV that no complex answers are no beats: it is an asystole', (mv) => {
    const beats = beatsEvery(constant(800, 36))
    const times = Array.from({ length: 20 }, (_, i) => 30_200 + 1000 * i)
    const samples = pulses(synthesise(beats, 50, rateHz), times, mv, rateHz)
    const outputs = analyse(samples, { rateHz, lead: 'II' })
    expect(only(outputs, 'beat').filter(({ timeMs }) => timeMs > 29_000)).toEqual([])
    const [asystole] = onsets(outputs, 'asystole')
    expect(asystole?.onsetMs).toBeGreaterThan(28_000)
    expect(asystole?.timeMs).toBeLessThan(38_500)
  })

  test('wide complexes 40 ms after a pulse are paced beats, each counted once', () => {
    const beats = beatsEvery(constant(857, 40), 'V')
    const times = beats.map(({ timeMs }) => timeMs - 90)
    const samples = pulses(synthesise(beats, 35, rateHz), times, 1.5, rateHz)
    const outputs = analyse(samples, { rateHz, lead: 'II' })
    const found = only(outputs, 'beat').filter(({ timeMs }) => timeMs > 6000)
    expect(found).toHaveLength(beats.filter(({ timeMs }) => timeMs > 6000 && timeMs < 34_800).length)
    expect(found.every(({ paced, beatClass }) => paced === true && beatClass === 'Q')).toBe(true)
    expect(onsets(outputs)).toEqual([])
  })
})

test.each([100, 250, 500, 1000])(
  'no beat of a narrow rhythm at %i Hz is taken for a pulse, nor for paced',
  (rateHz) => {
    const beats = beatsEvery(constant(450, 60))
    const outputs = analyse(synthesise(beats, 28, rateHz, { noiseMv: 0.03 }), { rateHz, lead: 'II' })
    const found = only(outputs, 'beat').filter(({ timeMs }) => timeMs > 4000)
    expect(found.length).toBe(beats.filter(({ timeMs }) => timeMs > 4000 && timeMs < 27_400).length)
    expect(found.some(({ paced }) => paced)).toBe(false)
  },
)
