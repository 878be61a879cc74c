import { describe, expect, test } from 'vitest'
import { FROM_MS, POINTS, STEP_MS } from './average-beat.ts'
import { measureJointly } from './joint.ts'
import type { StOutput } from '../types.ts'

type Wave = readonly [atMs: number, mv: number, sdMs: number]

/** A lead whose average beat has these waves; `lagMs` = how much later than the others it marks its beats. */
function lead(
  waves: readonly Wave[],
  lagMs = 0,
  stMv = 0,
  options: { noiseMv?: number; beats?: number } = {},
): StOutput {
  const { noiseMv = 0.001, beats = 10 } = options
  const valuesMv = Float32Array.from({ length: POINTS }, (_, p) => {
    const ms = FROM_MS + p * STEP_MS + lagMs
    const segment = stMv / (1 + Math.exp(-(ms - 40) / 2))
    return waves.reduce((sum, [at, mv, sd]) => sum + mv * Math.exp(-0.5 * ((ms - at) / sd) ** 2), segment)
  })
  return {
    kind: 'st', timeMs: 30_000, levelMv: 9, jMv: 9, j60Mv: 9, j80Mv: 9, beats, errorMv: noiseMv, clear: false, axisShift: false,
    uncertain: true,
    qrsMs: 9, qMv: 9, rMv: 9, sMv: 9, tAmplitudeMv: 9, qtMs: 9,
    average: {
      fromMs: FROM_MS, stepMs: STEP_MS, valuesMv, onsetMs: 9, jMs: 9, noiseMv, heartRate: 70, steady: true,
      beatsMs: Array.from({ length: beats }, (_, i) => 20_000 + 850 * i + lagMs),
    },
  } // prettier-ignore
}

const R: Wave = [0, 1, 9]
const EARLY: Wave = [-34, -0.15, 6]
const LATE: Wave = [44, -0.3, 8]

describe('leads measured together', () => {
  test('take the earliest onset and the last end that any of them shows', () => {
    const [narrow, early, late] = measureJointly([lead([R]), lead([R, EARLY]), lead([R, LATE])])
    expect(narrow?.average.onsetMs).toBe(early?.average.onsetMs)
    expect(early?.average.onsetMs).toBeLessThan(-44)
    expect(early?.average.onsetMs).toBeGreaterThan(-64)
    expect(late?.average.jMs).toBeGreaterThan(58)
    expect(late?.average.jMs).toBeLessThan(80)
    expect(narrow?.qrsMs).toBe(late?.qrsMs)
  })
  test('also where they mark their beats at another place', () => {
    const [own] = measureJointly([lead([R, EARLY, LATE]), lead([R, LATE])])
    const [, moved] = measureJointly([lead([R, EARLY, LATE]), lead([R, LATE], 40)])
    expect((moved?.average.onsetMs ?? 0) + 40).toBeCloseTo(own?.average.onsetMs ?? 0, 0)
    expect((moved?.average.jMs ?? 0) + 40).toBeCloseTo(own?.average.jMs ?? 0, 0)
  })
  test('have each its own level', () => {
    const levels = measureJointly([lead([R], 0, 0.2), lead([R, LATE], 0, -0.1)]).map(({ levelMv }) => levelMv)
    expect(levels[0]).toBeCloseTo(0.2, 2)
    expect(levels[1]).toBeCloseTo(-0.1, 2)
  })
  test('a noisy lead moves nothing', () => {
    const [alone] = measureJointly([lead([R, LATE]), lead([R])])
    const noisy = lead([R, [150, 0.3, 8]], 0, 0, { noiseMv: 0.5 })
    const [beside] = measureJointly([lead([R, LATE]), lead([R]), noisy])
    expect(beside?.average.jMs).toBe(alone?.average.jMs)
  })
  test('one with too few beats in common, and one alone, keep what they measured', () => {
    const few = lead([R], 0, 0, { beats: 2 })
    expect(measureJointly([lead([R]), few])[1]).toBe(few)
    expect(measureJointly([few])).toEqual([few])
    expect(measureJointly([])).toEqual([])
  })
})
