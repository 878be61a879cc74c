import { describe, expect, test } from 'vitest'
import { areContiguous, contiguousAmong, elevationThresholdMv, regionOf } from './lead-geometry.ts'

const AT = Date.UTC(2026, 5, 15)
const bornYearsAgo = (years: number): string => new Date(Date.UTC(2026 - years, 5, 15)).toISOString().slice(0, 10)

describe('thresholds of new J-point elevation (fourth universal definition)', () => {
  test.each([
    ['II', {}, 0.1],
    ['V1', { sex: 'male' }, 0.1],
    ['V4', { sex: 'female' }, 0.1],
    ['V2', { sex: 'male', dateOfBirth: bornYearsAgo(39) }, 0.25],
    ['V3', { sex: 'male', dateOfBirth: bornYearsAgo(40) }, 0.2],
    ['V2', { sex: 'male' }, 0.2],
    ['V3', { sex: 'female', dateOfBirth: bornYearsAgo(30) }, 0.15],
    ['V3', {}, 0.2],
    ['V8', { sex: 'female' }, 0.05],
    ['V8', { sex: 'male', dateOfBirth: bornYearsAgo(39) }, 0.1],
    ['V8', { sex: 'male', dateOfBirth: bornYearsAgo(60) }, 0.05],
    ['V4R', { sex: 'male', dateOfBirth: bornYearsAgo(29) }, 0.1],
    ['V4R', { sex: 'male', dateOfBirth: bornYearsAgo(30) }, 0.05],
  ] as const)('%s of %j: %d mV', (lead, patient, expected) => {
    expect(elevationThresholdMv(lead, patient, AT)).toBe(expected)
  })
  test('age changes on the birthday', () => {
    const v2 = (dateOfBirth: string | undefined): number =>
      elevationThresholdMv('V2', { sex: 'male', ...(dateOfBirth === undefined ? {} : { dateOfBirth }) }, AT)
    expect(v2('1986-06-15')).toBe(0.2)
    expect(v2('1986-06-16')).toBe(0.25)
    expect(v2(undefined)).toBe(0.2)
    expect(v2('not a date')).toBe(0.2)
  })
})

describe('contiguous leads', () => {
  test.each([
    ['II', 'III', true],
    ['II', 'aVF', true],
    ['I', 'aVL', true],
    ['I', 'aVR', true],
    ['V2', 'V3', true],
    ['V6', 'V7', true],
    ['V1', 'V3R', true],
    ['MLII', 'III', true],
    ['I', 'III', false],
    ['I', 'II', false],
    ['V2', 'V4', false],
    ['II', 'V2', false],
    ['II', 'II', false],
    ['II', 'MLII', false],
    ['single', 'II', false],
  ])('%s and %s: %s', (a, b, expected) => {
    expect(areContiguous(a, b)).toBe(expected)
    expect(areContiguous(b, a)).toBe(expected)
  })
  test('chest leads around one that cannot be measured count', () => {
    expect(contiguousAmong(['V2', 'V4'], ['V2', 'V4', 'II'])).toEqual(['V2', 'V4'])
    expect(contiguousAmong(['V2', 'V4'], ['V2', 'V3', 'V4'])).toEqual([])
    expect(contiguousAmong(['V2', 'V5'], ['V2', 'V5'])).toEqual([])
  })
  test('leads without a neighbour are left out', () => {
    expect(contiguousAmong(['II', 'V2', 'aVF'], ['II', 'V2', 'aVF'])).toEqual(['II', 'aVF'])
  })
  test('the region in words', () => {
    expect(regionOf(['II', 'aVF'])).toBe('inferior')
    expect(regionOf(['V3', 'V4'])).toBe('anterior')
    expect(regionOf(['I', 'aVL'])).toBe('lateral')
  })
})
