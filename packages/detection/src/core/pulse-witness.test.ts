import { describe, expect, test } from 'vitest'
import { every, followed, WAVE_START, type WaveModel } from '../test-support/pulse.ts'
import { pulseAgainst, pulseFalls, pulseThroughRun } from './pulse-witness.ts'

const ONSET_S = 40
const at = (second: number): number => WAVE_START + second * 1000
const regular = every(0.8, 2, 60)
const until = (second: number): WaveModel['beats'] => regular.filter(({ atS }) => atS < second)
const wave = (beats: WaveModel['beats'], change: Partial<WaveModel> = {}) => [
  followed({ seconds: 60, beats, ...change }),
]

describe('a ventricular run', () => {
  const through = (waves: ReturnType<typeof wave>, nowS = ONSET_S + 3): string | undefined =>
    pulseThroughRun(at(ONSET_S), at(nowS), waves)
  test.each(['abp', 'ppg'] as const)('through which the pulse (%s) goes on unchanged is none', (signal) => {
    expect(through(wave(regular, { signal, unit: signal === 'abp' ? 'mm[Hg]' : '1' }))).toContain('unchanged')
  })
  test('in which the pressure falls is one', () => {
    const run = every(0.4, ONSET_S + 0.2, 44, 12)
    expect(through(wave([...until(ONSET_S + 0.1), ...run]))).toBeUndefined()
  })
  test('in which the pulse stops is one', () => {
    expect(through(wave(until(ONSET_S + 0.1)))).toBeUndefined()
  })
  test('in which the pulse follows the faster rhythm, as high as before, is one', () => {
    expect(through(wave([...until(ONSET_S + 0.1), ...every(0.58, ONSET_S + 0.3, 44)]))).toBeUndefined()
  })
  test('with a wave that was restless before cannot be judged', () => {
    const restless = regular.map(({ atS }, i) => ({
      atS: atS + 0.25 * Math.sin(i * 2.4),
      height: 40 + 30 * Math.sin(i * 1.7),
    }))
    expect(through(wave(restless))).toBeUndefined()
  })
  test('with too little of the wave before cannot be judged', () => {
    expect(through(wave(regular.filter(({ atS }) => atS > 36)))).toBeUndefined()
  })
  test('one wave that falls outweighs one that goes on', () => {
    const fallen = wave([...until(ONSET_S + 0.1), ...every(0.4, ONSET_S + 0.2, 44, 12)])
    expect(through([...wave(regular, { signal: 'ppg', unit: '1' }), ...fallen])).toBeUndefined()
  })
  test('a pressure at a level that nobody has is not believed', () => {
    expect(through(wave(regular, { foot: 5, beats: regular.map((beat) => ({ ...beat, height: 12 })) }))).toBeUndefined()
  })
  test('what is not known yet does not count', () => {
    const waves = wave(regular)
    expect(through(waves, ONSET_S + 0.9)).toBeUndefined()
    expect(through(waves)).toBeDefined()
  })
})

describe('the pulse falls', () => {
  const falls = (beats: WaveModel['beats'], nowS = ONSET_S + 3): boolean =>
    pulseFalls(at(ONSET_S), at(nowS), wave(beats))
  test('where it stops or becomes low, and not where it goes on or becomes faster', () => {
    expect(falls(until(ONSET_S + 0.1))).toBe(true)
    expect(falls([...until(ONSET_S + 0.1), ...every(0.4, ONSET_S + 0.2, 44, 12)])).toBe(true)
    expect(falls(regular)).toBe(false)
    expect(falls([...until(ONSET_S + 0.1), ...every(0.5, ONSET_S + 0.3, 44)])).toBe(false)
  })
  test('where it moves less than half in the time, though no two pulses are low and no gap is long', () => {
    const run = [0.5, 1.6, 2.7].map((s, i) => ({ atS: ONSET_S + s, height: i === 1 ? 20 : 27 }))
    expect(falls([...until(ONSET_S + 0.1), ...run], ONSET_S + 3.4)).toBe(true)
    const high = run.map((beat) => ({ ...beat, height: 40 }))
    expect(falls([...until(ONSET_S + 0.1), ...high], ONSET_S + 3.4)).toBe(false)
  })
  test('out of a bigeminy, by the last pulses before it', () => {
    const bigeminy = [...every(1.6, 2, 30), ...every(0.8, 30, ONSET_S)]
    expect(falls([...bigeminy, ...every(0.4, ONSET_S, 44, 18)])).toBe(true)
    expect(falls([...bigeminy, ...every(0.8, ONSET_S, 50)])).toBe(false)
  })
})

describe('an arrest', () => {
  const types = ['asystole', 'ventricular-fibrillation'] as const
  test.each(types)('%s: a pulse that goes on speaks against it', (type) => {
    expect(pulseAgainst(type, at(ONSET_S), at(ONSET_S + 4.5), wave(regular))).toContain('beats since then')
  })
  test.each(types)('%s: a pulse that stopped does not', (type) => {
    expect(pulseAgainst(type, at(ONSET_S), at(ONSET_S + 4.5), wave(until(ONSET_S + 0.5)))).toBeUndefined()
  })
  test.each(types)('%s: neither do waves that are much lower than the pulses before', (type) => {
    const low = wave([...until(ONSET_S + 0.1), ...every(0.8, ONSET_S + 0.6, 60, 10)])
    expect(pulseAgainst(type, at(ONSET_S), at(ONSET_S + 4.5), low)).toBeUndefined()
  })
  test('nor a pulse that was there and stopped since', () => {
    expect(pulseAgainst('asystole', at(ONSET_S), at(ONSET_S + 8), wave(until(ONSET_S + 3)))).toBeUndefined()
  })
})

describe('extreme rates', () => {
  test('a pulse of 75 /min is no bradycardia, nor a tachycardia of 150 (each T wave counted)', () => {
    expect(pulseAgainst('extreme-bradycardia', at(ONSET_S), at(ONSET_S + 7), wave(regular))).toContain('75 /min')
    expect(pulseAgainst('extreme-tachycardia', at(ONSET_S), at(ONSET_S + 7), wave(regular))).toContain('75 /min')
  })
  test('a slow pulse with large dicrotic waves is a bradycardia', () => {
    const slow = [...every(0.8, 2, ONSET_S), ...every(1.7, ONSET_S, 60)]
    expect(
      pulseAgainst('extreme-bradycardia', at(ONSET_S), at(ONSET_S + 9), wave(slow, { dicrotic: 0.45 })),
    ).toBeUndefined()
  })
  test('a pulse of 150 /min is a tachycardia; one that leaves out beats irregularly says nothing', () => {
    const fast = wave(every(0.4, 2, 60, 30))
    expect(pulseAgainst('extreme-tachycardia', at(ONSET_S), at(ONSET_S + 7), fast)).toBeUndefined()
    const deficit = every(0.4, 2, 60, 30).filter((_, i) => i % 2 === 0 && i % 3 !== 0)
    expect(pulseAgainst('extreme-tachycardia', at(ONSET_S), at(ONSET_S + 7), wave(deficit))).toBeUndefined()
  })
})
