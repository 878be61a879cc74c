import { describe, expect, it } from 'vitest'
import { pageOf, unitOf, unitsOf, wardAddress, wardQuery } from './unit.ts'

describe('the unit of a place', () => {
  it.each([
    ['ICU Bed 4', 'ICU'],
    ['Ward 3, Bed 12', 'Ward 3'],
    ['Ward 3 / 12', 'Ward 3'],
    ['3-12b', '3'],
    ['Cardiology room 7', 'Cardiology'],
    ['Cardiology · Room 7 · Bed 2', 'Cardiology'],
    ['ICU 7', 'ICU'],
  ])('%s is of %s', (place, unit) => expect(unitOf(place)).toBe(unit))

  it.each([undefined, '', 'Bed 4', 'Room 4', '12', 'Corridor'])('%s is of none', (place) =>
    expect(unitOf(place)).toBeUndefined(),
  )

  it('are listed once each, in the order of their numbers', () => {
    const beds = ['Ward 10, Bed 1', 'Ward 2, Bed 1', 'Ward 2, Bed 2', undefined].map((place) => ({ place }))
    expect(unitsOf(beds)).toEqual(['Ward 2', 'Ward 10'])
  })
})

describe('the part of the ward that is shown', () => {
  const beds = Array.from({ length: 130 }, (_, index) => index)

  it('is all of it up to sixty-four, else pages of them', () => {
    expect(pageOf(beds.slice(0, 64), 1)).toEqual({ shown: beds.slice(0, 64), page: 1, pages: 1 })
    expect(pageOf(beds, 3)).toEqual({ shown: beds.slice(128), page: 3, pages: 3 })
    expect(pageOf(beds, 9).page).toBe(3)
  })

  it('stands in the address', () => {
    expect(wardQuery(wardAddress({ unit: 'Ward 3 & 4', page: 2 }))).toEqual({ unit: 'Ward 3 & 4', page: 2 })
    expect(wardAddress({ unit: undefined, page: 1 })).toBe('#/')
    expect(wardQuery('#/')).toEqual({ unit: undefined, page: 1 })
    expect(wardQuery('#/?page=x')).toEqual({ unit: undefined, page: 1 })
  })
})
