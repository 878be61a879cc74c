import { describe, expect, test } from 'vitest'
import type { Consciousness } from '@pulsewire/contracts'
import { news2, type News2Inputs } from './news2.ts'
import { sepsisScreen, type SepsisScreen } from './sepsis.ts'

const NOW = 1_800_000_000_000
const at = <T>(value: T, ageMs = 0) => ({ value, timeMs: NOW - ageMs })
const WELL = {
  respirationRate: at(16),
  spo2: at(98),
  supplementalOxygen: at(0),
  systolic: at(120),
  pulse: at(70),
  consciousness: at<Consciousness>('A'),
  temperature: at(37),
} satisfies News2Inputs
const screen = (change: Partial<News2Inputs>): SepsisScreen => {
  const inputs = { ...WELL, ...change }
  return sepsisScreen(inputs, news2(inputs, NOW))
}

describe('each sign, on both sides of its bound', () => {
  test.each([
    [36, 0],
    [35.9, 1],
    [38, 0],
    [38.04, 0],
    [38.05, 1],
  ])('SIRS: %f °C is %i', (celsius, sirs) => expect(screen({ temperature: at(celsius) }).sirs).toBe(sirs))
  test.each([
    [90, 0],
    [91, 1],
  ])('SIRS: a pulse of %i is %i', (pulse, sirs) => expect(screen({ pulse: at(pulse) }).sirs).toBe(sirs))
  test.each([
    [20, 0, 0],
    [21, 1, 0],
    [22, 1, 1],
  ])('%i breaths are %i of SIRS and %i of qSOFA', (breaths, sirs, qsofa) => {
    expect(screen({ respirationRate: at(breaths) })).toMatchObject({ sirs, qsofa })
  })
  test.each([
    [100, 1],
    [101, 0],
  ])('qSOFA: %i mmHg is %i', (systolic, qsofa) => expect(screen({ systolic: at(systolic) }).qsofa).toBe(qsofa))
  test.each(['C', 'V', 'P', 'U'] as const)('qSOFA: %s is 1', (word) => {
    expect(screen({ consciousness: at<Consciousness>(word) }).qsofa).toBe(1)
  })
})

describe('the screen', () => {
  const ILL: Partial<News2Inputs> = { respirationRate: at(24), pulse: at(115), temperature: at(38.6) }
  test('a high score with fever and two signs is a risk', () => expect(screen(ILL).risk).toBe(true))
  test('without the fever it is not: NEWS2 rings by itself', () =>
    expect(screen({ ...ILL, temperature: at(37) }).risk).toBe(false))
  test('nor is fever alone', () => expect(screen({ temperature: at(39.5) }).risk).toBe(false))
  test('what is too old counts for nothing, and is named', () => {
    const old = screen({ ...ILL, pulse: at(115, 3_600_000) })
    expect(old).toMatchObject({ sirs: 2, unknown: ['pulse'] })
  })
  test('what is missing is named', () => {
    const { systolic: _, consciousness: __, ...rest } = { ...WELL, ...ILL }
    expect(sepsisScreen(rest, news2(rest, NOW)).unknown).toEqual(['systolic', 'consciousness'])
  })
})
