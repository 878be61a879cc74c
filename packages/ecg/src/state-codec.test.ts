import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { asPlainState, copyState, plainState, restoreInto } from './state-codec.ts'

const number = fc.oneof(fc.double(), fc.constantFrom(NaN, Infinity, -Infinity, -0))
const leaf = fc.oneof(
  number,
  fc.boolean(),
  fc.string(),
  fc.constant(null),
  fc.array(fc.float()).map((values) => Float32Array.from(values)),
  fc.array(number).map((values) => Float64Array.from(values)),
)
const key = fc.stringMatching(/^[a-z]{1,8}$/)
const value = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc.array(tie('value')),
    fc.dictionary(key, tie('value'), { noNullPrototype: true }),
  ),
})).value

describe('a saved state', () => {
  test('is the state', () => {
    fc.assert(
      fc.property(value, (state) => {
        expect(plainState(state)).toEqual(state)
        expect(asPlainState(state)).toBe(state)
      }),
    )
  })

  test('put into a fresh one is the state, shares nothing with it, and leaves its float arrays where they are', () => {
    const saved = { list: [1, [2, NaN]], nested: { ring: Float32Array.of(1, NaN), none: null }, count: 3 }
    const ring = new Float32Array(2)
    const target = { list: [0], nested: { ring, none: null }, count: 0 }
    restoreInto(target, plainState(saved))
    expect(target).toEqual(saved)
    expect(target.nested.ring).toBe(ring)
    const before = plainState(saved)
    restoreInto(target, before)
    target.list.push(9)
    target.nested.ring[0] = 5
    expect(before).toEqual(saved)
  })

  test('copied is the state, and changing the copy does not change it', () => {
    fc.assert(
      fc.property(value, (state) => {
        expect(copyState(state)).toEqual(state)
      }),
    )
    const state = {
      list: [1, [2, NaN]],
      nested: { ring: Float32Array.of(1, NaN), sums: Float64Array.of(3) },
      none: null,
    }
    const copy = copyState(state)
    copy.list.push(4)
    copy.nested.ring[0] = 5
    copy.nested.sums[0] = 6
    expect(state).toEqual({
      list: [1, [2, NaN]],
      nested: { ring: Float32Array.of(1, NaN), sums: Float64Array.of(3) },
      none: null,
    })
  })

  test('of another shape is refused', () => {
    expect(() => restoreInto({ a: 1 }, plainState({ b: 1 }))).toThrow(RangeError)
    expect(() => restoreInto({ a: 1 }, plainState({ a: 'x' }))).toThrow(RangeError)
    expect(() => restoreInto({ a: new Float32Array(2) }, plainState({ a: new Float32Array(3) }))).toThrow(RangeError)
    expect(() => restoreInto({ a: { b: 1 } }, plainState({ a: 1 }))).toThrow(RangeError)
    expect(() => restoreInto({ a: new Float32Array(2) }, plainState({ a: new Float64Array(2) }))).toThrow(RangeError)
    expect(() => restoreInto({ a: [1] }, plainState({ a: { b: 1 } }))).toThrow(RangeError)
  })

  test('cannot hold functions', () => {
    expect(() => plainState({ a: () => 1 })).toThrow(TypeError)
    expect(() => asPlainState([{ a: [undefined] }])).toThrow(TypeError)
  })
})
