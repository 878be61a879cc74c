import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { covers, mayConsume } from './subscriptions.ts'

describe('subscriptions', () => {
  it('cover what MQTT says they cover', () => {
    const cases: [string, string, boolean][] = [
      ['bsn/v1/d/notice', 'bsn/v1/d/notice', true],
      ['bsn/v1/d/+', 'bsn/v1/d/notice', true],
      ['bsn/v1/d/#', 'bsn/v1/d/command/ack', true],
      ['bsn/v1/d/#', 'bsn/v1/d', true],
      ['bsn/v1/d/+', 'bsn/v1/d/command/ack', false],
      ['bsn/v1/d/command/#', 'bsn/v1/d/notice', false],
      ['bsn/v1/d', 'bsn/v1/d/notice', false],
    ]
    for (const [filter, topic, expected] of cases)
      expect([filter, topic, covers(filter, topic)]).toEqual([filter, topic, expected])
  })

  it('never let a device hear anything outside its own root', () => {
    const level = fc.constantFrom('bsn', 'v1', 'd1', 'd2', '+', '#', '$share', '', 'notice')
    const topics = ['bsn/v1/d2/notice', 'bsn/v1/d2', 'bsn/v1', '$SYS/x', 'bsn/v1/d1x/notice']
    fc.assert(
      fc.property(fc.array(level, { minLength: 1, maxLength: 6 }), (levels) => {
        const filter = levels.join('/')
        if (!mayConsume('d1', filter)) return
        for (const topic of topics) expect(covers(filter, topic)).toBe(false)
      }),
      { numRuns: 3_000 },
    )
  })
})
