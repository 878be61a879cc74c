import { expect, test } from 'vitest'
import { actionWords, changeLines, targetWords } from './audit-words.ts'

test('a change is told as it was and as it is', () => {
  const fields = {
    place: { before: 'Bed 1', after: 'Bed 2' },
    'limits.heartRate': { after: { low: 40, high: 120 } },
    pregnant: { before: true },
    passwordHash: { before: '…', after: '…' },
  }
  expect(changeLines({ entities: [{ kind: 'patient', id: 'p1', fields }] })).toEqual([
    'place: Bed 1 → Bed 2',
    'limits heart rate: low 40, high 120',
    'pregnant: yes → nothing',
    'a new password',
  ])
})

test('of who wears a device only what is new is told', () => {
  const from = new Date(2026, 10, 30, 14, 2).getTime()
  const before = [{ patient: 'a', from: 1 }]
  const spans = { before, after: [...before, { patient: null, from }] }
  const createdAt = { after: 1 }
  const [line, ...more] = changeLines({ entities: [{ kind: 'association', id: 'd1', fields: { spans, createdAt } }] })
  expect(line).toMatch(/^worn by nobody from 30 Nov.*14:02:00$/)
  expect(more).toEqual([])
})

test('of several things each is named; what changes nothing in the registry says what was asked for', () => {
  const moved = (id: string) => ({ kind: 'patient', id, fields: { place: { before: 'A', after: 'B' } } })
  expect(changeLines({ entities: [moved('p1'), moved('p2')] })[1]).toBe('patient p2: place: A → B')
  expect(changeLines({ change: { seconds: 120, all: true } })).toEqual(['seconds: 120', 'all: yes'])
  expect(changeLines({})).toEqual([])
})

test('an action and its target have words; one that is new shows its route', () => {
  expect(actionWords('PATCH /patients/:id')).toBe('changed a patient')
  expect(actionWords('POST /new')).toBe('POST /new')
  expect(targetWords({ target: { id: 'p1' } })).toBe('p1')
  expect(targetWords({ entities: [{ kind: 'user', id: 'nina', fields: {} }] })).toBe('nina')
  expect(targetWords({})).toBe('')
})
