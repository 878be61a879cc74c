import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createLimitState, stepLimit, type LimitStep } from './limit-watch.ts'

const OPTIONS = { delayMs: 10_000, hysteresis: 2 }
const LIMIT = { low: 50, high: 120 }

/** Values one second apart; what happened, with the second. */
function run(values: readonly number[], options = OPTIONS, limit: { low?: number; high?: number } = LIMIT): string[] {
  const state = createLimitState()
  const told: string[] = []
  values.forEach((value, second) => {
    for (const step of stepLimit(state, { timeMs: second * 1_000, value }, limit, options)) {
      if (step.kind === 'opened' || step.kind === 'ended') told.push(`${second} ${step.kind} ${step.side}`)
    }
  })
  return told
}
const times = (count: number, value: number): number[] => Array.from({ length: count }, () => value)

describe('limits', () => {
  test('a value on the limit is inside', () => expect(run([...times(30, 50), ...times(30, 120)])).toEqual([]))
  test('a violation counts from the delay on', () => {
    expect(run([...times(5, 80), ...times(11, 45), ...times(5, 80)])).toEqual(['15 opened low', '16 ended low'])
  })
  test('a shorter one does not count', () =>
    expect(run([...times(5, 80), ...times(10, 45), ...times(20, 80)])).toEqual([]))
  test('it ends only inside by the hysteresis', () => {
    expect(run([...times(11, 125), ...times(5, 119), 118])).toEqual(['10 opened high', '16 ended high'])
  })
  test('from one side to the other is an end and a new wait', () => {
    expect(run([...times(11, 125), ...times(11, 40)])).toEqual(['10 opened high', '11 ended high', '21 opened low'])
  })
  test('without a delay it opens at once', () =>
    expect(run([45], { ...OPTIONS, delayMs: 0 })).toEqual(['0 opened low']))
  test('an absent side is not watched', () => expect(run(times(60, 300), OPTIONS, { low: 50 })).toEqual([]))
  test('the worst value is kept', () => {
    const state = createLimitState()
    let last: LimitStep | undefined
    ;[45, 30, 48].forEach((value, index) => {
      last = stepLimit(state, { timeMs: index, value }, LIMIT, { ...OPTIONS, delayMs: 0 }).at(-1)
    })
    expect(last).toMatchObject({ kind: 'ongoing', worst: 30 })
  })
  test('gross is what stays grossly outside, seen twice, until the end', () => {
    const options = { delayMs: 0, hysteresis: 2, gross: { low: 30 }, grossDelayMs: 10_000 }
    const grossOf = (...samples: readonly (readonly [second: number, value: number])[]): boolean[] => {
      const state = createLimitState()
      return samples.flatMap(([second, value]) =>
        stepLimit(state, { timeMs: second * 1_000, value }, LIMIT, options).map(
          (step) => 'gross' in step && step.gross,
        ),
      )
    }
    expect(grossOf([0, 20], [60, 45], [70, 20])).toEqual([false, false, false])
    expect(grossOf([0, 20], [5, 20], [10, 20], [20, 45])).toEqual([false, false, true, true])
    expect(grossOf([0, 20], [60, 25], [61, 80])).toEqual([false, true, false])
  })
  test('opened and ended alternate, whatever the values', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 200 }), { maxLength: 200 }), (values) => {
        const kinds = run(values, { delayMs: 2_000, hysteresis: 5 }).map((told) => told.split(' ')[1])
        kinds.forEach((kind, index) => expect(kind).toBe(index % 2 === 0 ? 'opened' : 'ended'))
      }),
    )
  })
  test('the state survives JSON', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 200 }), { maxLength: 60 }), fc.nat(60), (values, cut) => {
        let state = createLimitState()
        const told: LimitStep[] = []
        values.forEach((value, second) => {
          if (second === cut) state = JSON.parse(JSON.stringify(state)) as typeof state
          told.push(...stepLimit(state, { timeMs: second * 1_000, value }, LIMIT, OPTIONS))
        })
        const straight = createLimitState()
        const expected = values.flatMap((value, second) =>
          stepLimit(straight, { timeMs: second * 1_000, value }, LIMIT, OPTIONS),
        )
        expect(told).toEqual(expected)
      }),
    )
  })
})
