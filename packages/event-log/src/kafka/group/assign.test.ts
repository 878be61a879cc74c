import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { assignPartitions, type Claim } from './assign.ts'

const claim = (member: string, owned: readonly number[], generation = 1, partitions = 8): Claim => ({
  member,
  owned,
  generation,
  partitions,
})
const sizes = (shares: Map<string, number[]>): number[] => [...shares.values()].map((share) => share.length)

describe('sharing partitions out', () => {
  test('a single member has all', () => {
    expect(assignPartitions([claim('a', [])])).toEqual(new Map([['a', [0, 1, 2, 3, 4, 5, 6, 7]]]))
  })

  test('a partition that moves is nobody’s for one generation, and goes to its new owner in the next', () => {
    const first = assignPartitions([claim('a', [0, 1, 2, 3, 4, 5, 6, 7]), claim('b', [])])
    expect(first).toEqual(
      new Map([
        ['a', [0, 1, 2, 3]],
        ['b', []],
      ]),
    )
    expect(assignPartitions([claim('a', [0, 1, 2, 3]), claim('b', [])]).get('b')).toEqual([4, 5, 6, 7])
  })

  test('what is still being flushed stays with its holder, however long it takes', () => {
    const shares = assignPartitions([claim('a', [0, 1, 2, 3, 4]), claim('b', [5, 6, 7])])
    expect(shares.get('a')).toEqual([0, 1, 2, 3])
    expect(shares.get('b')).toEqual([5, 6, 7])
  })

  test('of two who claim the same, the one of the younger generation has it', () => {
    const shares = assignPartitions([claim('a', [0, 1], 3, 2), claim('b', [0], 5, 2)])
    expect(shares.get('b')).toEqual([0])
    expect(shares.get('a')).toEqual([1])
  })

  test('whoever joins and leaves: never two owners, nothing is taken without need, and it settles with fair shares', () => {
    const steps = fc.array(fc.record({ join: fc.boolean(), who: fc.integer({ min: 0, max: 5 }) }), { maxLength: 12 })
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 17 }), (moves, partitions) => {
        let held = new Map<string, number[]>([['m0', []]])
        const round = (): boolean => {
          const claims = [...held].map(([member, owned]) => claim(member, owned, 1, partitions))
          const shares = assignPartitions(claims)
          const all = [...shares.values()].flat()
          expect(new Set(all).size).toBe(all.length)
          for (const [member, share] of shares) {
            for (const other of held.keys()) {
              // Nobody is given what another holds.
              if (other !== member)
                expect(share.filter((partition) => held.get(other)?.includes(partition))).toEqual([])
            }
          }
          const settled = [...held].every(
            ([member, owned]) => JSON.stringify(owned) === JSON.stringify(shares.get(member)),
          )
          held = shares
          return settled
        }
        for (const { join, who } of moves) {
          if (join) held.set(`m${who}`, held.get(`m${who}`) ?? [])
          else if (held.size > 1) held.delete(`m${who}`)
          round()
        }
        for (let left = 3; left > 0; left--) round()
        expect(round()).toBe(true)
        expect([...held.values()].flat().sort((a, b) => a - b)).toEqual(
          Array.from({ length: partitions }, (_, index) => index),
        )
        expect(Math.max(...sizes(held)) - Math.min(...sizes(held))).toBeLessThanOrEqual(1)
      }),
    )
  })
})
