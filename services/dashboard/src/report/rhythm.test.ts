import type { Finding } from '@pulsewire/contracts'
import { describe, expect, it } from 'vitest'
import { type Beat, episodesOf, summarizeBeats } from './rhythm.ts'

const finding = (fields: Partial<Finding>): Finding => ({
  id: `f${fields.onset}`,
  type: 'pause',
  patient: 'p1',
  status: 'ended',
  onset: 0,
  seenUntil: 0,
  late: false,
  confidence: 1,
  quality: 1,
  message: '',
  evidence: {},
  rule: { name: 'r', version: '1' },
  ...fields,
})

describe('the rhythm of a report', () => {
  const beats: Beat[] = [
    [0, 'N'],
    [1000, 'N'],
    [1400, 'V'],
    [2600, 'N'],
    [9600, 'N'],
    [10_500, 'S'],
  ]

  it('counts beats by class, and the shortest and longest interval with their times', () => {
    const { byClass, shortest, longest } = summarizeBeats(beats.slice(0, 4), [])
    expect(byClass).toEqual({ N: 3, S: 0, V: 1, F: 0, Q: 0 })
    expect(shortest).toEqual({ atMs: 1000, rrMs: 400 })
    expect(longest).toEqual({ atMs: 1400, rrMs: 1200 })
  })

  it('an interval over a gap in the signal is no interval; one that a finding says is', () => {
    expect(summarizeBeats(beats, [])).toMatchObject({ interruptions: 1, longest: { rrMs: 1200 } })
    const pause = finding({ onset: 2600, end: 9600 })
    expect(summarizeBeats(beats, [pause])).toMatchObject({ interruptions: 0, longest: { atMs: 2600, rrMs: 7000 } })
  })

  it('says nothing where there are no beats', () => {
    expect(summarizeBeats([], [])).toMatchObject({ beats: 0, longest: undefined, shortest: undefined })
  })

  it('episodes are cut to the stretch, those that go on to what was seen of them', () => {
    const findings = [
      finding({ type: 'atrial-fibrillation', onset: -500, end: 1500 }),
      finding({ type: 'atrial-fibrillation', onset: 3000, status: 'open', seenUntil: 3400 }),
      finding({ type: 'limit', onset: 10 }),
    ]
    expect(episodesOf(findings, 0, 10_000)).toEqual([
      { type: 'atrial-fibrillation', count: 2, totalMs: 1900, longestMs: 1500, firstAt: -500 },
    ])
  })
})
