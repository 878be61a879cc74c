import { describe, expect, it } from 'vitest'
import { alarmFixture } from './fixtures.ts'
import { alarmTitle, evidenceLines, stateWord } from './words.ts'

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

  it('copes with any evidence', () => {
    expect(evidenceLines({ deep: { a: { b: [1, { c: null }] } }, empty: [] })).toEqual(['a: b 1, '])
  })
})
