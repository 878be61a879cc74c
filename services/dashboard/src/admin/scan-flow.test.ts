import { describe, expect, test } from 'vitest'
import { parseCode } from './codes.ts'
import { EMPTY_SCAN, scanned, type Known, type Scan } from './scan-flow.ts'

const known: Known = {
  hasDevice: (id) => ['patch-1', 'patch-2', 'both'].includes(id),
  hasPatient: (id) => ['ada', 'ben', 'both'].includes(id),
}
const run = (...texts: string[]): Scan =>
  texts.reduce((scan, text) => scanned(scan, parseCode(text), text, known), EMPTY_SCAN)

describe('scanning', () => {
  test('a device and a patient in either order asks for a yes', () => {
    const confirm = { step: 'confirm', device: 'patch-1', patient: 'ada' }
    expect(run('pulsewire:device:patch-1', 'pulsewire:patient:ada')).toEqual(confirm)
    expect(run('ada', 'patch-1')).toEqual(confirm)
  })

  test('another one in the place of the first counts, also at the question', () => {
    expect(run('patch-1', 'patch-2')).toEqual({ step: 'scan', device: 'patch-2' })
    expect(run('patch-1', 'ada', 'ben')).toEqual({ step: 'confirm', device: 'patch-1', patient: 'ben' })
  })

  test('what was just put together stays done while its labels are still in sight; another one begins anew', () => {
    const done: Scan = { step: 'done', wearing: { device: 'patch-1', patient: 'ada', before: null }, from: 1 }
    const next = (text: string) => scanned(done, parseCode(text), text, known)
    expect(next('pulsewire:device:patch-1')).toBe(done)
    expect(next('ada')).toBe(done)
    expect(next('patch-2')).toEqual({ step: 'scan', device: 'patch-2' })
  })

  test('what is unknown or of two meanings is said, and what was scanned before stays', () => {
    expect(run('patch-1', 'pulsewire:patient:nobody')).toEqual({
      step: 'scan',
      device: 'patch-1',
      problem: 'There is no patient with the id nobody',
    })
    expect(run('pulsewire:patient:patch-1')).toMatchObject({ problem: 'There is no patient with the id patch-1' })
    expect(run('both')).toMatchObject({ problem: 'both is a device and a patient: scan a label that says which' })
    expect(run('patch-1', 'http://x')).toMatchObject({
      device: 'patch-1',
      problem: expect.stringContaining('http://x'),
    })
  })
})
