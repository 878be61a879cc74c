import { ERRORS } from '@pulsewire/contracts'
import { expect, test } from 'vitest'
import { troubleWords } from './trouble-words.ts'

test('says what went wrong and what to do', () => {
  expect(troubleWords({ what: 'refused', code: 'PW_DEVICE_UNKNOWN' })).toContain('wrong password')
  const detail = 'vitals.spo2 must be <= 100'
  expect(troubleWords({ what: 'quarantined', code: 'PW_PAYLOAD_INVALID', detail })).toBe(
    'It sent a message whose fields are not as the contract says: vitals.spo2 must be <= 100.',
  )
  expect(troubleWords({ what: 'quarantined', code: 'PW_TOPIC_UNKNOWN', topic: 'ecg/1', detail: 'x' })).toContain(
    'ecg/1',
  )
})

test('has words for every code', () => {
  for (const code of Object.keys(ERRORS)) {
    for (const what of ['refused', 'quarantined'] as const)
      expect(troubleWords({ what, code })).toMatch(/^Its? .+[.)]$/)
  }
})
