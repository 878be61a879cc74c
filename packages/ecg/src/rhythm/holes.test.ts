import { describe, expect, test } from 'vitest'
import { analyse, only, onsets } from '../testing/run-analyzer.ts'
import { beatsEvery, createRandom, synthesise } from '../testing/synthetic-ecg.ts'
import { holesHideBeat } from './holes.ts'

const RATE_HZ = 250
const SECONDS = 60
const options = { rateHz: RATE_HZ, lead: 'II' }

/** The signal with a hole of 0.15 s every 3 s. */
function holed(samples: Float64Array): Float64Array {
  return samples.map((value, i) => (i % (3 * RATE_HZ) < 0.15 * RATE_HZ ? NaN : value))
}

describe('with a hole of 0.15 s every 3 s', () => {
  test('a tachycardia of 16 beats is said, and the heart rate goes on every second', () => {
    const fast = synthesise(beatsEvery(Array.from({ length: 140 }, () => 437)), SECONDS, RATE_HZ)
    const outputs = analyse(holed(fast), options)
    expect(onsets(outputs, 'tachycardia')).toHaveLength(1)
    const rates = only(outputs, 'heart-rate').filter(({ timeMs }) => timeMs > 15_000)
    expect(rates.length).toBeGreaterThanOrEqual(40)
    for (const { bpm } of rates) expect(Math.abs(bpm - 60_000 / 437)).toBeLessThan(3)
  })

  test('atrial fibrillation is said', () => {
    const random = createRandom(11)
    const beats = beatsEvery(Array.from({ length: 90 }, () => 450 + 500 * random())).map((beat) => ({ ...beat, pWave: false })) // prettier-ignore
    expect(onsets(analyse(holed(synthesise(beats, SECONDS, RATE_HZ)), options), 'atrial-fibrillation')).toHaveLength(1)
  })

  test('a slow rhythm whose every fourth beat falls into a hole is neither slower nor a pause', () => {
    const slow = synthesise(beatsEvery(Array.from({ length: 80 }, () => 750), 'N', 3075), SECONDS, RATE_HZ) // prettier-ignore
    const outputs = analyse(holed(slow), options)
    expect(onsets(outputs)).toEqual([])
    for (const { bpm } of only(outputs, 'heart-rate')) expect(Math.abs(bpm - 80)).toBeLessThan(2)
  })
})

test('a hole beside a beat, or in an interval of the usual length, hides none; one in the middle of a long interval may', () => {
  const hides = (from: number, second: number, usualMs = 800) => holesHideBeat([[from, from + 150]], 0, second, 1, usualMs) // prettier-ignore
  expect(hides(100, 800)).toBe(false)
  expect(hides(330, 800)).toBe(false)
  expect(hides(1_300, 1_600)).toBe(false)
  expect(hides(730, 1_600)).toBe(true)
  expect(hides(500, 1_000, NaN)).toBe(true)
  expect(holesHideBeat([[500, 650]], -1, 1_000, 1, 800)).toBe(false)
})
