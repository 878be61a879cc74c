import { describe, expect, it } from 'vitest'
import { alarmFixture } from '../alarms/fixtures.ts'
import type { PatientState } from '../live/state.ts'
import {
  HEART_RATE,
  MISSING_TEXT,
  NEWS2,
  PRESSURE,
  SPO2,
  TEMPERATURE,
  missingReason,
  numeralOf,
  silentSince,
} from './numerals.ts'

const NOW = new Date(2026, 10, 23, 14, 5, 0).getTime()
const value = (value: number, ageMs: number, unit = '/min') => ({ value, unit, time: NOW - ageMs, device: 'd1' })
const patient = (change: Partial<PatientState> = {}): PatientState => ({
  id: 'p1',
  name: 'M. Reyes',
  limits: {},
  version: 1,
  monitoring: { state: 'on' },
  devices: [{ id: 'd1', state: 'online' }],
  values: {},
  ...change,
})

describe('numerals', () => {
  it('shows the rate of the ECG, and the device’s own when that one is no longer current', () => {
    const both = patient({ values: { 'heartRate.ecg': value(71.6, 1000), heartRate: value(70, 1000) } })
    expect(numeralOf(HEART_RATE, both, [], NOW)).toMatchObject({ text: '72', freshness: 'current', note: '' })
    const stale = patient({ values: { 'heartRate.ecg': value(30, 40_000), heartRate: value(70, 1000) } })
    expect(numeralOf(HEART_RATE, stale, [], NOW)).toMatchObject({ text: '70', code: 'heartRate' })
  })

  it('never shows an old value as current', () => {
    const old = patient({ values: { spo2: value(97, 30_000) } })
    expect(numeralOf(SPO2, old, [], NOW)).toMatchObject({ text: '97', freshness: 'old', note: '30 s' })
  })

  it('shows no value of a silent device as current: the continuous ones are gone, the others are old', () => {
    const values = {
      'heartRate.ecg': value(71, 8000),
      systolic: value(118, 60_000, 'mm[Hg]'),
      temperature: value(36.9, 60_000, 'Cel'),
      news2: { ...value(2, 60_000, ''), device: '' },
    }
    const one = patient({ values })
    const silent = alarmFixture({ type: 'no-data', kind: 'technical', device: 'd1', onset: NOW - 60_000 })
    expect(numeralOf(HEART_RATE, one, [silent], NOW)).toMatchObject({
      text: MISSING_TEXT,
      freshness: 'missing',
      note: 'no data since 14:04',
    })
    for (const parameter of [PRESSURE, TEMPERATURE, NEWS2]) {
      expect(numeralOf(parameter, one, [silent], NOW)).toMatchObject({ freshness: 'old', note: '1 min' })
    }
    expect(silentSince(one, [silent], NOW)).toBe(NOW - 60_000)
    expect(numeralOf(HEART_RATE, one, [{ ...silent, conditionEndedAt: NOW }], NOW).freshness).toBe('current')
  })

  it('shows what another device still sends while one is silent, and what staff measured', () => {
    const two = patient({
      devices: [{ id: 'd1', state: 'offline', lastSeenAt: NOW - 60_000 }, { id: 'd2' }],
      values: { spo2: { ...value(97, 1000), device: 'd2' }, temperature: { ...value(37, 60_000), device: 'staff' } },
    })
    expect(numeralOf(SPO2, two, [], NOW).freshness).toBe('current')
    expect(numeralOf(TEMPERATURE, two, [], NOW).freshness).toBe('current')
    expect(silentSince(two, [], NOW)).toBeUndefined()
    expect(silentSince(patient({ devices: [] }), [], NOW)).toBeUndefined()
  })

  it('says pressure with its age, and no diastolic of another measurement', () => {
    const one = patient({ values: { systolic: value(102, 240_000), diastolic: value(61, 240_000) } })
    expect(numeralOf(PRESSURE, one, [], NOW)).toMatchObject({ text: '102/61', note: '4 min' })
    const two = patient({ values: { systolic: value(102, 240_000), diastolic: value(61, 500_000) } })
    expect(numeralOf(PRESSURE, two, [], NOW).text).toBe('102/–')
  })

  it('gives the reason why there is none', () => {
    const reason = (change: Partial<PatientState>, ...alarms: Parameters<typeof alarmFixture>[0][]) =>
      missingReason(HEART_RATE, patient(change), alarms.map(alarmFixture), NOW)
    expect(numeralOf(HEART_RATE, patient(), [], NOW).text).toBe(MISSING_TEXT)
    expect(reason({})).toBe('not measured')
    expect(reason({ devices: [] })).toBe('no device')
    expect(reason({ monitoring: { state: 'standby' } })).toBe('standby')
    expect(reason({}, { type: 'lead-off', kind: 'technical' })).toBe('lead off')
    expect(reason({}, { type: 'no-data', kind: 'technical', onset: NOW - 180_000 })).toBe('no data since 14:02')
    expect(reason({ devices: [{ id: 'd1', state: 'offline', lastSeenAt: NOW - 60_000 }] })).toBe('no data since 14:04')
    expect(reason({ values: { heartRate: value(70, 900_000) } })).toBe('no value since 13:50')
  })
})
