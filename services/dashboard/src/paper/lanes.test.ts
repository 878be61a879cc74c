import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { waveFixture } from './fixtures.ts'
import { laneAt, lanesOf, valueOf, yMmOf } from './lanes.ts'
import { STANDARD_SCALE } from './scale.ts'

const one = (values: readonly number[], change = {}) => {
  const [lane] = lanesOf([waveFixture(values, change)], 0, 1000, STANDARD_SCALE)
  if (!lane) throw new Error('no lane')
  return lane
}

describe('lanes', () => {
  it('draw 1 mV ten millimetres high at 10 mm/mV, wherever the base line lies', () => {
    fc.assert(
      fc.property(fc.double({ min: -5, max: 5, noNaN: true }), (base) => {
        const lane = one([base, base, base + 1, base])
        expect(yMmOf(base, lane) - yMmOf(base + 1, lane)).toBeCloseTo(10, 9)
      }),
    )
  })

  it('have room for all that is drawn, up to 45 mm', () => {
    const lane = one([0, 0, 0, 1.8, -0.6])
    expect(yMmOf(1.8, lane)).toBeGreaterThanOrEqual(lane.topMm)
    expect(yMmOf(-0.6, lane)).toBeLessThanOrEqual(lane.topMm + lane.heightMm)
    expect(lane.heightMm % 5).toBe(0)
    expect(one([0, 0, 0, 20]).heightMm).toBe(45)
  })

  it('put the base line of an ECG on a line of the grid', () => {
    const lane = one([0.33, 0.33, 0.33, 1.2])
    expect((yMmOf(Math.fround(0.33), lane) - lane.topMm) % 5).toBeCloseTo(0, 6)
  })

  it('stand one below the other, and are found by their height', () => {
    const lanes = lanesOf(
      [waveFixture([0, 1]), waveFixture([80, 120], { signal: 'abp', unit: 'mm[Hg]' })],
      0,
      1000,
      STANDARD_SCALE,
    )
    const [ecg, pressure] = lanes
    expect(pressure?.topMm).toBe(ecg?.heightMm)
    expect(pressure?.ownScale).toBe('80 to 120 mmHg')
    expect(laneAt(lanes, (ecg?.heightMm ?? 0) - 0.1)).toBe(ecg)
    expect(laneAt(lanes, (ecg?.heightMm ?? 0) + 0.1)).toBe(pressure)
    expect(laneAt(lanes, 1000)).toBe(pressure)
    expect(laneAt([], 0)).toBeUndefined()
  })

  it('lead from a height to the value there, and back', () => {
    const lane = one([0, 0.4, -0.2])
    fc.assert(
      fc.property(fc.double({ min: -10, max: 10, noNaN: true }), (value) => {
        expect(valueOf(yMmOf(value, lane), lane)).toBeCloseTo(value, 6)
      }),
    )
  })

  it('take a wave that does not move, and one without a value', () => {
    expect(one([7, 7, 7], { signal: 'ppg', unit: '1' }).ownScale).toBe('7.00')
    expect(Number.isFinite(one([]).zeroMm)).toBe(true)
  })
})
