import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Consciousness } from '@pulsewire/contracts'
import {
  NEWS2_MAX_AGE_MS,
  NEWS2_PARAMETERS,
  news2,
  news2Exclusion,
  pulsePoints,
  respirationPoints,
  spo2Scale1Points,
  spo2Scale2Points,
  systolicPoints,
  temperaturePoints,
  type News2Inputs,
} from './news2.ts'

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

/** The table of the Royal College of Physicians as bands `[from, to, points]`, both ends included. */
type Bands = readonly (readonly [from: number, to: number, points: number])[]
const RESPIRATION: Bands = [
  [0, 8, 3],
  [9, 11, 1],
  [12, 20, 0],
  [21, 24, 2],
  [25, 120, 3],
]
const SPO2_SCALE_1: Bands = [
  [0, 91, 3],
  [92, 93, 2],
  [94, 95, 1],
  [96, 100, 0],
]
const SPO2_SCALE_2_AIR: Bands = [
  [0, 83, 3],
  [84, 85, 2],
  [86, 87, 1],
  [88, 100, 0],
]
const SPO2_SCALE_2_OXYGEN: Bands = [
  [0, 83, 3],
  [84, 85, 2],
  [86, 87, 1],
  [88, 92, 0],
  [93, 94, 1],
  [95, 96, 2],
  [97, 100, 3],
]
const SYSTOLIC: Bands = [
  [0, 90, 3],
  [91, 100, 2],
  [101, 110, 1],
  [111, 219, 0],
  [220, 350, 3],
]
const PULSE: Bands = [
  [0, 40, 3],
  [41, 50, 1],
  [51, 90, 0],
  [91, 110, 1],
  [111, 130, 2],
  [131, 350, 3],
]
const TEMPERATURE_TENTHS: Bands = [
  [100, 350, 3],
  [351, 360, 1],
  [361, 380, 0],
  [381, 390, 1],
  [391, 500, 2],
]

function expectBands(bands: Bands, pointsOf: (value: number) => number | undefined): void {
  for (const [from, to, points] of bands) {
    for (let value = from; value <= to; value++) expect(pointsOf(value), String(value)).toBe(points)
  }
}

describe('every value of the table', () => {
  test('respiration rate', () => expectBands(RESPIRATION, respirationPoints))
  test('SpO2, scale 1', () => expectBands(SPO2_SCALE_1, spo2Scale1Points))
  test('SpO2, scale 2, on air', () => expectBands(SPO2_SCALE_2_AIR, (value) => spo2Scale2Points(value, 0)))
  test('SpO2, scale 2, on oxygen', () => expectBands(SPO2_SCALE_2_OXYGEN, (value) => spo2Scale2Points(value, 1)))
  test('systolic pressure', () => expectBands(SYSTOLIC, systolicPoints))
  test('pulse', () => expectBands(PULSE, pulsePoints))
  test('temperature, by tenths', () => expectBands(TEMPERATURE_TENTHS, (tenths) => temperaturePoints(tenths / 10)))
  test('oxygen costs two points, anything but alert three', () => {
    expect(news2({ ...WELL, supplementalOxygen: at(1) }, NOW).points.supplementalOxygen).toBe(2)
    for (const value of ['C', 'V', 'P', 'U'] as const) {
      expect(news2({ ...WELL, consciousness: at<Consciousness>(value) }, NOW)).toMatchObject({
        score: 3,
        singleThree: true,
      })
    }
  })
})

describe('rounding to the step of the table', () => {
  test('temperature to the tenth, half up', () => {
    expect(temperaturePoints(35.05)).toBe(1)
    expect(temperaturePoints(35.04)).toBe(3)
    expect(temperaturePoints(38.05)).toBe(1)
    expect(temperaturePoints(39.05)).toBe(2)
    expect(temperaturePoints(36.05)).toBe(0)
  })
  test('the others to the whole number', () => {
    expect(respirationPoints(8.5)).toBe(1)
    expect(respirationPoints(8.4)).toBe(3)
    expect(spo2Scale1Points(91.5)).toBe(2)
    expect(systolicPoints(90.4)).toBe(3)
    expect(pulsePoints(130.5)).toBe(3)
  })
})

