import { describe, expect, test } from 'vitest'
import { modelledNoise, noisePower, NOISES, signalPower, withNoise } from './noise.ts'
import { stSignal } from './st-model.ts'

const stCase = { seed: 'test', heartRate: 70, stMv: 0.2, slope: 0.5, rMv: 1, qrsMs: 90, tMv: 0.3 }

describe('the modelled lead', () => {
  test('has the level that it says, at J + 60 and + 80 ms against its PR segment', () => {
    const { samplesMv, beats, rateHz, levelAt } = stSignal(stCase, 30, 1000)
    expect(beats.length).toBeGreaterThan(30)
    for (const beat of beats) {
      const at = (ms: number): number => samplesMv[beat + Math.round((ms / 1000) * rateHz)] ?? Number.NaN
      for (const afterJMs of [60, 80]) expect(at(45 + afterJMs) - at(-65)).toBeCloseTo(levelAt(afterJMs), 2)
    }
  })

  test('is the same for the same seed, with noise too', () => {
    expect(stSignal(stCase, 10, 250, 20).samplesMv).toEqual(stSignal(stCase, 10, 250, 20).samplesMv)
  })
})

describe('noise', () => {
  test.each([6, 12, 18])('has the ratio that was asked for, in the sense of nst: %i dB', (snrDb) => {
    const { samplesMv, beats, rateHz } = stSignal(stCase, 60, 250)
    for (const kind of NOISES.filter((kind) => kind !== 'wander')) {
      const noise = modelledNoise(kind, 'a', rateHz, samplesMv.length)
      const added = withNoise(samplesMv, beats, noise, snrDb, rateHz).map((value, i) => value - (samplesMv[i] ?? 0))
      const ratio = signalPower(samplesMv, beats, rateHz) / noisePower(added, rateHz)
      expect(10 * Math.log10(ratio)).toBeCloseTo(snrDb, 6)
    }
  })

  test('is the same for the same seed, and another for another', () => {
    for (const kind of ['muscle', 'electrode'] as const) {
      expect(modelledNoise(kind, 'a', 360, 3600)).toEqual(modelledNoise(kind, 'a', 360, 3600))
      expect(modelledNoise(kind, 'b', 360, 3600)).not.toEqual(modelledNoise(kind, 'a', 360, 3600))
    }
  })

  test('of muscle lies above 20 Hz, that of electrodes below 40 Hz', () => {
    // Power of first differences against that of the signal itself: 2(1 − cos ω) of the frequency that dominates.
    const meanHz = (noise: Float64Array): number => {
      let [power, slope] = [0, 0]
      for (let i = 1; i < noise.length; i++) {
        power += (noise[i] ?? 0) ** 2
        slope += ((noise[i] ?? 0) - (noise[i - 1] ?? 0)) ** 2
      }
      return (Math.acos(1 - slope / power / 2) * 1000) / (2 * Math.PI)
    }
    expect(meanHz(modelledNoise('muscle', 'a', 1000, 60_000))).toBeGreaterThan(50)
    expect(meanHz(modelledNoise('electrode', 'a', 1000, 60_000))).toBeLessThan(10)
  })
})
