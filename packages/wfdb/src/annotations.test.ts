import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { codeOf, isBeat, LAST_CODE, symbolOf } from './annotation-codes.ts'
import { annotate, encodeAnnotations, parseAnnotations, type Annotation } from './annotations.ts'
import { WfdbError } from './errors.ts'

const symbols = Array.from({ length: LAST_CODE }, (_, i) => symbolOf(i + 1) ?? '')
const byte = fc.integer({ min: -128, max: 127 })
const arbitraryAnnotation: fc.Arbitrary<Annotation> = fc.record(
  {
    sample: fc.oneof(fc.nat(3000), fc.nat(650_000), fc.integer({ min: -(2 ** 30), max: 2 ** 30 })),
    symbol: fc.constantFrom(...symbols),
    subtype: byte,
    channel: fc.nat(255),
    number: byte,
    aux: fc.constantFrom('(AFIB', '(N', '', 'é', 'x'.repeat(255)),
  },
  { requiredKeys: ['sample', 'symbol', 'subtype', 'channel', 'number'] },
)

describe('annotation files', () => {
  test('the bytes of an MIT-BIH beginning are read: rhythm with aux, then beats', () => {
    // 18 samples, '+' (28), AUX "(N\0"; 59 samples, 'N'; SKIP of 2000, 'V'; end
    const bytes = [0x12, 28 << 2, 3, 63 << 2, 0x28, 0x4e, 0, 0, 59, 1 << 2, 0, 59 << 2, 0, 0, 0xd0, 7, 0, 5 << 2, 0, 0]
    expect(parseAnnotations(Uint8Array.from(bytes)).annotations).toEqual([
      annotate(18, '+', { aux: '(N' }),
      annotate(77, 'N'),
      annotate(2077, 'V'),
    ])
  })

  test('annotations that were written are read back the same', () => {
    fc.assert(
      fc.property(fc.array(arbitraryAnnotation), (annotations) => {
        expect(parseAnnotations(encodeAnnotations(annotations))).toEqual({ annotations })
      }),
    )
  })

  test('the time resolution is kept apart from the annotations', () => {
    const file = parseAnnotations(encodeAnnotations([annotate(5, 'N')], 250))
    expect(file).toEqual({ annotations: [annotate(5, 'N')], timeResolutionHz: 250 })
  })

  test('any bytes are read or refused with a WFDB error, and never give more annotations than words', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        try {
          expect(parseAnnotations(bytes).annotations.length).toBeLessThanOrEqual(bytes.length / 2)
        } catch (error) {
          expect(error).toBeInstanceOf(WfdbError)
        }
      }),
    )
  })

  test.each([annotate(0, 'nonsense'), annotate(0, ' '), annotate(0, 'N', { aux: '€' }), annotate(2 ** 40, 'N')])(
    'what the format cannot hold is refused (%#)',
    (annotation) => {
      expect(() => encodeAnnotations([annotation])).toThrow(WfdbError)
    },
  )

  test('every code has one symbol and beats are told from the rest', () => {
    expect(new Set(symbols).size).toBe(LAST_CODE)
    for (const symbol of symbols) expect(symbolOf(codeOf(symbol) ?? -1)).toBe(symbol)
    expect(symbols.filter(isBeat)).toHaveLength(19)
    expect(isBeat('+') || isBeat('[') || isBeat('~')).toBe(false)
  })
})
