import { describe, expect, test } from 'vitest'
import { analyse, only } from '../testing/run-analyzer.ts'
import { beatsEvery, createRandom, synthesise } from '../testing/synthetic-ecg.ts'

const beats = beatsEvery(
  Array.from({ length: 24 }, () => 800),
  'V',
)

describe.each([250, 360, 500])('at %i Hz', (rateHz) => {
  const options = { rateHz, lead: 'II' }
  const samples = synthesise(beats, 20, rateHz)
  const readable = (signal: Float64Array) =>
    only(analyse(signal, options), 'quality').map(({ quality }) => quality >= 0.5)

  test.each([-10, 2, 5, 10, 20])('pacing pulses of %d mV before each complex leave a lead readable', (mv) => {
    const paced = Float64Array.from(samples)
    for (const { timeMs } of beats) {
      const first = Math.round(((timeMs - 90) / 1000) * rateHz)
      const length = rateHz < 500 ? 2 : Math.round(0.002 * rateHz) + 1
      for (let i = first; i < first + length; i++) paced[i] = (paced[i] ?? 0) + mv
    }
    expect(readable(paced).every(Boolean)).toBe(true)
  })

  test('many spikes are noise', () => {
    const random = createRandom(3)
    const noisy = samples.map((value) => (random() < 0.1 ? value + 10 : value))
    expect(readable(noisy).some(Boolean)).toBe(false)
  })
})
