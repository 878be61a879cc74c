import { describe, expect, test } from 'vitest'
import { createRandom } from '../testing/synthetic-ecg.ts'
import { FROM_MS, pointAt, POINTS, STEP_MS, type CutBeat } from './average-beat.ts'
import { axisShiftIn } from './axis-shift.ts'

const random = createRandom(11)

/** Beats whose R wave has these heights, with some noise. */
const beats = (...rMv: readonly number[]): CutBeat[] =>
  rMv.map((r, i) => ({
    timeMs: 800 * i,
    values: Float32Array.from({ length: POINTS }, (_, p) => {
      const ms = FROM_MS + p * STEP_MS
      return r * Math.exp(-0.5 * (ms / 10) ** 2) + 0.2 * Math.exp(-0.5 * ((ms - 30) / 8) ** 2) + 0.02 * (random() - 0.5)
    }),
  }))

const shiftIn = (...rMv: readonly number[]): number => axisShiftIn(beats(...rMv), -40, 50)

describe('an axis shift', () => {
  test('is a complex that changes from one beat to the next and stays', () => {
    expect(shiftIn(1, 1, 1, 1, 1, 0.75, 0.75, 0.75, 0.75)).toBe(5)
    expect(shiftIn(1, 1, 1, 1, 0.88, 0.75, 0.75, 0.75)).toBe(5)
    expect(shiftIn(1, 1, 1, -1, -1, -1)).toBe(3)
  })
  test('is not one that changes over many beats', () => {
    expect(shiftIn(1, 0.97, 0.94, 0.9, 0.86, 0.83, 0.8, 0.76, 0.73, 0.7, 0.67, 0.64)).toBe(-1)
  })
  test('nor breathing, nor a beat that is odd, nor a small change', () => {
    expect(shiftIn(1, 0.9, 0.75, 0.9, 1, 0.9, 0.75, 0.75, 0.75)).toBe(-1)
    expect(shiftIn(1, 1, 1, 0.5, 1, 1, 1, 1)).toBe(-1)
    expect(shiftIn(1, 1, 1, 1, 0.93, 0.93, 0.93, 0.93)).toBe(-1)
  })
  test('nor a segment that rises at once', () => {
    const risen = beats(1, 1, 1, 1, 1, 1, 1, 1)
    for (const [i, { values }] of risen.entries())
      if (i >= 4) for (let p = pointAt(36); p < POINTS; p++) values[p] = (values[p] ?? 0) + 0.4
    expect(axisShiftIn(risen, -40, 50)).toBe(-1)
  })
  test('needs three beats on each side', () => {
    expect(shiftIn(1, 1, 1, 0.7, 0.7)).toBe(-1)
    expect(shiftIn(1, 1, 0.7, 0.7, 0.7, 0.7)).toBe(-1)
  })
})
