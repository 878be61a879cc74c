import { BIGINT, BLOB, DOUBLE, DuckDBBlobValue, DuckDBInstance, FLOAT, INTEGER, VARCHAR } from '@duckdb/node-api'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createChunk, VECTOR_SIZE, type ColumnValue } from './columns.ts'

const TYPES = [BIGINT, DOUBLE, FLOAT, INTEGER, VARCHAR, BLOB]
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { nil: null })
const row: fc.Arbitrary<ColumnValue[]> = fc.tuple(
  maybe(fc.maxSafeInteger()),
  maybe(fc.double({ noNaN: true })),
  maybe(fc.float({ noNaN: true })),
  maybe(fc.integer()),
  maybe(fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', ''))),
  maybe(fc.uint8Array({ maxLength: 40 })),
)

/** What DuckDB holds after rows were appended. */
async function stored(rows: readonly ColumnValue[][]): Promise<unknown[][]> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  await connection.run('CREATE TABLE t (a BIGINT, b DOUBLE, c FLOAT, d INTEGER, e VARCHAR, f BLOB)')
  const appender = await connection.createAppender('t')
  for (let start = 0; start < rows.length; start += VECTOR_SIZE) {
    const chunk = createChunk(TYPES)
    for (const each of rows.slice(start, start + VECTOR_SIZE)) chunk.add(each)
    appender.appendDataChunk(chunk.build())
  }
  appender.closeSync()
  const read = (await connection.runAndReadAll('SELECT * FROM t')).getRows()
  connection.closeSync()
  instance.closeSync()
  return read.map((values) =>
    values.map((value) => {
      if (value instanceof DuckDBBlobValue) return [...value.bytes]
      return typeof value === 'bigint' ? Number(value) : value
    }),
  )
}

const plain = (rows: readonly ColumnValue[][]): unknown[][] =>
  rows.map((values) => values.map((value) => (value instanceof Uint8Array ? [...value] : value)))

describe('columns', () => {
  it('are in DuckDB as they were given, what is missing too', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 70 }), async (rows) => {
        expect(await stored(rows)).toEqual(plain(rows))
      }),
      { numRuns: 40 },
    )
    const many = Array.from({ length: VECTOR_SIZE * 2 + 3 }, (_, index): ColumnValue[] => [
      index % 3 === 0 ? null : -index * 2 ** 33,
      index / 7,
      index,
      index % 5 === 0 ? null : index,
      index % 2 === 0 ? null : `text ${index}`,
      Uint8Array.of(index & 255),
    ])
    expect(await stored(many)).toEqual(plain(many))
  })

  it('refuse what they cannot hold', () => {
    expect(() => createChunk([BIGINT]).add([1.5])).toThrow(RangeError)
    expect(() => createChunk([BIGINT]).add(['1'])).toThrow(TypeError)
    expect(() => createChunk([VARCHAR]).add([1])).toThrow(TypeError)
  })
})
