import { describe, expect, it } from 'vitest'
import { byBed, findBeds, gridFor, neighbour } from './grid.ts'

describe('ward grid', () => {
  it.each([1, 4, 8, 16, 32, 64])('has room for %i tiles, none of them a strip', (count) => {
    for (const [width, height] of [
      [1920, 1030],
      [1280, 670],
    ] as const) {
      const { columns, rows } = gridFor(count, width, height)
      expect(columns * rows).toBeGreaterThanOrEqual(count)
      expect((rows - 1) * columns).toBeLessThan(count)
      const ratio = width / columns / (height / rows)
      expect(ratio).toBeGreaterThan(0.8)
      expect(ratio).toBeLessThan(3.2)
    }
  })

  it('puts sixteen tiles on a full screen as four by four', () => {
    expect(gridFor(16, 1920, 1030)).toEqual({ columns: 4, rows: 4 })
  })
})

const beds = [
  { id: 'c', name: 'Ann', place: 'Bed 10' },
  { id: 'a', name: 'Bob', place: 'Bed 2' },
  { id: 'b', name: 'Cid' },
]

it('orders beds by their numbers, those without a bed last', () => {
  expect([...beds].sort(byBed).map((bed) => bed.id)).toEqual(['a', 'c', 'b'])
})

it('finds a bed by its number or a patient by name', () => {
  expect(findBeds(beds, '2').map((bed) => bed.id)).toEqual(['a'])
  expect(findBeds(beds, '1').map((bed) => bed.id)).toEqual(['c'])
  expect(findBeds(beds, 'ci').map((bed) => bed.id)).toEqual(['b'])
  expect(findBeds(beds, '')).toHaveLength(3)
})

it('goes with the arrows from tile to tile, and stays at the edge', () => {
  expect(neighbour('ArrowRight', 2, 4, 8)).toBe(3)
  expect(neighbour('ArrowDown', 2, 4, 8)).toBe(6)
  expect(neighbour('ArrowUp', 2, 4, 8)).toBe(2)
  expect(neighbour('ArrowRight', 7, 4, 8)).toBe(7)
  expect(neighbour('ArrowDown', -1, 4, 8)).toBe(0)
  expect(neighbour('Enter', 2, 4, 8)).toBeUndefined()
})
