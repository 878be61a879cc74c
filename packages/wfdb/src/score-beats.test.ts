import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { annotate } from './annotations.ts'
import { scoreBeats } from './score-beats.ts'

const options = { windowMs: 150, rateHz: 1000 }
const beatsAt = (...samples: number[]) => samples.map((sample) => annotate(sample, 'N'))

describe('scoreBeats', () => {
  test('counts matches, extra and missed beats', () => {
    const score = scoreBeats(beatsAt(1000, 2000, 3000), [1010, 2500, 2990], options)
    expect(score).toMatchObject({ tp: 2, fp: 1, fn: 1, sensitivity: 2 / 3, positivePredictivity: 2 / 3 })
  })

  test('one detection is matched once, to the nearer of two beats', () => {
    expect(scoreBeats(beatsAt(1000, 1200), [1120], options)).toMatchObject({ tp: 1, fp: 0, fn: 1 })
    expect(scoreBeats(beatsAt(1000, 1200), [950, 1120], options)).toMatchObject({ tp: 2, fp: 0, fn: 0 })
    expect(scoreBeats(beatsAt(1000), [980, 1020], options)).toMatchObject({ tp: 1, fp: 1, fn: 0 })
  })

  test('flutter is left out on both sides, with the window as margin for detections', () => {
    const reference = [
      annotate(500, 'N'),
      annotate(1000, '['),
      annotate(1500, 'V'),
      annotate(2000, ']'),
      annotate(3000, 'N'),
    ]
    expect(scoreBeats(reference, [500, 900, 1600, 2100, 3000], options)).toMatchObject({ tp: 2, fp: 0, fn: 0 })
    expect(scoreBeats(reference.slice(0, 3), [500, 9000], options)).toMatchObject({ tp: 1, fp: 0, fn: 0 })
  })

  test('marks that are no beats are not scored', () => {
    expect(scoreBeats([annotate(10, '+'), annotate(900, '~')], [], options)).toMatchObject({ tp: 0, fn: 0 })
  })

  test('a set of beats scored against itself is perfect, and no count exceeds its set', () => {
    const samples = fc.uniqueArray(fc.nat(20_000)).map((list) => list.toSorted((a, b) => a - b))
    fc.assert(
      fc.property(samples, samples, (a, b) => {
        expect(scoreBeats(beatsAt(...a), a, options)).toMatchObject({ tp: a.length, fp: 0, fn: 0 })
        const { tp, fp, fn } = scoreBeats(beatsAt(...a), b, options)
        expect(tp + fn).toBe(a.length)
        expect(tp + fp).toBe(b.length)
        expect(tp).toBeLessThanOrEqual(Math.min(a.length, b.length))
      }),
    )
  })
})
