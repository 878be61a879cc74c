import { describe, expect, test } from 'vitest'
import { createEcgAnalyzer } from './analyzer.ts'
import { detectBeats } from './qrs/detect-beats.ts'
import { analyse, beatTimes, only, onsets } from './testing/run-analyzer.ts'
import { beatsEvery, concatenate, createRandom, synthesise } from './testing/synthetic-ecg.ts'

const RATE_HZ = 250
const OPTIONS = { rateHz: RATE_HZ, lead: 'II' }

function irregular(seed: number, count: number): number[] {
  const random = createRandom(seed)
  return Array.from({ length: count }, () => 700 + 200 * random())
}

const constant = (intervalMs: number, count: number): number[] => Array.from({ length: count }, () => intervalMs)

describe('beats', () => {
  test.each([100, 128, 250, 360, 500, 1000])('at %i Hz every R peak is found, within 12 ms', (rateHz) => {
    const beats = beatsEvery(irregular(rateHz, 60))
    const found = detectBeats(synthesise(beats, 60, rateHz, { noiseMv: 0.02, wanderMv: 0.3 }), rateHz)
    expect(found).toHaveLength(beats.length)
    for (const [i, { sample }] of found.entries())
      expect(Math.abs((sample * 1000) / rateHz - (beats[i]?.timeMs ?? NaN))).toBeLessThan(12)
  })

  test('the beats of the learning seconds are told as a revision, before the first beat', () => {
    const outputs = analyse(synthesise(beatsEvery(constant(800, 20)), 15, RATE_HZ), OPTIONS)
    const said = outputs.filter(({ kind }) => kind === 'beat' || kind === 'beats-revised')
    expect(said.map(({ kind }) => kind).filter((kind) => kind === 'beats-revised')).toHaveLength(1)
    const [first] = said
    expect(first).toMatchObject({ kind: 'beats-revised', fromMs: 0 })
    if (first?.kind === 'beats-revised')
      expect(first.beats.map(([timeMs]) => Math.round(timeMs / 100))).toEqual([5, 13, 21])
  })

  test('a much smaller beat is found by looking back', () => {
    const all = beatsEvery(constant(800, 30))
    const missing = all.filter((_, i) => i !== 20)
    const large = synthesise(missing, 24, RATE_HZ)
    const small = synthesise(all.slice(20, 21), 24, RATE_HZ, { noiseMv: 0, wanderMv: 0 })
    const found = detectBeats(
      large.map((value, i) => value + 0.3 * (small[i] ?? 0)),
      RATE_HZ,
    )
    expect(found).toHaveLength(30)
  })

  test('tall T waves are not beats', () => {
    const beats = beatsEvery(constant(1000, 20)).map((beat) => ({ ...beat, stMv: 1 }))
    expect(detectBeats(synthesise(beats, 21, RATE_HZ), RATE_HZ)).toHaveLength(20)
  })
})

describe('heart rate', () => {
  test('is said every second and follows from 80 to 120 /min within 11 s', () => {
    const slow = synthesise(beatsEvery(constant(750, 40)), 30, RATE_HZ)
    const fast = synthesise(beatsEvery(constant(500, 40)), 20, RATE_HZ)
    const rates = only(analyse(concatenate(slow, fast), OPTIONS), 'heart-rate')
    const at = (second: number): number => rates.find(({ timeMs }) => timeMs === second * 1000)?.bpm ?? NaN
    expect(at(25)).toBeCloseTo(80, 0)
    expect(at(41)).toBeCloseTo(120, 0)
    expect(rates.length).toBeGreaterThan(42)
  })
})

