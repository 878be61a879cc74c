import { describe, expect, it } from 'vitest'
import { limitSteps } from './limit-steps.ts'

const change = (at: number, before: number | undefined, after: number | undefined) => ({
  at,
  by: 'ann',
  changes: [{ code: 'heartRate', side: 'high' as const, before, after }],
})
const steps = (history: ReturnType<typeof change>[], inForce: number | undefined) =>
  limitSteps(history, 'heartRate', 'high', inForce, { from: 100, to: 200 })

describe('limits over time', () => {
  it('a limit that nobody changed was always in force', () => {
    expect(steps([], 120)).toEqual([{ from: 100, to: 200, value: 120 }])
    expect(steps([], undefined)).toEqual([])
  })

  it('each stretch has the limit that was in force, also where none was', () => {
    expect(steps([change(180, undefined, 130), change(150, 120, undefined)], 130)).toEqual([
      { from: 100, to: 150, value: 120 },
      { from: 180, to: 200, value: 130 },
    ])
  })

  it('changes before the stretch and after it are not in it', () => {
    expect(steps([change(250, 110, 140), change(50, 90, 110)], 140)).toEqual([{ from: 100, to: 200, value: 110 }])
  })

  it('another side and another vital are another limit', () => {
    const history = [change(150, 120, 130)]
    expect(limitSteps(history, 'heartRate', 'low', 50, { from: 100, to: 200 })).toEqual([
      { from: 100, to: 200, value: 50 },
    ])
  })
})
