import { ROLES } from '@pulsewire/contracts'
import { expect, test } from 'vitest'
import { ROLE_WORDS, sectionOf, sectionsFor } from './sections.ts'

test('everybody may change their own password; who has one role more sees no less', () => {
  for (const role of ROLES) {
    expect(sectionsFor([role])).toContain('password')
    expect(sectionsFor([role, 'viewer'])).toEqual(sectionsFor([role]))
    expect(ROLE_WORDS[role].may).not.toBe('')
  }
  expect(sectionsFor(['viewer'])).toEqual(['password'])
})

test('an address leads to a page that the roles allow', () => {
  expect(sectionOf('audit', ['admin'])).toBe('audit')
  expect(sectionOf('audit', ['clinician'])).toBe('patients')
  expect(sectionOf('nonsense', ['viewer'])).toBe('password')
  expect(sectionOf(undefined, [])).toBeUndefined()
})
