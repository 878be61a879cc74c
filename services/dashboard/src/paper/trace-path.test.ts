import { describe, expect, it } from 'vitest'
import { waveFixture } from './fixtures.ts'
import { lanesOf } from './lanes.ts'
import { STANDARD_SCALE } from './scale.ts'
import { calibrationPath, tracePath } from './trace-path.ts'

const pathOf = (values: readonly number[]) => {
  const [lane] = lanesOf([waveFixture(values)], 0, 1000, STANDARD_SCALE)
  return lane ? tracePath(lane, 0, STANDARD_SCALE) : ''
}

describe('the path of a trace', () => {
  it('has every sample as a corner: 4 ms are 0.1 mm, 0.1 mV are 1 mm', () => {
    expect(pathOf([0, 0.1, 0])).toMatch(/^M0 (\d+)L0.1 (\d+)L0.2 \1$/)
    const [, a, b] = /^M0 (\d+)L0.1 (\d+)/.exec(pathOf([0, 0.1, 0])) ?? []
    expect(Number(a) - Number(b)).toBe(1)
  })

  it('ends where nothing was measured and begins anew behind it; a lone sample is a dot', () => {
    const path = pathOf([0, 0, Number.NaN, 0, Number.NaN, 0, 0])
    expect(path.match(/M/g)).toHaveLength(3)
    expect(path).toMatch(/M0.3 \d+h0/)
    expect(path).not.toContain('NaN')
  })

  it('has a calibration pulse of 1 mV and 5 mm', () => {
    expect(calibrationPath(1, 20, 10)).toBe('M1 20h1v-10h5v10h1')
  })
})
