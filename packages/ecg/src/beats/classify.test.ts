import { describe, expect, test } from 'vitest'
import { detectBeats } from '../qrs/detect-beats.ts'
import { beatsEvery, synthesise, type SyntheticBeat } from '../testing/synthetic-ecg.ts'
import { VENTRICULAR_FEATURES } from './ventricular-model.ts'
import { VENTRICULAR_WEIGHTS } from './ventricular-weights.ts'

const constant = (intervalMs: number, count: number): number[] => Array.from({ length: count }, () => intervalMs)

/** A minute at 75 /min in which each tenth beat comes 250 ms early, from the ventricle or not. */
function withEarlyBeats(kind: 'N' | 'V', everyMs = 800): SyntheticBeat[] {
  return beatsEvery(constant(everyMs, 75)).map(({ timeMs }, i) =>
    i % 10 === 9 ? { timeMs: timeMs - 250, kind } : { timeMs, kind: 'N' as const },
  )
}

function classes(beats: readonly SyntheticBeat[], rateHz: number, gain = 1, noiseMv = 0.01): string {
  const samples = synthesise(beats, 62, rateHz, { noiseMv, wanderMv: 0.2 }).map((value) => gain * value)
  return detectBeats(samples, rateHz).map(({ beatClass }) => beatClass).join('') // prettier-ignore
}

const SINGLES = (early: string): string => `${'NNNNNNNNN'.concat(early).repeat(7)}NNNNN`

describe('classes of beats', () => {
  test.each([100, 128, 200, 250, 360, 500, 1000])(
    'at %i Hz a wide early beat is ventricular, the others normal',
    (rateHz) => {
      expect(classes(withEarlyBeats('V'), rateHz)).toBe(SINGLES('V'))
    },
  )

  test.each([0.1, 0.5, 3])('the same at %f times the amplitude', (gain) => {
    expect(classes(withEarlyBeats('V'), 250, gain, 0.005)).toBe(SINGLES('V'))
  })

  test('an early beat that looks like the others is supraventricular', () => {
    expect(classes(withEarlyBeats('N'), 250)).toBe(SINGLES('S'))
  })

  test('in bigeminy from the start the wide early beats are ventricular, not the normal ones', () => {
    const beats = beatsEvery(constant(1200, 50)).flatMap(({ timeMs }): SyntheticBeat[] => [
      { timeMs, kind: 'N' },
      { timeMs: timeMs + 480, kind: 'V' },
    ])
    const found = classes(beats, 250)
    // What comes first has nothing to be compared with.
    expect(found.slice(8)).toBe('NV'.repeat(50).slice(8, found.length))
  })

  test('a wide rhythm that takes over at a slow rate stays ventricular for a minute', () => {
    const normal = beatsEvery(constant(800, 150))
    const wide = beatsEvery(constant(900, 60), 'V', 120_500)
    const samples = synthesise([...normal, ...wide], 175, 250)
    const found = detectBeats(samples, 250).map(({ beatClass }) => beatClass)
    expect(found.slice(0, 150).join('')).toBe('N'.repeat(150))
    expect(found.slice(152).join('')).toBe('V'.repeat(58))
  })

  test('nothing of a normal rhythm in muscle noise is ventricular', () => {
    const found = classes(beatsEvery(constant(800, 75)), 250, 1, 0.08)
    expect(found.replaceAll('V', '')).toHaveLength(found.length)
  })
})

describe('the model of a ventricular beat', () => {
  test('weighs every sign as a physician would: noise alone speaks against', () => {
    const signs = Object.fromEntries(VENTRICULAR_FEATURES.map((name, i) => [name, Math.sign(VENTRICULAR_WEIGHTS.weights[i] ?? 0)])) // prettier-ignore
    expect(signs).toEqual({
      ...Object.fromEntries(VENTRICULAR_FEATURES.map((name) => [name, 1])),
      rough: -1,
    })
  })
})
