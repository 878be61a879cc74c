import { describe, expect, test } from 'vitest'
import { decodeAssignment, decodeSubscription, encodeAssignment, encodeSubscription } from './protocol.ts'

describe('what members tell each other', () => {
  test('a subscription comes back the same', () => {
    const subscription = { topics: ['x.telemetry', 'x.alarms'], owned: [0, 3], generation: 7, partitions: 8 }
    expect(decodeSubscription(encodeSubscription(subscription))).toEqual(subscription)
  })

  test('an assignment comes back the same, also one of nothing', () => {
    const topics = [
      { name: 'x.telemetry', partitions: 8 },
      { name: 'x.audit', partitions: 1 },
    ]
    expect(decodeAssignment(encodeAssignment([0, 5], topics))).toEqual([0, 5])
    expect(decodeAssignment(encodeAssignment([], topics))).toEqual([])
    expect(decodeAssignment(Buffer.alloc(0))).toEqual([])
  })

  test('a claim that cannot be read is none', () => {
    const strange = encodeSubscription({ topics: ['t'], owned: [1], generation: 1, partitions: 4 })
    strange.fill('x', strange.indexOf('{'))
    expect(decodeSubscription(strange)).toEqual({ topics: ['t'], owned: [], generation: -1, partitions: 0 })
  })
})
