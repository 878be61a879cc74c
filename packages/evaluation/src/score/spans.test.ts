import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { common, confusionOf, lengthS, merged, scoreDurations, windows, without, type Span } from './spans.ts'

const span = fc.tuple(fc.nat(100), fc.nat(100)).map(([a, b]): Span => ({ fromS: Math.min(a, b), toS: Math.max(a, b) }))
const spans = fc.array(span, { maxLength: 8 })

describe('spans of time', () => {
  test('what is in both and what is only in the one make the whole', () => {
    fc.assert(
      fc.property(spans, spans, (a, b) => {
        expect(lengthS(common(a, b)) + lengthS(without(a, b))).toBeCloseTo(lengthS(merged(a)), 9)
        expect(lengthS(common(a, b))).toBeCloseTo(lengthS(common(b, a)), 9)
      }),
    )
  })

  test('durations are told apart, and add up to what is judged', () => {
    const judged = [{ fromS: 0, toS: 100 }]
    expect(scoreDurations([{ fromS: 10, toS: 30 }], [{ fromS: 20, toS: 50 }], judged)).toEqual({ tpS: 10, fpS: 20, fnS: 10, tnS: 60 }) // prettier-ignore
    fc.assert(
      fc.property(spans, spans, spans, (a, b, judged) => {
        const { tpS, fpS, fnS, tnS } = scoreDurations(a, b, judged)
        expect(tpS + fpS + fnS + tnS).toBeCloseTo(lengthS(merged(judged)), 9)
        expect(Math.min(tpS, fpS, fnS, tnS)).toBeGreaterThan(-1e-9)
      }),
    )
  })

  test('a window is what more than half of it is', () => {
    const verdicts = windows([{ fromS: 3, toS: 12 }], [{ fromS: 4.5, toS: 8 }, { fromS: 16, toS: 24 }], 25, 8) // prettier-ignore
    expect(verdicts).toEqual([
      { fromS: 0, reference: true, found: false },
      { fromS: 8, reference: false, found: false },
      { fromS: 16, reference: false, found: true },
    ])
    expect(confusionOf(verdicts)).toEqual({ tp: 0, fp: 1, fn: 1, tn: 1 })
  })
})