describe('any value a device may send', () => {
  /** By whole hundredths, so that the oracle knows no binary fractions. */
  const lookup = (bands: Bands, hundredths: number, step: number): number | undefined => {
    const steps = Math.floor((hundredths + step / 2) / step)
    return bands.find(([from, to]) => steps >= from && steps <= to)?.[2]
  }
  test.each([
    ['respiration rate', RESPIRATION, respirationPoints, 0, 120, 100],
    ['SpO2, scale 1', SPO2_SCALE_1, spo2Scale1Points, 0, 100, 100],
    ['SpO2, scale 2, air', SPO2_SCALE_2_AIR, (value: number) => spo2Scale2Points(value, 0), 0, 100, 100],
    ['SpO2, scale 2, oxygen', SPO2_SCALE_2_OXYGEN, (value: number) => spo2Scale2Points(value, 1), 0, 100, 100],
    ['systolic pressure', SYSTOLIC, systolicPoints, 0, 350, 100],
    ['pulse', PULSE, pulsePoints, 0, 350, 100],
    ['temperature', TEMPERATURE_TENTHS, temperaturePoints, 10, 50, 10],
  ] as const)('%s scores as the table read by hand', (_name, bands, pointsOf, from, to, step) => {
    const hundredths = fc.integer({ min: from * 100, max: to * 100 })
    fc.assert(
      fc.property(hundredths, (value) => {
        expect(pointsOf(value / 100)).toBe(lookup(bands, value, step))
      }),
      { numRuns: 1_000 },
    )
  })
  test('a missing input only ever lowers the score, and never to a complete one', () => {
    const value = (min: number, max: number) => fc.integer({ min, max }).map((number) => at(number))
    const inputs = fc.record({
      respirationRate: value(0, 60),
      spo2: value(60, 100),
      supplementalOxygen: value(0, 1),
      systolic: value(40, 260),
      pulse: value(20, 220),
      consciousness: fc.constantFrom<Consciousness>('A', 'C', 'V', 'P', 'U').map((word) => at(word)),
      temperature: value(33, 42),
    })
    fc.assert(
      fc.property(inputs, fc.constantFrom(...NEWS2_PARAMETERS), (whole, left) => {
        const { [left]: _left, ...rest } = whole
        const partial = news2(rest, NOW)
        expect(partial.complete).toBe(false)
        expect(partial.score).toBeLessThanOrEqual(news2(whole, NOW).score)
      }),
    )
  })
})

describe('whom it was made for', () => {
  const day = (date: string): number => Date.parse(date)
  test('not under 16, to the day', () => {
    expect(news2Exclusion({ dateOfBirth: '2010-05-17' }, day('2026-05-16'))).toBe('under-16')
    expect(news2Exclusion({ dateOfBirth: '2010-05-17' }, day('2026-05-17'))).toBeUndefined()
  })
  test('not in pregnancy', () => {
    expect(news2Exclusion({ dateOfBirth: '1990-01-01', pregnant: true }, NOW)).toBe('pregnant')
    expect(news2Exclusion({ dateOfBirth: '1990-01-01', pregnant: false }, NOW)).toBeUndefined()
  })
  test('an unknown age loses nobody the score', () => expect(news2Exclusion({}, NOW)).toBeUndefined())
})

describe('a score never hides what it does not know', () => {
  test('a well patient scores 0 and is complete', () => {
    expect(news2(WELL, NOW)).toMatchObject({ score: 0, complete: true, missing: [], stale: [], singleThree: false })
  })
  test('without any input nothing is scored and all are named', () => {
    const score = news2({}, NOW)
    expect(score.complete).toBe(false)
    expect(score.points).toEqual({})
    expect(score.missing.toSorted()).toEqual(NEWS2_PARAMETERS.toSorted())
  })
  test.each(NEWS2_PARAMETERS)('%s missing: partial, and named', (parameter) => {
    const { [parameter]: _left, ...rest } = WELL
    const score = news2(rest, NOW)
    expect(score).toMatchObject({ complete: false, missing: [parameter] })
    expect(score.points[parameter]).toBeUndefined()
  })
  test.each(NEWS2_PARAMETERS)('%s counts up to its greatest age and is stale after it', (parameter) => {
    const aged = (ageMs: number): News2Inputs => ({ ...WELL, [parameter]: { ...WELL[parameter], timeMs: NOW - ageMs } })
    const maxAgeMs = NEWS2_MAX_AGE_MS[parameter]
    expect(news2(aged(maxAgeMs), NOW).complete).toBe(true)
    const score = news2(aged(maxAgeMs + 1), NOW)
    expect(score).toMatchObject({ complete: false, stale: [parameter], missing: [] })
    expect(score.points[parameter]).toBeUndefined()
    expect(score.staleAgeMs).toEqual({ [parameter]: maxAgeMs + 1 })
  })
  test('the greatest age can be set', () => {
    const inputs = { ...WELL, systolic: at(120, 3_600_000) }
    expect(news2(inputs, NOW, { maxAgeMs: { systolic: 1_800_000 } }).stale).toEqual(['systolic'])
  })
  test('scale 2 at 93 % and above is not scored while nobody knows about the oxygen', () => {
    const { supplementalOxygen: _left, ...rest } = WELL
    expect(news2({ ...rest, spo2: at(96) }, NOW, { spo2Scale: 2 }).missing).toEqual(['supplementalOxygen', 'spo2'])
    expect(news2({ ...rest, spo2: at(90) }, NOW, { spo2Scale: 2 }).points.spo2).toBe(0)
  })
})

test('the sum and a single three', () => {
  const score = news2(
    {
      ...WELL,
      respirationRate: at(25),
      spo2: at(93),
      supplementalOxygen: at(1),
      pulse: at(115),
      temperature: at(38.5),
    },
    NOW,
  )
  expect(score).toMatchObject({ score: 3 + 2 + 2 + 2 + 1, complete: true, singleThree: true })
})
