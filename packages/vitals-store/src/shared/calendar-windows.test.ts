import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { calendarWindows } from './calendar-windows.ts'

const iso = (times: number[]) => times.map((time) => new Date(time).toISOString())

describe('calendar windows', () => {
  it('follow a change of the clocks: a day of 23 hours, and one of 25', () => {
    const spring = { from: Date.parse('2024-03-30T12:00Z'), to: Date.parse('2024-04-01T12:00Z') }
    expect(iso(calendarWindows(spring, 1, 'Europe/Berlin'))).toEqual([
      '2024-03-29T23:00:00.000Z',
      '2024-03-30T23:00:00.000Z',
      '2024-03-31T22:00:00.000Z',
    ])
    const autumn = { from: Date.parse('2024-10-27T00:00Z'), to: Date.parse('2024-10-28T12:00Z') }
    expect(iso(calendarWindows(autumn, 1, 'Europe/Berlin'))).toEqual([
      '2024-10-26T22:00:00.000Z',
      '2024-10-27T23:00:00.000Z',
    ])
  })

  it('begin a day whose midnight is skipped with its first instant', () => {
    // Chile's clocks went from 24:00 to 01:00 on 2023-09-03.
    const range = { from: Date.parse('2023-09-03T12:00Z'), to: Date.parse('2023-09-03T13:00Z') }
    expect(iso(calendarWindows(range, 1, 'America/Santiago'))).toEqual(['2023-09-03T04:00:00.000Z'])
  })

  it('cover any range without a gap, beginning at midnight of the zone', () => {
    const zones = fc.constantFrom(
      'UTC',
      'Europe/Berlin',
      'America/New_York',
      'Asia/Kathmandu',
      'Pacific/Kiritimati',
      'Pacific/Pago_Pago',
    )
    const start = fc.integer({ min: Date.parse('1996-01-01'), max: Date.parse('2035-01-01') })
    fc.assert(
      fc.property(
        zones,
        start,
        fc.integer({ min: 1, max: 20 * 86_400_000 }),
        fc.integer({ min: 1, max: 7 }),
        (zone, from, length, days) => {
          const windows = calendarWindows({ from, to: from + length }, days, zone)
          expect(windows[0]).toBeLessThanOrEqual(from)
          windows.slice(1).forEach((time, index) => {
            expect(time).toBeGreaterThan(from)
            expect(Math.abs(time - (windows[index] ?? 0) - days * 86_400_000)).toBeLessThanOrEqual(2 * 3_600_000)
          })
          for (const time of windows) {
            const wall = new Intl.DateTimeFormat('en-GB', { timeZone: zone, timeStyle: 'medium' }).format(time)
            expect(wall).toBe('00:00:00')
          }
          expect((windows.at(-1) ?? 0) + days * 86_400_000 + 2 * 3_600_000).toBeGreaterThanOrEqual(from + length)
        },
      ),
      { numRuns: 60 },
    )
  })

  it('refuse an unknown zone and too many windows', () => {
    expect(() => calendarWindows({ from: 0, to: 1 }, 1, 'Mars/Base')).toThrow(/time zone/)
    expect(() => calendarWindows({ from: 0, to: 8e15 }, 1, 'UTC')).toThrow(/windows/)
    expect(() => calendarWindows({ from: 0, to: 1 }, 0, 'UTC')).toThrow(/days/)
  })
})
