import { describe, expect, test } from 'vitest'
import { analyse, only, onsets } from '../testing/run-analyzer.ts'
import { beatsEvery, concatenate, synthesise, type SyntheticBeat } from '../testing/synthetic-ecg.ts'
import type { RhythmOutput, RhythmType } from '../types.ts'

const RATE_HZ = 250
const OPTIONS = { rateHz: RATE_HZ, lead: 'II' }
const constant = (intervalMs: number, count: number): number[] => Array.from({ length: count }, () => intervalMs)
const normal = (seconds: number): Float64Array =>
  synthesise(beatsEvery(constant(800, Math.floor((seconds * 1000 - 500) / 800) + 1)), seconds, RATE_HZ)

/** Groups of one normal beat and more, each with an early wide one after it. */
function groups(seconds: number, normalBeats: number): Float64Array {
  const beats: SyntheticBeat[] = []
  for (let fromMs = 300; fromMs < 1000 * seconds - 600; fromMs += 800 * (normalBeats + 1)) {
    for (let i = 0; i < normalBeats; i++) beats.push({ timeMs: fromMs + 800 * i, kind: 'N' })
    beats.push({ timeMs: fromMs + 800 * (normalBeats - 1) + 500, kind: 'V' })
  }
  return synthesise(beats, seconds, RATE_HZ)
}

function endOf(outputs: ReturnType<typeof analyse>, type: RhythmType): RhythmOutput | undefined {
  return only(outputs, 'rhythm').find((output) => output.type === type && output.phase === 'end')
}

describe('patterns of ventricular beats', () => {
  test.each([
    ['ventricular-bigeminy', 1, 6],
    ['ventricular-trigeminy', 2, 9],
  ] as const)('%s: said after three cycles, with its rate, and ended with them', (type, normalBeats, beats) => {
    const outputs = analyse(concatenate(normal(30), groups(24, normalBeats), normal(20)), OPTIONS)
    const [onset, ...others] = onsets(outputs).filter((output) => output.type.startsWith('ventricular'))
    expect(others).toEqual([])
    expect(onset?.type).toBe(type)
    expect(onset?.onsetMs).toBeGreaterThan(28_000)
    expect(onset?.onsetMs).toBeLessThan(31_500)
    expect((onset?.timeMs ?? 0) - (onset?.onsetMs ?? 0)).toBeLessThan(800 * (beats + 2))
    expect(onset?.evidence['ventricularPerMinute']).toBe(3)
    const end = endOf(outputs, type)
    expect(end?.endMs).toBeGreaterThan(51_500)
    expect(end?.endMs).toBeLessThan(56_000)
  })

  test('two cycles are none, nor is a ventricular beat now and then', () => {
    const outputs = analyse(concatenate(normal(30), groups(3, 1), normal(20), groups(5, 2), normal(10)), OPTIONS)
    expect(onsets(outputs)).toEqual([])
  })

  test('five slow wide beats in a row are an idioventricular rhythm and no tachycardia', () => {
    const slow = synthesise(beatsEvery(constant(850, 10), 'V', 700), 9.2, RATE_HZ)
    const outputs = analyse(concatenate(normal(60), slow, normal(20)), OPTIONS)
    expect(onsets(outputs).map(({ type }) => type)).toEqual(['idioventricular-rhythm'])
    const end = endOf(outputs, 'idioventricular-rhythm')
    expect(end?.endMs).toBeGreaterThan(67_500)
    expect(end?.endMs).toBeLessThan(70_500)
  })
})

describe('a run of ventricular beats', () => {
  const run = (count: number): Float64Array =>
    synthesise(beatsEvery(constant(400, count), 'V', 300), 0.3 + 0.4 * count, RATE_HZ)
  const gap = (seconds: number): Float64Array => new Float64Array(seconds * RATE_HZ).fill(NaN)
  const tachycardias = (outputs: ReturnType<typeof analyse>): RhythmOutput[] =>
    only(outputs, 'rhythm').filter(({ type }) => type === 'ventricular-tachycardia')

  test.each([0.2, 0.6, 1, 2])('goes on over %f s of missing samples, as one', (seconds) => {
    const outputs = analyse(concatenate(normal(30), run(8), gap(seconds), run(8), normal(20)), OPTIONS)
    const said = tachycardias(outputs)
    expect(said.filter(({ phase }) => phase === 'onset')).toHaveLength(1)
    expect(said.filter(({ phase }) => phase === 'end')).toHaveLength(1)
    expect(said.at(-1)?.endMs).toBeGreaterThan(30_000 + 7000 + 1000 * seconds - 1000)
  })

  test('with a lost packet in its middle needs no five more beats', () => {
    const outputs = analyse(concatenate(normal(30), run(4), gap(0.6), run(6), normal(20)), OPTIONS)
    const [onset] = onsets(outputs, 'ventricular-tachycardia')
    expect(onset?.onsetMs).toBeLessThan(31_500)
    expect(onset?.timeMs).toBeLessThan(30_000 + 1900 + 600 + 2800)
  })

  test('does not go on over a gap after which the heart beats normally', () => {
    const outputs = analyse(concatenate(normal(30), run(8), gap(1), normal(20)), OPTIONS)
    expect(tachycardias(outputs).at(-1)?.endMs).toBeLessThan(34_000)
  })
})
