import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { WfdbError } from './errors.ts'
import { readMat } from './mat-file.ts'

/** A MATLAB 5 file of one matrix of 16-bit numbers. */
function matFile(rows: number, columns: number, values: readonly number[], type = 3): Uint8Array {
  const data = 8 * Math.ceil((2 * values.length) / 8)
  const bytes = new Uint8Array(128 + 8 + 16 + 16 + 8 + 8 + data)
  const view = new DataView(bytes.buffer)
  view.setUint16(126, 0x4d49, true)
  const words = [
    14,
    bytes.length - 136,
    6,
    8,
    6,
    0,
    5,
    8,
    rows,
    columns,
    (3 << 16) | 1,
    0x6c6176,
    type,
    2 * values.length,
  ]
  for (const [i, word] of words.entries()) view.setUint32(128 + 4 * i, word, true)
  for (const [i, value] of values.entries()) view.setInt16(184 + 2 * i, value, true)
  return bytes
}

describe('readMat', () => {
  test('reads a matrix, column by column, and gives its rows', () => {
    expect(readMat(matFile(2, 3, [1, -4, 2, 5, 3, 6])).map((row) => [...row])).toEqual([
      [1, 2, 3],
      [-4, 5, 6],
    ])
  })

  test('what is cut off, of another size or another kind is refused', () => {
    const whole = matFile(1, 4, [1, 2, 3, 4])
    fc.assert(
      fc.property(fc.nat(whole.length - 9), (length) => {
        expect(() => readMat(whole.subarray(0, length))).toThrow(WfdbError)
      }),
    )
    expect(() => readMat(matFile(1, 5, [1, 2, 3, 4]))).toThrow(WfdbError)
    expect(() => readMat(matFile(1, 4, [1, 2, 3, 4], 15))).toThrow(WfdbError)
  })
})
