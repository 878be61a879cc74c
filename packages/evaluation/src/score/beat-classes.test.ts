import { annotate } from '@pulsewire/wfdb'
import { describe, expect, test } from 'vitest'
import { challenge2015Score, f1 } from './alarm-score.ts'
import { addMatrices, classMatrix, classOf, supraventricularCounts, ventricularCounts } from './beat-classes.ts'

const options = { windowMs: 150, rateHz: 1000 }

describe('beat classes after EC57', () => {
  test('the symbols have the classes of AAMI', () => {
    expect(['N', 'L', 'R', 'e', 'j', 'A', 'a', 'J', 'S', 'V', 'E', 'F', '/', 'f', 'Q'].map(classOf).join('')).toBe(
      'NNNNNSSSSVVFQQQ',
    )
  })

  test('beats are counted by both classes; fusion and paced beats that are called ventricular are no false ones', () => {
    const reference = [
      annotate(1000, 'N'),
      annotate(2000, 'V'),
      annotate(3000, 'V'),
      annotate(4000, 'F'),
      annotate(5000, '/'),
      annotate(6000, 'A'),
      annotate(7000, 'V'),
    ]
    const found = [
      { sample: 1000, beatClass: 'V' },
      { sample: 2010, beatClass: 'V' },
      { sample: 3010, beatClass: 'N' },
      { sample: 4000, beatClass: 'V' },
      { sample: 5000, beatClass: 'V' },
      { sample: 6000, beatClass: 'S' },
      { sample: 9000, beatClass: 'V' },
    ] as const
    const matrix = classMatrix(reference, found, options)
    expect(ventricularCounts(matrix)).toEqual({ tp: 1, fn: 2, fp: 2 })
    expect(supraventricularCounts(matrix)).toEqual({ tp: 1, fn: 0, fp: 0 })
    expect(ventricularCounts(addMatrices([matrix, matrix]))).toEqual({ tp: 2, fn: 4, fp: 4 })
  })

  test('flutter is left out on both sides', () => {
    const reference = [annotate(1000, '['), annotate(1500, 'V'), annotate(2000, ']'), annotate(3000, 'N')]
    const matrix = classMatrix(reference, [{ sample: 1600, beatClass: 'V' }, { sample: 3000, beatClass: 'N' }], options) // prettier-ignore
    expect(ventricularCounts(matrix)).toEqual({ tp: 0, fn: 0, fp: 0 })
    expect(matrix.N.N).toBe(1)
  })
})

describe('alarm scores', () => {
  test('a true alarm that is suppressed counts five times', () => {
    expect(challenge2015Score({ tp: 8, fp: 3, fn: 2, tn: 7 }).score).toBeCloseTo(15 / (8 + 7 + 3 + 10), 12)
    // Keeping all of the 341 alarms of ventricular tachycardia: 89 true, 252 false.
    expect(challenge2015Score({ tp: 89, fp: 252, fn: 0, tn: 0 }).score).toBeCloseTo(0.261, 3)
  })

  test('F1 is the harmonic mean of sensitivity and positive predictivity', () => {
    const [se, pp] = [8 / 10, 8 / 12]
    expect(f1({ tp: 8, fp: 4, fn: 2 })).toBeCloseTo((2 * se * pp) / (se + pp), 12)
  })
})
