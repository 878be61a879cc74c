import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { WfdbError } from './errors.ts'
import { formatHeader, parseHeader, type WfdbHeader } from './header.ts'

describe('a header', () => {
  test('of MIT-BIH is read in every field', () => {
    const header = parseHeader(
      '101 2 360 650000\n101.dat 212 200 11 1024 955 29832 0 MLII\n101.dat 212 200 11 1024 992 19589 0 V1\n# 75 F 1011\n',
    )
    expect(header).toMatchObject({ name: '101', rateHz: 360, sampleCount: 650000, comments: ['75 F 1011'] })
    expect(header.signals[0]).toEqual({
      fileName: '101.dat',
      format: 212,
      skew: 0,
      byteOffset: 0,
      samplesPerFrame: 1,
      gainPerUnit: 200,
      baseline: 1024,
      unit: 'mV',
      adcResolutionBits: 11,
      adcZero: 1024,
      initialValue: 955,
      checksum: 29832,
      blockSize: 0,
      name: 'MLII',
    })
  })

  test('gives gain, baseline, unit, byte offset, skew and samples per frame', () => {
    const { signals } = parseHeader('r 3\na.mat 16+24 3.888e+04/NU\na.dat 212x4:7 12.84(-1605)/mmHg 12 0\nb.dat 16\n')
    expect(signals[0]).toMatchObject({ byteOffset: 24, gainPerUnit: 38880, baseline: 0, unit: 'NU', name: 'signal 0' })
    expect(signals[1]).toMatchObject({ samplesPerFrame: 4, skew: 7, gainPerUnit: 12.84, baseline: -1605, unit: 'mmHg' })
    expect(signals[2]).toMatchObject({ gainPerUnit: 200, unit: 'mV', baseline: 0 })
    expect(signals[2]).not.toHaveProperty('checksum')
  })

  test('takes time and date in the orders and spellings that databases use', () => {
    const startOf = (words: string): unknown => {
      const { startTime, startDate } = parseHeader(`r 0 250 10 ${words}`)
      return [startTime, startDate]
    }
    expect(startOf('17:27:45 15/08/1994')).toEqual(['17:27:45', '1994-08-15'])
    expect(startOf('2014-05-08 05:05:15 ')).toEqual(['05:05:15', '2014-05-08'])
    expect(startOf('9:05:15.250 04-Jun-2020')).toEqual(['09:05:15.250', '2020-06-04'])
    expect(startOf('10:47:44.449')).toEqual(['10:47:44.449', undefined])
  })

  test('of a multi-segment record is refused as unsupported', () => {
    expect(() => parseHeader('s25047/20 2 125 100')).toThrow(expect.objectContaining({ code: 'WFDB_UNSUPPORTED' }))
  })

  test.each([
    '',
    'r',
    'r x',
    'r -1',
    'r 2 250 10\na.dat 16\n',
    'r 1 0\na.dat 16',
    'r 1 250 1 nine',
    'r 99999999999 250',
  ])('that is damaged (%j) is refused as invalid', (text) => {
    expect(() => parseHeader(text)).toThrow(expect.objectContaining({ code: 'WFDB_HEADER_INVALID' }))
  })

  const word = fc.stringMatching(/^[A-Za-z0-9_]{1,12}$/)
  const integer = fc.integer({ min: -100_000, max: 100_000 })
  const arbitraryHeader: fc.Arbitrary<WfdbHeader> = fc.record(
    {
      name: word,
      rateHz: fc.oneof(fc.integer({ min: 1, max: 5000 }), fc.double({ min: 0.01, max: 5000, noNaN: true })),
      sampleCount: fc.integer({ min: 1, max: 1e9 }),
      startTime: fc.constantFrom('00:00:00', '23:59:59.125'),
      startDate: fc.constantFrom('1999-12-31', '2026-01-02'),
      comments: fc.array(fc.constantFrom('75 F', 'Digoxin', '')),
      signals: fc.array(
        fc.record({
          fileName: word.map((name) => `${name}.dat`),
          format: fc.constantFrom(16, 212),
          skew: fc.nat(10),
          byteOffset: fc.nat(100),
          samplesPerFrame: fc.integer({ min: 1, max: 4 }),
          gainPerUnit: fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
          baseline: integer,
          unit: word,
          adcResolutionBits: fc.nat(24),
          adcZero: integer,
          initialValue: integer,
          checksum: fc.integer({ min: -32768, max: 32767 }),
          blockSize: fc.nat(1024),
          name: fc.constantFrom('MLII', 'V1', 'ABP', 'lead two'),
        }),
        { maxLength: 4 },
      ),
    },
    { requiredKeys: ['name', 'rateHz', 'signals', 'comments'] },
  )

  test('that was written is read back the same', () => {
    fc.assert(
      fc.property(arbitraryHeader, (header) => {
        fc.pre(header.startTime !== undefined || header.startDate === undefined)
        expect(parseHeader(formatHeader(header))).toEqual(header)
      }),
    )
  })

  test('of any text is read or refused with a WFDB error', () => {
    const piece = fc.oneof(fc.constantFrom('r 1 250\n', 'a.dat 16 ', '200(0)/mV ', '\n', '#', '1e400 '), fc.string())
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        try {
          parseHeader(pieces.join(''))
        } catch (error) {
          expect(error).toBeInstanceOf(WfdbError)
        }
      }),
    )
  })
})
