import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createAcknowledgements } from './acknowledgements.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)))

describe('acknowledgements', () => {
  it('go out in the order of arrival, each once, whatever the order in which they are settled', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(), { minLength: 1, maxLength: 60 }), fc.nat(5), async (keys, pauses) => {
        const sent: number[] = []
        const acknowledgements = createAcknowledgements((packets) => sent.push(...packets))
        const settle = keys.map((_, i) => acknowledgements.expect(Buffer.from([i])))
        const order = keys.map((key, index) => ({ key, index })).sort((a, b) => a.key - b.key)
        const settled = new Set<number>()
        for (const [step, { index }] of order.entries()) {
          settle[index]?.()
          settled.add(index)
          if (step % (pauses + 1) === 0) await turn()
          expect(sent.every((each) => settled.has(each))).toBe(true)
        }
        await turn()
        expect(sent).toEqual(keys.map((_, i) => i))
        expect(acknowledgements.owed).toBe(0)
      }),
      { numRuns: 40 },
    )
  })

  it('wait for the first that is not settled', async () => {
    const sent: number[] = []
    const acknowledgements = createAcknowledgements((packets) => sent.push(...packets))
    const first = acknowledgements.expect(Buffer.from([1]))
    const others = Array.from({ length: 5_000 }, () => acknowledgements.expect(Buffer.from([2])))
    for (const settle of others) settle()
    await turn()
    expect([sent.length, acknowledgements.owed]).toEqual([0, 5_001])
    first()
    await turn()
    expect([sent[0], sent.length, acknowledgements.owed]).toEqual([1, 5_001, 0])
  })
})