describe('gaps', () => {
  const part = synthesise(beatsEvery(constant(800, 24)), 20, RATE_HZ)

  test('over a long gap nothing is said of the interval, and the analysis starts anew', () => {
    const analyzer = createEcgAnalyzer(OPTIONS)
    const outputs = [...analyzer.push(0, part), ...analyzer.push(3_600_000, part)]
    const beats = only(outputs, 'beat')
    expect(Math.max(...beats.map(({ rrMs }) => rrMs ?? 0))).toBeLessThan(900)
    expect(onsets(outputs)).toEqual([])
    const times = beatTimes(outputs)
    expect(times.filter((time) => time < 20_000).length).toBeGreaterThan(22)
    expect(times.filter((time) => time >= 3_600_000).length).toBeGreaterThan(22)
    expect(times.filter((time) => time > 20_000 && time < 3_600_000)).toEqual([])
  })

  test('over a gap of two seconds the first beat has no interval, and all later times are true', () => {
    const analyzer = createEcgAnalyzer(OPTIONS)
    const outputs = [...analyzer.push(0, part), ...analyzer.push(22_000, part)]
    const after = only(outputs, 'beat').filter(({ timeMs }) => timeMs > 22_000)
    expect(after[0]).not.toHaveProperty('rrMs')
    expect(after[0]?.timeMs).toBeCloseTo(22_500, -1)
    expect(onsets(outputs)).toEqual([])
  })

  test('an episode that is open when the signal is lost ends where the signal did', () => {
    const analyzer = createEcgAnalyzer(OPTIONS)
    const outputs = [
      ...analyzer.push(0, concatenate(part, synthesise([], 10, RATE_HZ))),
      ...analyzer.push(600_000, part),
    ]
    const end = only(outputs, 'rhythm').find(({ type, phase }) => type === 'asystole' && phase === 'end')
    expect(end?.endMs).toBe(30_000)
  })

  test("a device's rounded block times are no gaps, and a slow clock is followed", () => {
    const rateHz = 360
    const beats = beatsEvery(constant(800, 90))
    const samples = synthesise(beats, 70, rateHz)
    const analyzer = createEcgAnalyzer({ rateHz, lead: 'II' })
    const outputs = []
    for (let i = 0; i < samples.length; i += 90)
      outputs.push(...analyzer.push(Math.round((i / rateHz) * 1000 * 1.001), samples.subarray(i, i + 90)))
    const found = only(outputs, 'beat')
    expect(found.every(({ rrMs }) => rrMs !== undefined && Math.abs(rrMs - 800) < 10)).toBe(true)
    const last = found.at(-1)?.timeMs ?? NaN
    expect(last).toBeGreaterThan(68_000)
    expect(beats.some(({ timeMs }) => Math.abs(1.001 * timeMs - last) < 8)).toBe(true)
  })
})

describe('signal quality', () => {
  test('is said once per second, good for a clean signal, with reasons for a bad one', () => {
    const clean = synthesise(beatsEvery(constant(800, 12)), 10, RATE_HZ)
    const noisy = synthesise(beatsEvery(constant(800, 12)), 10, RATE_HZ, { noiseMv: 0.4 })
    const parts = [clean, noisy, new Float64Array(5 * RATE_HZ), new Float64Array(5 * RATE_HZ).fill(NaN)]
    const said = only(analyse(concatenate(...parts, synthesise([], 5, RATE_HZ, { wanderMv: 0 })), OPTIONS), 'quality')
    expect(said.map(({ timeMs }) => timeMs)).toEqual(Array.from({ length: 35 }, (_, i) => 1000 * (i + 1)))
    const reasonsOf = (from: number, to: number): unknown[] => [
      ...new Set(said.slice(from, to).map(({ reasons }) => reasons.join(' '))),
    ]
    expect(said.slice(0, 10).every(({ quality, reasons }) => quality === 1 && reasons.length === 0)).toBe(true)
    expect(reasonsOf(11, 19)).toEqual(['noise'])
    expect(reasonsOf(21, 25)).toEqual(['flat'])
    expect(reasonsOf(26, 30)).toEqual(['missing'])
    expect(reasonsOf(31, 35)).toEqual(['low-amplitude'])
  })
})
