import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createEcgAnalyzer, snapshotFits } from './analyzer.ts'
import { beatsEvery, concatenate, createRandom, fibrillate, synthesise } from './testing/synthetic-ecg.ts'
import type { EcgAnalyzer, EcgOutput } from './types.ts'

const RATE_HZ = 125
const OPTIONS = { rateHz: RATE_HZ, lead: 'II' }

/** Half a minute with everything in it: regular beats, a ventricular run, missing samples, silence, fibrillation. */
function eventful(seed: number): Float64Array {
  const random = createRandom(seed)
  const sinus = synthesise(beatsEvery(Array.from({ length: 14 }, () => 650 + 200 * random())), 10, RATE_HZ, { seed })
  const run = synthesise(
    beatsEvery(
      Array.from({ length: 12 }, () => 380),
      'V',
      100,
    ),
    5,
    RATE_HZ,
    { seed },
  )
  const holes = synthesise(beatsEvery(Array.from({ length: 6 }, () => 800)), 5, RATE_HZ, { seed })
  holes.fill(NaN, Math.floor(200 * random()), Math.floor(200 + 300 * random()))
  const silence = synthesise([], 6, RATE_HZ, { seed })
  return concatenate(sinus, run, holes, silence, fibrillate(8, RATE_HZ, 0.6, seed), sinus)
}

function feed(analyzer: EcgAnalyzer, samples: Float64Array, from: number, to: number): EcgOutput[] {
  return analyzer.push((from * 1000) / RATE_HZ, samples.subarray(from, to))
}

const length = eventful(1).length
const cuts = fc
  .uniqueArray(fc.integer({ min: 1, max: length - 1 }), { maxLength: 30 })
  .map((list) => [0, ...list.toSorted((a, b) => a - b), length])

describe('an analyser', () => {
  test('finds something of every kind in the signal that these tests use', () => {
    const outputs = feed(createEcgAnalyzer(OPTIONS), eventful(1), 0, length)
    const kinds = new Set(outputs.map((output) => (output.kind === 'rhythm' ? output.type : output.kind)))
    for (const kind of ['beat', 'beats-revised', 'heart-rate', 'quality', 'st']) expect(kinds).toContain(kind)
    for (const type of ['ventricular-tachycardia', 'asystole', 'ventricular-fibrillation'])
      expect(kinds).toContain(type)
  })

  test('says the same however the samples are cut into blocks', () => {
    fc.assert(
      fc.property(fc.nat(1000), cuts, (seed, edges) => {
        const samples = eventful(seed)
        const whole = feed(createEcgAnalyzer(OPTIONS), samples, 0, length)
        const analyzer = createEcgAnalyzer(OPTIONS)
        const parts = edges.slice(1).flatMap((to, i) => feed(analyzer, samples, edges[i] ?? 0, to))
        expect(parts).toEqual(whole)
      }),
      { numRuns: 12 },
    )
  })

  test('goes on from a snapshot as if there had been none', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.integer({ min: 0, max: length }), (seed, at) => {
        const samples = eventful(seed)
        const through = createEcgAnalyzer(OPTIONS)
        feed(through, samples, 0, at)
        const snapshot = through.snapshot()
        const resumed = createEcgAnalyzer(OPTIONS, snapshot)
        expect(resumed.seenUntilMs).toBe(through.seenUntilMs)
        expect(feed(resumed, samples, at, length)).toEqual(feed(through, samples, at, length))
        expect(resumed.snapshot()).toEqual(through.snapshot())
        expect(resumed.seenUntilMs).toBe(through.seenUntilMs)
      }),
      { numRuns: 12 },
    )
  })

  test('says nothing about a time before the one up to which it had said everything', () => {
    fc.assert(
      fc.property(fc.nat(1000), cuts, (seed, edges) => {
        const samples = eventful(seed)
        const analyzer = createEcgAnalyzer(OPTIONS)
        for (const [i, to] of edges.slice(1).entries()) {
          const before = analyzer.seenUntilMs
          for (const output of feed(analyzer, samples, edges[i] ?? 0, to))
            if (output.kind === 'beat') expect(output.timeMs).toBeGreaterThan(before)
          expect(analyzer.seenUntilMs).toBeGreaterThanOrEqual(before)
        }
      }),
      { numRuns: 8 },
    )
  })

  test('takes any numbers at all without failing, and says only finite ones', () => {
    const sample = fc.oneof(fc.double({ min: -1e4, max: 1e4 }), fc.constantFrom(NaN, 0, 5, -5, 1e9))
    const signal = fc.array(fc.tuple(sample, fc.integer({ min: 1, max: 200 })), { minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(signal, (runs) => {
        const samples = concatenate(...runs.map(([value, count]) => new Float64Array(count).fill(value)))
        const text = JSON.stringify(createEcgAnalyzer(OPTIONS).push(0, samples))
        expect(text).not.toContain('null')
      }),
      { numRuns: 25 },
    )
  })

  test('refuses a snapshot of another lead or rate, and a rate out of range', () => {
    const snapshot = createEcgAnalyzer(OPTIONS).snapshot()
    expect(snapshotFits(snapshot, OPTIONS)).toBe(true)
    expect(() => createEcgAnalyzer({ ...OPTIONS, lead: 'V1' }, snapshot)).toThrow(RangeError)
    expect(() => createEcgAnalyzer({ ...OPTIONS, rateHz: 250 }, snapshot)).toThrow(RangeError)
    expect(() => createEcgAnalyzer({ ...OPTIONS, rateHz: 20 })).toThrow(RangeError)
  })
})
