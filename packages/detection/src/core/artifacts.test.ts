import { describe, expect, test } from 'vitest'
import type { Finding, VitalValues } from '@pulsewire/contracts'
import { createPatientMonitor } from '../patient-monitor.ts'
import { PATIENT, START, findingsIn, messagesOf } from '../test-support/node.ts'
import type { PatientContext } from '../types.ts'

const CONTEXT: PatientContext = { devices: [{ id: 'd1', since: START }] }
const WELL: VitalValues = { heartRate: 72, pulseRate: 72, spo2: 97, respirationRate: 15, temperature: 36.9, supplementalOxygen: 0, consciousness: 'A' } // prettier-ignore
/** Nearly ill enough: a NEWS2 of 5 while the pressure is well. */
const ILL: VitalValues = { ...WELL, respirationRate: 22, spo2: 95, heartRate: 112, pulseRate: 112 }

function findings(vitals: (second: number) => VitalValues, seconds = 300): Finding[] {
  const monitor = createPatientMonitor({ patient: PATIENT, context: CONTEXT })
  return messagesOf({ seconds, leads: [], vitals }).flatMap((input) => findingsIn(monitor.telemetry(input)))
}
const high = (all: readonly Finding[]): string[] => [
  ...new Set(all.filter(({ priority }) => priority === 'high').map(({ type, code }) => `${type} ${code ?? ''}`.trim())),
]
/** A cuff that measures once a minute. */
const cuff = (at: number, systolic: (minute: number) => number): VitalValues =>
  at % 60 === 10 ? { systolic: systolic(Math.floor(at / 60)) } : {}

describe('one odd reading does not ring with high priority', () => {
  test.each([50, 240])('a cuff that measures %i mmHg once is of medium priority', (odd) => {
    const all = findings((at) => ({ ...WELL, ...cuff(at, (minute) => (minute === 2 ? odd : 122)) }))
    expect(high(all)).toEqual([])
    expect(all).toContainEqual(expect.objectContaining({ type: 'limit', code: 'systolic', priority: 'medium' }))
  })
  test('nor does the score of one who is nearly ill enough', () => {
    const all = findings((at) => ({ ...ILL, ...cuff(at, (minute) => (minute === 2 ? 84 : 122)) }))
    expect(high(all)).toEqual([])
    expect(all.some(({ message }) => message.includes('again'))).toBe(true)
  })
  test('a probe that reads 20 °C once does not', () => {
    expect(high(findings((at) => ({ ...WELL, temperature: at === 100 ? 20 : 36.9 })))).toEqual([])
  })
  test.each([
    ['a second', 1],
    ['nine seconds', 9],
  ])('SpO2 of 60 %% for %s does not, nor while it is somewhat low', (_for, seconds) => {
    const odd = (at: number): boolean => at >= 100 && at < 100 + seconds
    expect(high(findings((at) => ({ ...WELL, spo2: odd(at) ? 60 : 97 })))).toEqual([])
    expect(high(findings((at) => ({ ...WELL, spo2: odd(at) ? 60 : 89 })))).toEqual([])
  })
  test('SpO2 measured once a minute: one of 60 % does not', () => {
    const once = (at: number): VitalValues => (at % 60 === 5 ? { ...ILL, spo2: at > 180 && at < 240 ? 60 : 96 } : {})
    expect(high(findings((at) => ({ ...once(at), heartRate: 112 })))).toEqual([])
  })
})

describe('what is so does ring', () => {
  test('a pressure that the second measurement confirms', () => {
    const all = findings((at) => ({ ...WELL, ...cuff(at, (minute) => (minute >= 2 ? 62 : 122)) }))
    expect(high(all)).toEqual(['limit systolic'])
    const first = all.find(({ priority }) => priority === 'high')
    expect(((first?.seenUntil ?? Infinity) - START) / 1000).toBeLessThan(192)
  })
  test('a pressure that another vital confirms, at once', () => {
    const all = findings((at) => ({ ...WELL, heartRate: at > 100 ? 135 : 72, ...cuff(at, (minute) => (minute >= 2 ? 62 : 122)) })) // prettier-ignore
    const first = all.find(({ priority }) => priority === 'high')
    expect(((first?.seenUntil ?? Infinity) - START) / 1000).toBeLessThan(132)
  })
  test('a NEWS2 of 7 that stays', () => {
    const all = findings((at) => ({ ...ILL, ...cuff(at, (minute) => (minute >= 1 ? 84 : 122)) }))
    expect(high(all)).toContain('news2')
  })
  test('SpO2 that stays down', () => {
    expect(high(findings((at) => ({ ...WELL, spo2: at > 100 ? 82 : 97 }), 130))).toEqual(['limit spo2'])
  })
  test('what a person measured, at once', () => {
    const monitor = createPatientMonitor({ patient: PATIENT, context: CONTEXT })
    const outputs = monitor.staff({
      command: {
        type: 'observation',
        id: 'c1',
        patient: PATIENT,
        by: 'nurse',
        at: START,
        observedAt: START,
        vitals: { systolic: 62 },
      },
      position: { topic: 'staff-commands', partition: 0, offset: 1 },
    })
    expect(high(findingsIn(outputs))).toEqual(['limit systolic'])
  })
})
