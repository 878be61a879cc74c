import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { judgeReading, type PlausibilityState, type Surroundings } from './plausibility.ts'

type Reading = readonly [second: number, value: number, around?: Surroundings]

/** What became of each reading: `+` believed, `+since` believed and confirming, or the doubt. */
function run(code: string, ...readings: readonly Reading[]): string[] {
  const state: PlausibilityState = {}
  return readings.map(([second, value, around]) => {
    const verdict = judgeReading(state, code, second * 1_000, value, around)
    if (verdict.kind === 'doubted') return verdict.doubt
    return verdict.since === undefined ? '+' : `+${verdict.since.timeMs / 1_000}`
  })
}
const MOVING: Surroundings = { activity: 0.9 }

describe('what is doubted', () => {
  test('a thermometer that jumps, until a second reading', () =>
    expect(run('temperature', [0, 36.9], [1, 38.5], [20, 38.5], [31, 38.5])).toEqual(['+', 'jump', 'jump', '+1']))
  test('a thermometer that falls into the room, for five minutes', () =>
    expect(run('temperature', [0, 36.9], [10, 28], [200, 24], [309, 24], [310, 24])).toEqual([
      '+',
      'probe-off',
      'probe-off',
      'probe-off',
      '+10',
    ]))
  test('a fever that rises as fevers do is believed', () =>
    expect(run('temperature', [0, 36.9], [600, 38.3], [1200, 39.7])).toEqual(['+', '+', '+']))
  test('SpO2 that jumps for a second, and SpO2 that stays down', () => {
    expect(run('spo2', [0, 97], [1, 70], [2, 97])).toEqual(['+', 'jump', '+'])
    expect(run('spo2', [0, 97], [1, 70], [3, 71], [6, 70], [7, 70])).toEqual(['+', 'jump', 'jump', '+1', '+'])
  })
  test('SpO2 that falls by a percent a second is believed', () =>
    expect(run('spo2', [0, 97], [1, 96], [2, 95], [5, 91], [8, 87])).toEqual(['+', '+', '+', '+', '+']))
  test('an oximeter that counts another pulse than the ECG, for thirty seconds', () => {
    const apart: Surroundings = { heartRate: 72, pulseRate: 30 }
    const expected = ['pulse-disagrees', 'pulse-disagrees', '+0', '+']
    expect(run('pulseRate', [0, 30, apart], [29, 30, apart], [30, 30, apart], [31, 30, apart])).toEqual(expected)
    expect(run('spo2', [0, 97], [10, 93, apart], [39, 93, apart], [40, 92, apart]).slice(1)).toEqual(['pulse-disagrees', 'pulse-disagrees', '+10']) // prettier-ignore
  })
  test('not where the ECG sees something grave itself', () => {
    expect(run('pulseRate', [0, 30, { heartRate: 200, pulseRate: 30 }])).toEqual(['+'])
    expect(run('pulseRate', [0, 80, { heartRate: 20, pulseRate: 80 }])).toEqual(['+'])
  })
  test('a cuff while the patient moves, until it says so again', () => {
    expect(run('systolic', [0, 122], [600, 60, MOVING], [660, 62, MOVING])).toEqual(['+', 'moving', '+600'])
    expect(run('systolic', [0, 122], [600, 118, MOVING])).toEqual(['+', '+'])
    expect(run('systolic', [0, 122], [600, 60])).toEqual(['+', '+'])
  })
  test('pressures that do not fit together', () => {
    const odd: Surroundings = { systolic: 88, diastolic: 86 }
    expect(run('systolic', [0, 122], [600, 88, odd], [660, 88, odd], [720, 88, odd])).toEqual(['+', 'pressures-disagree', '+600', '+']) // prettier-ignore
  })
  test('what the device calls unsure is never believed, and confirms nothing', () => {
    const unsure: Surroundings = { quality: 0.2 }
    expect(run('spo2', [0, 97], [1, 60, unsure], [90, 60, unsure], [91, 96])).toEqual(['+', 'device-unsure', 'device-unsure', '+']) // prettier-ignore
    expect(run('spo2', [0, 97], [1, 60], [20, 60, unsure], [21, 60])).toEqual(['+', 'jump', 'device-unsure', '+1'])
  })
})

test('whatever it is that stays, it is believed within five minutes', () => {
  const reading = fc.record({
    code: fc.constantFrom('spo2', 'temperature', 'pulseRate', 'systolic', 'diastolic'),
    before: fc.integer({ min: 30, max: 140 }),
    after: fc.integer({ min: 0, max: 200 }),
    heartRate: fc.integer({ min: 30, max: 200 }),
    diastolic: fc.integer({ min: 0, max: 200 }),
    activity: fc.constantFrom(0, 1),
  })
  fc.assert(
    fc.property(reading, ({ code, before, after, heartRate, diastolic, activity }) => {
      const around: Surroundings = { heartRate, pulseRate: after, systolic: after, diastolic, activity }
      const verdicts = run(code, [0, before], ...Array.from({ length: 12 }, (_, index): Reading => [30 * (index + 1), after, around])) // prettier-ignore
      expect(verdicts.at(-1)).toBe('+')
    }),
  )
})
