import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { EMPTY_GROUP, groupLeave, groupRelease, groupRound, type GroupState, type RoundOutcome } from './group-state.ts'

const PARTITIONS = 8
const LEASE_MS = 10_000

const round = (state: GroupState, member: string, now = 0, dead: ReadonlySet<string> = new Set()): RoundOutcome =>
  groupRound(state, {
    member,
    process: `process of ${member}`,
    topics: ['telemetry'],
    partitions: PARTITIONS,
    now,
    leaseMs: LEASE_MS,
    isAlive: (process) => !dead.has(process),
  })

/** Rounds of all members, each giving up at once what it has too much, until nothing changes. */
function settle(start: GroupState, members: readonly string[], now: number): { state: GroupState; rounds: number } {
  let state = start
  for (let rounds = 1; ; rounds++) {
    let moved = false
    for (const member of members) {
      const outcome = round(state, member, now)
      state = outcome.excess.reduce((left, partition) => groupRelease(left, member, partition), outcome.state)
      moved ||= outcome.changed || outcome.excess.length > 0
    }
    if (!moved) return { state, rounds }
    if (rounds > 10) throw new Error('does not settle')
  }
}

const heldBy = (state: GroupState, member: string): string[] =>
  Object.entries(state.leases).flatMap(([partition, lease]) => (lease.member === member ? [partition] : []))

describe('consumer group', () => {
  test('the first member takes all partitions, a second one only what is given up', () => {
    const first = round(EMPTY_GROUP, 'a')
    expect([...first.owned.keys()]).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    const second = round(first.state, 'b')
    expect(second.owned.size).toBe(0)
    const again = round(second.state, 'a')
    expect(again.excess).toEqual([4, 5, 6, 7])
    const given = again.excess.reduce((state, partition) => groupRelease(state, 'a', partition), again.state)
    expect([...round(given, 'b').owned.keys()]).toEqual([4, 5, 6, 7])
  })

  test('a member whose process is dead loses its partitions at once, a silent one when its lease is over', () => {
    const { state } = settle(EMPTY_GROUP, ['a', 'b'], 0)
    expect(round(state, 'b', 1).owned.size).toBe(4)
    expect(round(state, 'b', 1, new Set(['process of a'])).owned.size).toBe(8)
    expect(round(state, 'b', LEASE_MS - 1).owned.size).toBe(4)
    expect(round(state, 'b', LEASE_MS).owned.size).toBe(8)
  })

  test('a lease that changed hands has a new epoch, also after it came back', () => {
    const first = round(EMPTY_GROUP, 'a')
    const epoch = first.owned.get(0) ?? 0
    const back = round(groupRelease(first.state, 'a', 0), 'a')
    expect(back.owned.get(0)).toBeGreaterThan(epoch)
    const left = groupLeave(first.state, 'a')
    expect(left.members).toEqual({})
    expect(left.leases[0]).toEqual({ member: null, epoch: epoch + 1 })
  })

  test('a member that hangs loses its partitions in time also after the clock was set back', () => {
    const hour = 3_600_000
    const { state } = settle(EMPTY_GROUP, ['a', 'b'], hour)
    const seen = round(state, 'b', 0).state
    expect(heldBy(round(seen, 'b', LEASE_MS - 1).state, 'a')).toHaveLength(4)
    expect(heldBy(round(seen, 'b', LEASE_MS).state, 'b')).toHaveLength(8)
  })

  test('a heartbeat alone changes nothing', () => {
    const { state } = settle(EMPTY_GROUP, ['a', 'b', 'c'], 0)
    expect(round(state, 'b', 5).changed).toBe(false)
  })

  test('whatever members come, leave and die: epochs only grow, and it settles with fair shares that no one loses again', () => {
    const step = fc.record({
      member: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      what: fc.constantFrom('round', 'leave', 'pass'),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 5 }), (steps, alive) => {
        let state = EMPTY_GROUP
        let now = 0
        for (const { member, what } of steps) {
          const before = state
          if (what === 'pass') now += 4_000
          else if (what === 'leave') state = groupLeave(state, member)
          else {
            const outcome = round(state, member, now)
            state = outcome.excess.reduce((left, partition) => groupRelease(left, member, partition), outcome.state)
          }
          for (const [partition, lease] of Object.entries(before.leases)) {
            const after = state.leases[partition]
            if (after === undefined || after.epoch < lease.epoch) return false
            if (after.member !== lease.member && after.epoch === lease.epoch) return false
          }
        }
        const members = ['a', 'b', 'c', 'd', 'e'].slice(0, alive)
        const settled = settle(state, members, now + LEASE_MS)
        const shares = members.map((member) => heldBy(settled.state, member).length)
        return (
          shares.reduce((sum, share) => sum + share, 0) === PARTITIONS &&
          Math.max(...shares) - Math.min(...shares) <= 1 &&
          settle(settled.state, members, now + LEASE_MS).rounds === 1
        )
      }),
    )
  })
})
