import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeTag, decodeText, encodeTag, encodeText, identityOf, lineOf, nanoseconds, NOBODY_TAG } from './line.ts'

const text = fc.string({ unit: 'binary', maxLength: 40 })

/** A line read as its grammar says: escapes undone, one level. */
function parse(line: string) {
  const match = /^((?:\\.|[^\\, ])+)((?:,[a-z]+=(?:\\.|[^\\, ])*)*) (.*) (\d+)$/s.exec(line)
  const tags = [...(match?.[2] ?? '').matchAll(/,([a-z]+)=((?:\\.|[^\\, ])*)/gs)]
  const fields = [...(match?.[3] ?? '').matchAll(/([a-z]+)=(?:"((?:\\.|[^\\"])*)"|([^,]+))(?:,|$)/gs)]
  return {
    measurement: match?.[1],
    tags: Object.fromEntries(tags.map(([, key, value = '']) => [key, value.replaceAll(/\\([,= ])/g, '$1')])),
    fields: Object.fromEntries(
      fields.map(([, key, quoted, bare]) => [key, quoted?.replaceAll(/\\(["\\])/g, '$1') ?? bare]),
    ),
    time: match?.[4],
  }
}

describe('a line', () => {
  it('says what it was given, whatever the text: spaces, commas, equals, quotes, backslashes, newlines, any script', () => {
    fc.assert(
      fc.property(text, text, fc.double({ noNaN: true, noDefaultInfinity: true }), (tag, field, number) => {
        const line = lineOf(
          'vitals',
          { device: tag, code: 'x' },
          { text: field, value: number },
          nanoseconds(1_700_000_000_000, 42),
        )
        const { measurement, tags, fields, time } = parse(line)
        expect(measurement).toBe('vitals')
        expect(decodeTag(tags['device'] ?? '')).toBe(tag)
        expect(tags['code']).toBe('x')
        expect(fields['text']).toBe(field)
        expect(Number(fields['value'])).toBe(number === 0 ? 0 : number)
        expect(time).toBe('1700000000000000042')
      }),
    )
  })

  it('has tags in one line of text, none of them empty, and different ones for different texts', () => {
    fc.assert(
      fc.property(text, text, (one, other) => {
        expect(encodeTag(one)).toMatch(/^[^\n\r\\]+$/)
        expect(encodeTag(one) === encodeTag(other)).toBe(one === other)
      }),
    )
    expect(encodeTag('')).toBe(NOBODY_TAG)
    expect(decodeTag(encodeTag(NOBODY_TAG))).toBe(NOBODY_TAG)
  })

  it('has words and units in a form that CSV does not change, and gives them back', () => {
    fc.assert(
      fc.property(fc.oneof(text, fc.stringMatching(/^[%0-9A-F]*$/)), (word) => {
        // oxlint-disable-next-line no-control-regex -- they are what must not be there
        expect(encodeText(word)).not.toMatch(/[\u0000-\u001f\u007f]/)
        expect(decodeText(encodeText(word))).toBe(word)
      }),
    )
    for (const plain of ['V', '%', 'mm[Hg]', 'mg/dL']) expect(encodeText(plain)).toBe(plain)
  })

  it('leaves the ids, codes and signals of the contract as they are', () => {
    for (const plain of ['p1', 'ward-3_bed', 'heartRate.ecg', 'ecg.II', 'telemetry'])
      expect(encodeTag(plain)).toBe(plain)
  })

  it('has the identity of its series and time, whatever its fields say', () => {
    const time = nanoseconds(5, 7)
    const line = lineOf('vitals', { patient: 'a b,c' }, { text: 'x y=1 9' }, time)
    expect(identityOf(line)).toBe(identityOf(lineOf('vitals', { patient: 'a b,c' }, { value: 2 }, time)))
    expect(identityOf(line)).not.toBe(
      identityOf(lineOf('vitals', { patient: 'a b,c' }, { value: 2 }, nanoseconds(5, 8))),
    )
    expect(identityOf(line)).not.toBe(identityOf(lineOf('vitals', { patient: 'a b' }, { value: 2 }, time)))
    expect(nanoseconds(0, 7)).toBe('7')
  })
})
