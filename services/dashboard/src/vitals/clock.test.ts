import { expect, it } from 'vitest'
import { ageAndSex, sinceText, yearsOf } from './clock.ts'

const NOON = new Date(2026, 10, 23, 12, 0, 0).getTime()

it('counts whole years, birthdays included', () => {
  expect(yearsOf('1955-11-23', NOON)).toBe(71)
  expect(yearsOf('1955-11-24', NOON)).toBe(70)
  expect(yearsOf(undefined, NOON)).toBeUndefined()
  expect(yearsOf('soon', NOON)).toBeUndefined()
})

it('says age and sex as far as they are known', () => {
  expect(ageAndSex({ dateOfBirth: '1955-01-01', sex: 'male' }, NOON)).toBe('71 m')
  expect(ageAndSex({ sex: 'female' }, NOON)).toBe('f')
  expect(ageAndSex({}, NOON)).toBe('')
})

it('names the day only when it is another one', () => {
  expect(sinceText(NOON - 60_000, NOON)).toBe('11:59')
  expect(sinceText(NOON - 86_400_000, NOON)).toBe('22 Nov 12:00')
})
