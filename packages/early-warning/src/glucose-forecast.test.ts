import { describe, expect, test } from 'vitest'
import {
  createGlucoseState,
  isLowComing,
  stepGlucose,
  type GlucoseForecast,
  type GlucoseState,
} from './glucose-forecast.ts'

const MINUTE_MS = 60_000
const START = 1_800_000_000_000

function run(
  readings: readonly (readonly [minute: number, mgDl: number])[],
  state = createGlucoseState(),
): (GlucoseForecast | undefined)[] {
  return readings.map(([minute, mgDl]) => stepGlucose(state, START + minute * MINUTE_MS, mgDl))
}
const every = (stepMin: number, count: number, level: (minute: number) => number): [number, number][] =>
  Array.from({ length: count }, (_, index) => [index * stepMin, level(index * stepMin)])

describe('the forecast of glucose', () => {
  test('a level that stays is forecast to stay', () => {
    expect(run(every(5, 60, () => 104)).at(-1)?.mgDl).toBeCloseTo(104)
  })
  test('a fall is forecast to go on, 20 minutes from the last reading', () => {
    const last = run(every(5, 10, (minute) => 120 - minute)).at(-1)
    expect(last?.atMs).toBe(START + 65 * MINUTE_MS)
    expect(last?.mgDl).toBeLessThan(75)
    expect(last?.mgDl).toBeGreaterThan(55)
    expect(last?.straightMgDl).toBeCloseTo(55)
  })
  test('a low is coming by the forecast or by a straight fall', () => {
    expect(isLowComing({ atMs: 0, mgDl: 72, straightMgDl: 60 }, 70)).toBe(false)
    expect(isLowComing({ atMs: 0, mgDl: 71.9, straightMgDl: 60 }, 70)).toBe(true)
    expect(isLowComing({ atMs: 0, mgDl: 80, straightMgDl: 54.9 }, 70)).toBe(true)
  })
  test('a sensor each minute says much the same as one each five', () => {
    const fall = (minute: number): number => 150 - minute
    const [minutely, usual] = [run(every(1, 61, fall)), run(every(5, 13, fall))]
    const last = minutely.findLast((forecast) => forecast !== undefined)
    expect(Math.abs((last?.mgDl ?? 0) - (usual.at(-1)?.mgDl ?? 0))).toBeLessThan(3)
  })
  test('too few readings, a hole and a finger prick are not forecast', () => {
    expect(run(every(5, 4, () => 100))).toEqual([undefined, undefined, undefined, undefined])
    expect(run([...every(5, 10, () => 100), [75, 90]]).at(-1)).toBeUndefined()
    expect(run(every(120, 10, () => 100)).every((forecast) => forecast === undefined)).toBe(true)
  })
  test('an older reading changes nothing', () => {
    const state = createGlucoseState()
    run(
      every(5, 10, () => 100),
      state,
    )
    const before = JSON.stringify(state)
    run([[20, 40]], state)
    expect(JSON.stringify(state)).toBe(before)
  })
  test('of a sensor that only wavers less is believed with time', () => {
    const wavering = (minute: number): number => 110 + (Math.floor(minute / 5) % 2 === 0 ? 4 : -4)
    const state = createGlucoseState()
    run(every(5, 600, wavering), state)
    expect(state.along / state.squared).toBeLessThan(0.5)
  })
  test('the state is bounded, and survives JSON', () => {
    const level = (minute: number): number => 120 + 40 * Math.sin(minute / 90)
    const state = createGlucoseState()
    const [first, second] = [every(1, 3_000, level), every(1, 3_600, level).slice(3_000)]
    run(first, state)
    expect(JSON.stringify(state).length).toBeLessThan(2_000)
    const straight = run(second, JSON.parse(JSON.stringify(state)) as GlucoseState)
    expect(straight).toEqual(run(second, state))
  })
})
