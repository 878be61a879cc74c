import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { copyState, loadState, restoreInto, saveState } from './state-codec.ts'

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
  test('read back through JSON is the state', () => {
    fc.assert(
      fc.property(value, (state) => {
        expect(loadState(JSON.parse(JSON.stringify(saveState(state))))).toEqual(state)
      }),
    )
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
    expect(() => restoreInto({ a: 1 }, saveState({ b: 1 }))).toThrow(RangeError)
    expect(() => restoreInto({ a: 1 }, saveState({ a: 'x' }))).toThrow(RangeError)
    expect(() => restoreInto({ a: new Float32Array(2) }, saveState({ a: new Float32Array(3) }))).toThrow(RangeError)
    expect(() => restoreInto({ a: { b: 1 } }, saveState({ a: 1 }))).toThrow(RangeError)
  })

  test('cannot hold functions', () => {
    expect(() => saveState({ a: () => 1 })).toThrow(TypeError)
  })
})
