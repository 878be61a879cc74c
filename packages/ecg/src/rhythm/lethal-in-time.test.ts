import { describe, expect, test } from 'vitest'
import { analyse, beatTimes, only, onsets } from '../testing/run-analyzer.ts'
import { beatsEvery, concatenate, fibrillate, synthesise } from '../testing/synthetic-ecg.ts'

const SINUS_S = 30
const LATEST_MS = 10_000

const constant = (intervalMs: number, count: number): number[] => Array.from({ length: count }, () => intervalMs)

function beating(seconds: number, rateHz: number, intervalMs = 800): Float64Array {
  const count = Math.floor((seconds * 1000 - 500) / intervalMs)
  return synthesise(beatsEvery(constant(intervalMs, count)), seconds, rateHz, { noiseMv: 0.005, wanderMv: 0 })
}

/** As large as `mv`, on mains hum and breathing, with the noise that an electrode has. */
function worn(signal: Float64Array, rateHz: number, mv: number, humMv: number, wanderMv: number): Float64Array {
  return signal.map(
    (value, i) =>
      mv * value +
      humMv * Math.sin((2 * Math.PI * 50 * i) / rateHz) +
      wanderMv * Math.sin((2 * Math.PI * 0.3 * i) / rateHz) +
      0.002 * Math.sin(1.7 * i * i),
  )
}

const SIGNALS: readonly (readonly [rateHz: number, mv: number, humMv: number, wanderMv: number])[] = [
  [80, 1, 0, 0.1],
  [100, 0.3, 0, 0.05],
  [125, 1, 0.02, 0.2],
  [250, 0.3, 0.01, 0.1],
  [250, 1, 0.05, 0.3],
  [250, 3, 0.05, 0.5],
  [360, 0.5, 0.02, 0.1],
  [500, 1, 0.02, 0.2],
  [800, 1, 0.02, 0.2],
]

describe.each(SIGNALS)(
  'at %i Hz, %d of a millivolt large, hum of %d mV, wander of %d mV',
  (rateHz, mv, humMv, wanderMv) => {
    const options = { rateHz, lead: 'II' }
    const heard = (...parts: readonly Float64Array[]) =>
      onsets(analyse(worn(concatenate(...parts), rateHz, mv, humMv, wanderMv), options))

    test('a standstill is said within 10 s, and nothing graver', () => {
      const silent = new Float64Array(14 * rateHz)
      const found = heard(beating(SINUS_S, rateHz), silent, beating(10, rateHz))
      const asystole = found.find(({ type }) => type === 'asystole')
      expect((asystole?.timeMs ?? Infinity) - SINUS_S * 1000).toBeLessThan(LATEST_MS)
      expect(found.some(({ type }) => type === 'ventricular-fibrillation')).toBe(false)
    })

    test('a fibrillation is said within 10 s', () => {
      const found = heard(beating(SINUS_S, rateHz), fibrillate(20, rateHz, 0.6))
      const fibrillation = found.find(({ type }) => type === 'ventricular-fibrillation')
      expect((fibrillation?.timeMs ?? Infinity) - SINUS_S * 1000).toBeLessThan(LATEST_MS)
    })

    test('two minutes of sinus rhythm say nothing', () => {
      expect(heard(beating(120, rateHz))).toEqual([])
    })
  },
)

/** Waves with no rest between them, every other one as tall as `second` of the first. */
function flutter(seconds: number, rateHz: number, wavesPerS: number, second: number): Float64Array {
  return Float64Array.from({ length: seconds * rateHz }, (_, i) => {
    const waves = (i / rateHz) * wavesPerS
    const height = Math.floor(waves) % 2 === 0 ? 1 : second
    return height * Math.sin(2 * Math.PI * waves) + 0.005 * Math.sin(1.7 * i * i)
  })
}

describe.each([4.2, 4.6, 5])('a flutter of %d waves a second', (wavesPerS) => {
  // Other leads' claims are judged by that: every other wave of a flutter looks like a regular rhythm of half its rate.
  test.each([1, 0.85])('whose every other wave is %d as tall: all are beats, or what is left out is said', (second) => {
    const rateHz = 250
    const outputs = analyse(concatenate(beating(SINUS_S, rateHz), flutter(20, rateHz, wavesPerS, second)), {
      rateHz,
      lead: 'II',
    })
    const [fromMs, toMs] = [(SINUS_S + 5) * 1000, (SINUS_S + 15) * 1000]
    const beats = beatTimes(outputs).filter((timeMs) => timeMs > fromMs && timeMs <= toMs).length
    const clarities = only(outputs, 'quality').filter(({ timeMs }) => timeMs > fromMs && timeMs <= toMs)
    const clearest = Math.max(...clarities.map(({ clarity }) => clarity))
    expect(beats >= 9 * wavesPerS || clearest < 0.5).toBe(true)
  })
})
