import { describe, expect, it } from 'vitest'
import { placeOf, toDisclosure, toStrip } from './address.ts'
import { routeOf } from '../../hooks.ts'

const AT = Date.UTC(2026, 10, 30, 14, 2, 11)

describe('the address of a strip', () => {
  it('names patient, time and alarm, and is read back', () => {
    const address = toStrip('bed 4/a', { atMs: AT, alarm: 'p1.asystole.5' })
    expect(routeOf(address)).toEqual({ view: 'patient', patient: 'bed 4/a', section: 'strip' })
    expect(placeOf(address)).toEqual({ atMs: AT, alarm: 'p1.asystole.5' })
    expect(address).toContain('2026-11-30T14%3A02%3A11.000Z')
  })

  it('may name no alarm; without a time it is no place', () => {
    expect(placeOf(toDisclosure('p1', { atMs: AT }))).toEqual({ atMs: AT })
    expect(placeOf('#/patient/p1/strip')).toBeUndefined()
    expect(placeOf('#/patient/p1/strip?at=yesterday')).toBeUndefined()
  })
})
