import { describe, expect, it } from 'vitest'
import { findingFixture } from './fixtures.ts'
import { type Marks, NO_MARKS, rateText, rhythmBands, rrIntervals, unreadBands } from './marks.ts'

const LEAD = { signal: 'ecg.II', devices: ['d1'] }
const marks = (change: Partial<Marks>): Marks => ({ ...NO_MARKS, ...change })

describe('beats', () => {
  it('have intervals, but none over a gap', () => {
    const beats = [
      [0, 'N'],
      [800, 'N'],
      [9000, 'V'],
      [9800, 'N'],
    ] as const
    expect(rrIntervals(beats)).toEqual([
      { fromMs: 0, toMs: 800 },
      { fromMs: 9000, toMs: 9800 },
    ])
    expect(rateText(beats)).toBe('75/min · RR 800 ms')
    expect(rateText([...beats, [10_400, 'S']])).toBe('82/min · RR 600 to 800 ms')
    expect(rateText(beats.slice(0, 1))).toBe('')
  })
})

describe('rhythm', () => {
  it('is a band for each episode, cut to what is shown; an open one goes on', () => {
    const findings = [
      findingFixture({ type: 'atrial-fibrillation', onset: 500 }),
      findingFixture({ type: 'pause', onset: 3000, end: 5500, status: 'ended' }),
      findingFixture({ type: 'st-episode', onset: 0 }),
      findingFixture({ type: 'tachycardia', onset: 0, end: 900, status: 'ended' }),
    ]
    expect(rhythmBands(findings, 1000, 11_000)).toEqual([
      { fromMs: 1000, toMs: 11_000, label: 'Atrial fibrillation' },
      { fromMs: 3000, toMs: 5500, label: 'Pause' },
    ])
  })

  it('that something speaks against is named so', () => {
    const finding = findingFixture({ type: 'asystole', evidence: { suppressed: 'another lead shows beats' } })
    expect(rhythmBands([finding], 0, 9000)[0]?.label).toBe('ASYSTOLE (contradicted)')
  })
})

describe('what was not read', () => {
  const bad = (from: number, to: number) =>
    Array.from({ length: 10 }, (_, i) => [(i + 1) * 1000, i >= from && i < to ? 0.2 : 0.9] as const)

  it('is a band over neighbouring seconds of poor quality, with the reason where one is known', () => {
    const quality = { 'ecg.II': bad(2, 5) }
    expect(unreadBands(marks({ quality }), LEAD, 0, 10_000)).toEqual([
      { fromMs: 2000, toMs: 5000, label: 'not read: signal poor' },
    ])
    const findings = [
      findingFixture({
        type: 'signal-quality',
        onset: 2000,
        evidence: { signal: 'ecg.II', reasons: ['noise', 'saturated'] },
      }),
    ]
    expect(unreadBands(marks({ quality, findings }), LEAD, 0, 10_000)).toEqual([
      { fromMs: 2000, toMs: 5000, label: 'not read: noise, at its limit' },
    ])
    expect(unreadBands(marks({ quality }), { ...LEAD, signal: 'ecg.V1' }, 0, 10_000)).toEqual([])
  })

  it('is "lead off" where the electrode is off, of this lead or of the whole device', () => {
    const off = (evidence: Record<string, string | string[]>) =>
      unreadBands(
        marks({
          findings: [findingFixture({ type: 'lead-off', onset: 3000, evidence })],
          quality: { 'ecg.II': bad(2, 5) },
        }),
        LEAD,
        0,
        10_000,
      ).map(({ fromMs, toMs, label }) => [fromMs, toMs, label])
    const whole = [
      [2000, 3000, 'not read: signal poor'],
      [3000, 10_000, 'lead off'],
    ]
    expect(off({ signals: ['ecg.II'] })).toEqual(whole)
    expect(off({ signals: ['*'] })).toEqual(whole)
    expect(off({ signals: ['ecg.V1'] })).toEqual([[2000, 5000, 'not read: signal poor']])
  })
})
