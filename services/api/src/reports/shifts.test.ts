import { describe, expect, test } from 'vitest'
import { calendarDays } from './calendar-days.ts'
import { shiftAt, shiftTimes } from './shifts.ts'

const berlin = { timeZone: 'Europe/Berlin', startsAt: ['06:00', '14:00', '22:00'] }
const at = (text: string) => Date.parse(text)
const shift = (text: string, times = berlin) => {
  const { from, to } = shiftAt(at(text), times)
  return [new Date(from).toISOString().slice(0, 16), new Date(to).toISOString().slice(0, 16)]
}

describe('shifts', () => {
  test('an instant lies in one, its beginning included', () => {
    expect(shift('2026-05-04T06:30:00Z')).toEqual(['2026-05-04T04:00', '2026-05-04T12:00'])
    expect(shift('2026-05-04T12:00:00Z')).toEqual(['2026-05-04T12:00', '2026-05-04T20:00'])
    // The night: half past one in Berlin.
    expect(shift('2026-05-03T23:30:00Z')).toEqual(['2026-05-03T20:00', '2026-05-04T04:00'])
  })

  test('a night in which clocks change is an hour longer or shorter', () => {
    expect(shift('2026-03-29T01:30:00Z')).toEqual(['2026-03-28T21:00', '2026-03-29T04:00'])
    expect(shift('2026-10-25T01:30:00Z')).toEqual(['2026-10-24T20:00', '2026-10-25T05:00'])
  })

  test('one shift is a day', () =>
    expect(shift('2026-05-04T01:00:00Z', { timeZone: 'UTC', startsAt: ['07:00'] })).toEqual([
      '2026-05-03T07:00',
      '2026-05-04T07:00',
    ]))

  test('what is no time, or named twice, is refused', () => {
    for (const startsAt of [[], ['7:00'], ['24:00'], ['07:00', '07:00']]) {
      expect(shiftTimes.safeParse({ timeZone: 'UTC', startsAt }).success).toBe(false)
    }
    expect(shiftTimes.safeParse({ timeZone: 'Mars', startsAt: ['07:00'] }).success).toBe(false)
  })

  test('calendar days of a zone, over a change of the clocks', () => {
    const days = calendarDays({ from: at('2026-03-28T12:00:00Z'), to: at('2026-03-30T00:00:00Z') }, 'Europe/Berlin')
    expect(days.map(({ from, to }) => (to - from) / 3_600_000)).toEqual([11, 23, 2])
    expect(calendarDays({ from: 5, to: 5 }, 'UTC')).toEqual([])
  })
})
