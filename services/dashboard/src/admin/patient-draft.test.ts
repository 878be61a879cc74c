import { expect, test } from 'vitest'
import { changeOf, differences, draftOf } from './patient-draft.ts'

const ada = draftOf({ name: 'Ada', place: 'Bed 1', sex: 'female', escalateAfterS: { high: 30, medium: 90 } })

test('only what was typed and differs is sent; what was emptied is removed', () => {
  expect(changeOf(ada, {})).toEqual({ change: {} })
  expect(changeOf(ada, { name: 'Ada', place: ' Bed 2 ' })).toEqual({ change: { place: 'Bed 2' } })
  expect(changeOf(ada, { place: '', sex: '', pregnant: 'no', spo2Scale: '2' })).toEqual({
    change: { place: null, sex: null, pregnant: false, spo2Scale: 2 },
  })
  expect(changeOf(ada, { escalation: 'amal, , team', afterHighS: '', afterMediumS: '' })).toEqual({
    change: { escalation: ['amal', 'team'], escalateAfterS: null },
  })
})

test('what cannot be is said', () => {
  expect(changeOf(ada, { name: ' ' })).toEqual({ problem: 'A patient needs a name' })
  expect(changeOf(ada, { afterHighS: '' })).toEqual({ problem: 'Give both times of escalation, or neither' })
  expect(changeOf(ada, { afterHighS: '5' })).toEqual({ problem: 'A high alarm goes a step up after 15 to 600 seconds' })
  expect(changeOf(ada, { afterMediumS: 'x' })).toEqual({
    problem: 'A medium alarm goes a step up after 60 to 3600 seconds',
  })
})

test('two drafts differ in what somebody else changed', () => {
  expect(differences(ada, { ...ada, place: 'Bed 3', pregnant: 'yes' })).toEqual(['place', 'pregnant'])
})
