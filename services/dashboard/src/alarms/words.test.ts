import { describe, expect, it } from 'vitest'
import { alarmFixture } from './fixtures.ts'
import { clockText } from '../vitals/clock.ts'
import { alarmTitle, evidenceLines, localTimes, stateWord } from './words.ts'

describe('words of alarms', () => {
  it('names a limit by its vital and side', () => {
    expect(alarmTitle(alarmFixture({ type: 'limit', code: 'spo2', side: 'low' }))).toBe('SpO2 low')
    expect(alarmTitle(alarmFixture({ type: 'asystole' }))).toBe('ASYSTOLE')
  })

  it('says who acknowledged, and that a latched alarm is over', () => {
    expect(stateWord(alarmFixture({ state: 'acknowledged', acknowledgedBy: 'okafor' }))).toBe('acknowledged by okafor')
    expect(stateWord(alarmFixture({ state: 'latched' }))).toBe('over, not acknowledged')
  })

  it('says evidence with units and without our field names', () => {
    const lines = evidenceLines({
      leads: ['II', 'III', 'aVF'],
      stMv: { II: 0.24, aVL: -0.1 },
      heartRateBpm: 142.4,
      durationMs: 4200,
      button: true,
      nothing: null,
      rise: [{ lead: 'II', deviationMv: 0.21 }],
    })
    expect(lines).toEqual([
      'leads: II, III, aVF',
      'ST: II 0.24, aVL -0.1',
      'heart rate: 142/min',
      'duration: 4.2 s',
      'button: yes',
      'rise: lead II, deviation +0.21 mV',
    ])
  })

  it('says the leads of a heart attack with their millivolts, and leaves out what the title says', () => {
    const since = new Date(2026, 10, 23, 14, 1, 40)
    const lines = evidenceLines({
      basis: 'contiguous',
      leads: { II: 0.243, aVF: 0.21 },
      reciprocalDepression: { aVL: -0.1 },
      since: since.toISOString(),
      seen: since.toISOString(),
      uncertain: false,
      skinConductanceBefore: 3,
      skinConductanceNow: 7.9,
      support: ['chest pain', 'patient pressed the button'],
      code: 'heartRate',
      missing: [],
    })
    expect(lines).toEqual([
      'basis: neighbouring leads',
      'ST up: II +0.24 mV, aVF +0.21 mV',
      'ST down opposite: aVL -0.10 mV',
      'seen: 14:01:40',
      'skin conductance: 3 → 7.9',
      'supported by: chest pain, patient pressed the button',
    ])
  })

  it("says the times of a message by the ward's clock, over midnight too", () => {
    const onset = new Date(2026, 10, 23, 14, 1, 40).getTime()
    const utc = (ms: number) => `${new Date(ms).toISOString().slice(11, 19)} UTC`
    expect(localTimes(`ST up since ${utc(onset)}: call`, onset)).toBe('ST up since 14:01:40: call')
    const midnight = Date.UTC(2026, 10, 23)
    expect(localTimes(utc(midnight + 1000), midnight - 1000)).toBe(clockText(midnight + 1000))
  })

  it('copes with any evidence', () => {
    expect(evidenceLines({ deep: { a: { b: [1, { c: null }] } }, empty: [] })).toEqual(['a: b 1, '])
  })
})
