import { describe, expect, it } from 'vitest'
import { routeOf, toAdmin, toPatient, toReports, toWard } from './hooks.ts'

describe('addresses', () => {
  it('lead back to what they were made from', () => {
    expect(routeOf(toWard)).toEqual({ view: 'ward' })
    expect(routeOf(toPatient('bed 4/a', 'disclosure'))).toEqual({
      view: 'patient',
      patient: 'bed 4/a',
      section: 'disclosure',
    })
    expect(routeOf(toPatient('p-1'))).toEqual({ view: 'patient', patient: 'p-1' })
    expect(routeOf(toAdmin())).toEqual({ view: 'admin' })
    expect(routeOf(toAdmin('devices', 'patch-1'))).toEqual({ view: 'admin', section: 'devices', item: 'patch-1' })
    expect(routeOf(toReports('burden'))).toEqual({ view: 'reports', section: 'burden' })
  })
  it('that lead nowhere lead to the ward', () => {
    for (const hash of ['', '#', '#/', '#/nowhere', '#/patient', '#/patient/'])
      expect(routeOf(hash)).toEqual({ view: 'ward' })
  })
  it('that no browser wrote (a broken escape) lead to the ward', () => {
    expect(routeOf('#/patient/%E0%A4%A')).toEqual({ view: 'ward' })
  })
})
