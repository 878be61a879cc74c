import { describe, expect, it } from 'vitest'
import type { LiveMessage } from '../live/messages.ts'
import { findingFixture, waveFixture } from './fixtures.ts'
import { NO_MARKS } from './marks.ts'
import { byConvention } from './order.ts'
import { cutWave, valuesOf, wavesOf } from './samples.ts'
import { EMPTY_TAPE, joinTapes, pointsOf, type Tape, withMessage } from './tape.ts'

const block = (start: number, samples: (number | null)[], name = 'ecg.II'): LiveMessage => ({
  type: 'waveform',
  patient: 'p1',
  device: 'd1',
  receivedAt: start,
  late: false,
  signals: [{ name, unit: 'mV', rateHz: 250, segments: [{ start, samples }] }],
})
const hear = (messages: readonly LiveMessage[], keepFromMs = 0) =>
  messages.reduce((tape, message) => withMessage(tape, message, keepFromMs), EMPTY_TAPE)
const runsOf = (tape: Tape) =>
  tape.waves.map(({ signal, runs }) => [signal, runs.map((run) => [run.startMs, [...run.values]])])

describe('waves', () => {
  it('of an answer are by name; a missing sample is one, and a name with two units is two waves', () => {
    const answer = { name: 'ecg.II', unit: 'mV', rateHz: 250, device: 'd1' }
    const waves = wavesOf([
      { ...answer, segments: [{ start: 8, samples: [1, null] }] },
      { ...answer, device: 'd2', segments: [{ start: 0, samples: [2] }] },
      { ...answer, unit: 'uV', segments: [{ start: 0, samples: [3] }] },
      { ...answer, name: 'ppg', unit: null, rateHz: null, segments: [] },
    ])
    expect(waves.map(({ unit, devices, runs }) => [unit, devices, runs.map(({ values }) => [...values])])).toEqual([
      ['mV', ['d1', 'd2'], [[2], [1, Number.NaN]]],
      ['uV', ['d1'], [[3]]],
    ])
  })

  it('are cut to the samples within a range', () => {
    const wave = waveFixture([1, 2, 3, 4, 5])
    expect(valuesOf(wave, 4, 12)).toEqual([2, 3])
    expect(cutWave(wave, 4, 12).runs[0]?.startMs).toBe(4)
    expect(cutWave(wave, 100, 200).runs).toEqual([])
  })

  it('stand in the order of convention', () => {
    const names = ['resp', 'ecg.V1', 'ppg', 'ecg.single', 'ecg.aVR', 'abp', 'ecg.II', 'accel.x', 'ecg.I']
    expect(names.sort(byConvention)).toEqual([
      'ecg.I',
      'ecg.II',
      'ecg.aVR',
      'ecg.V1',
      'ecg.single',
      'ppg',
      'abp',
      'resp',
      'accel.x',
    ])
  })
})

describe('a tape', () => {
  it('joins blocks that follow each other, and keeps a gap a gap', () => {
    expect(runsOf(hear([block(0, [1, 2]), block(8, [3]), block(100, [4])]))).toEqual([
      [
        'ecg.II',
        [
          [0, [1, 2, 3]],
          [100, [4]],
        ],
      ],
    ])
  })

  it('counts a block once that comes twice, and puts late ones in their place', () => {
    expect(runsOf(hear([block(8, [3, 4]), block(0, [1, 2]), block(8, [3, 4])]))).toEqual([
      ['ecg.II', [[0, [1, 2, 3, 4]]]],
    ])
  })

  it('lets go of what is too old', () => {
    expect(runsOf(hear([block(0, [1, 2, 3]), block(12, [4])], 8))).toEqual([['ecg.II', [[8, [3, 4]]]]])
  })

  it('takes beats in place of those that were known of their interval', () => {
    const beats = (from: number, to: number, list: [number, 'N' | 'V'][]): LiveMessage => ({
      type: 'beats',
      patient: 'p1',
      device: 'd1',
      signal: 'ecg.II',
      from,
      to,
      beats: list,
    })
    const tape = hear([
      beats(0, 2000, [
        [500, 'N'],
        [1500, 'N'],
      ]),
      beats(1000, 3000, [
        [1510, 'V'],
        [2500, 'N'],
      ]),
    ])
    expect(tape.marks.beats).toEqual([
      [500, 'N'],
      [1510, 'V'],
      [2500, 'N'],
    ])
  })

  it('keeps the newest word on a finding, and the quality and ST of each lead', () => {
    const vitals: LiveMessage = {
      type: 'vitals',
      patient: 'p1',
      device: 'd1',
      time: 2000,
      receivedAt: 2000,
      late: false,
      vitals: { 'quality.ecg.II': 0.4, 'st.II': 0.12, heartRate: 70 },
    }
    const tape = hear([
      { type: 'finding', finding: findingFixture({ onset: 1000 }) },
      { type: 'finding', finding: findingFixture({ onset: 1000, end: 1900, status: 'ended' }) },
      vitals,
    ])
    expect(tape.marks.findings.map(({ end }) => end)).toEqual([1900])
    expect(tape.marks).toMatchObject({ quality: { 'ecg.II': [[2000, 0.4]] }, st: { 'ecg.II': [[2000, 0.12]] } })
  })

  it('joined with what is stored has each sample and beat once, the live ones where they differ', () => {
    const stored = hear([block(0, [1, 2, 3, 4])])
    const live = hear([block(8, [7, 8, 9])])
    const beats: Tape = { waves: [], marks: { ...NO_MARKS, beats: [[500.2, 'N']] } }
    expect(runsOf(joinTapes(stored, live))).toEqual([['ecg.II', [[0, [1, 2, 7, 8, 9]]]]])
    expect(joinTapes(beats, { waves: [], marks: { ...NO_MARKS, beats: [[500.4, 'V']] } }).marks.beats).toEqual([
      [500.4, 'V'],
    ])
  })

  it('reads quality and ST out of series of any code', () => {
    expect(
      pointsOf([
        ['st.V2', [[1, 0.1]]],
        ['quality.ppg', [[1, 1]]],
        ['consciousness', [[1, 'A']]],
      ]),
    ).toEqual({
      quality: { ppg: [[1, 1]] },
      st: { 'ecg.V2': [[1, 0.1]] },
    })
  })
})
