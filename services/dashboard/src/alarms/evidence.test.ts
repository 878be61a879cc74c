import { describe, expect, it } from 'vitest'
import { evidenceLines } from './evidence.ts'

const BUTTON = new Date(2026, 10, 23, 14, 1, 40).getTime()

describe('evidence in words', () => {
  it('has units and none of our field names', () => {
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
      'Leads: II, III, aVF',
      'ST: II 0.24, aVL -0.1',
      'Heart rate: 142/min',
      'Duration: 4.2 s',
      'Button',
      'Rise: lead II, deviation +0.21 mV',
    ])
  })

  it('says of a heart attack the leads with their millivolts, where, and what supports it', () => {
    const lines = evidenceLines({
      basis: 'contiguous',
      region: 'inferior',
      leads: { II: 0.243, aVF: 0.21 },
      thresholds: { II: 0.1, aVF: 0.1 },
      reciprocalDepression: { aVL: -0.1 },
      since: new Date(BUTTON).toISOString(),
      uncertain: false,
      support: ['chest pain reported', 'patient pressed the button', 'skin conductance 3 → 8 µS'],
      symptoms: ['chest-pain'],
      patientButton: BUTTON,
      skinConductanceBefore: 3,
      skinConductanceNow: 7.9,
      systolicBefore: 118,
      systolicNow: 96,
    })
    expect(lines).toEqual([
      'ST up: II +0.24 mV, aVF +0.21 mV (neighbouring leads, inferior)',
      'ST limit: +0.10 mV',
      'ST down opposite: aVL −0.10 mV',
      'Reported: chest pain',
      'Patient pressed the button: 14:01:40',
      'Skin conductance: 3 → 7.9 µS',
      'Systolic: 118 → 96 mmHg',
    ])
  })

  it('says what a score is made of and what it lacks', () => {
    const lines = evidenceLines({
      score: 4,
      complete: false,
      points: { respirationRate: 3, pulse: 1, temperature: 0 },
      missing: ['supplementalOxygen', 'consciousness'],
      stale: [],
      spo2Scale: 1,
    })
    expect(lines).toEqual(['Score: 4', 'Points: RR 3, pulse 1, others 0', 'Not known: Oxygen, Consciousness'])
  })

  it('says a limit with its unit, and what is wrong with a signal', () => {
    expect(
      evidenceLines({ code: 'temperature', side: 'high', value: 39.24, worst: 39.5, limit: 39, unit: 'Cel' }),
    ).toEqual(['Value: 39.2 °C', 'Worst: 39.5 °C', 'Limit: 39 °C'])
    expect(evidenceLines({ signal: 'ecg.II', reasons: ['flat', 'low-amplitude'], otherLeads: false })).toEqual([
      'Lead: II',
      'Reason: flat line, signal too small',
      'No other lead can be read',
    ])
    expect(evidenceLines({ lastHeard: BUTTON, why: 'offline' })).toEqual(['Last heard: 14:01:40'])
  })

  it('copes with anything', () => {
    expect(evidenceLines({ deep: { a: { b: [1, { c: null }] } }, empty: [] })).toEqual(['A: b 1, '])
  })
})
