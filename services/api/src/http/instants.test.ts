import fc from 'fast-check'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { every, instant, listOf, parseInstant, rangeOf, timeZone, windowOf } from './instants.ts'

const MAX_MS = 4_102_444_800_000

test('an instant is the same in ms and in RFC 3339, with any offset', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: MAX_MS }), (ms) => {
      expect(parseInstant(String(ms))).toBe(ms)
      expect(parseInstant(new Date(ms).toISOString())).toBe(ms)
    }),
  )
  expect(parseInstant('2026-11-23T01:00:00+01:00')).toBe(Date.UTC(2026, 10, 23))
  expect(instant.parse('2026-11-23T01:00:00 01:00')).toBe(Date.UTC(2026, 10, 23))
  expect(parseInstant('2026-11-23')).toBe(Date.UTC(2026, 10, 23))
})

test('what is not an instant is refused, whatever it is', () => {
  for (const text of [
    '',
    'now',
    '-1',
    '1e3',
    '12:00',
    '2026-13-01',
    '2026-11-23T25:00:00Z',
    '9'.repeat(20),
    'Mon Nov 23',
  ])
    expect(parseInstant(text)).toBeUndefined()
  fc.assert(
    fc.property(fc.string(), (text) => {
      const ms = parseInstant(text)
      expect(ms === undefined || (Number.isInteger(ms) && ms >= 0 && ms <= MAX_MS)).toBe(true)
    }),
  )
})

test('windows are fixed widths, or calendar days in a time zone', () => {
  expect(windowOf(every.parse('90s'), undefined)).toEqual({ ms: 90_000 })
  expect(windowOf(every.parse('2h'), 'Europe/Berlin')).toEqual({ ms: 7_200_000 })
  expect(windowOf(every.parse('1d'), 'Europe/Berlin')).toEqual({ days: 1, timeZone: 'Europe/Berlin' })
  expect(windowOf(every.parse('2w'), undefined)).toEqual({ days: 14, timeZone: 'UTC' })
  for (const text of ['0m', 'm', '1y', '1.5h', '-1m']) expect(every.safeParse(text).success).toBe(false)
  expect(() => windowOf('9999d', undefined)).toThrow('ten years')
  expect(timeZone.safeParse('Nowhere/Else').success).toBe(false)
})

test('a range is from and to, its span before now where they are missing, and never backwards', () => {
  expect(rangeOf({}, 10_000, 1_000)).toEqual({ from: 9_000, to: 10_000 })
  expect(rangeOf({ from: 5 }, 10_000, 1_000)).toEqual({ from: 5, to: 10_000 })
  expect(rangeOf({ to: 500 }, 10_000, 1_000)).toEqual({ from: 0, to: 500 })
  expect(() => rangeOf({ from: 2, to: 1 }, 10, 1)).toThrow('from')
})

test('a list has each of its members once', () => {
  expect(listOf(z.string()).parse('a,b,,a')).toEqual(['a', 'b'])
  expect(listOf(z.string()).parse('')).toEqual([])
})
