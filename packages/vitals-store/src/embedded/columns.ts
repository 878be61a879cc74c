import { DuckDBDataChunk, type DuckDBType } from '@duckdb/node-api'
import duckdb from '@duckdb/node-bindings'

/**
 * Columns of values on their way into DuckDB, laid out as its vectors are. The vectors of the API beside it take a value at a time, whole
 * numbers as BigInt and what is missing by arithmetic on BigInt: several times as long as DuckDB then takes to store them. All machines that
 * DuckDB's bindings are built for are little-endian, and so is this.
 */
export type ColumnValue = string | number | Uint8Array | null

/** So many rows a vector has. */
export const VECTOR_SIZE = 2048

/** What a chunk has room for at first; most hold a few rows. */
const FIRST_ROWS = 32

/** One vector's worth of a column. */
interface Column {
  /** Rows come in order. */
  put(row: number, value: ColumnValue): void
  /** Copies the first `rows` into the vector. */
  copyTo(vector: duckdb.Vector, rows: number): void
}

/** Rows of a table, up to VECTOR_SIZE of them. */
export interface Chunk {
  readonly rows: number
  /** A TypeError or RangeError where a value is none of its column. */
  add(row: readonly ColumnValue[]): void
  /** As DuckDB takes it. */
  build(): DuckDBDataChunk
}

export function createChunk(types: readonly DuckDBType[]): Chunk {
  const columns = types.map(columnOf)
  let rows = 0
  return {
    get rows() {
      return rows
    },
    add(row) {
      for (const [index, column] of columns.entries()) column.put(rows, row[index] ?? null)
      rows++
    },
    build() {
      const chunk = DuckDBDataChunk.create(types, rows)
      for (const [index, column] of columns.entries()) {
        column.copyTo(duckdb.data_chunk_get_vector(chunk.chunk, index), rows)
      }
      return chunk
    },
  }
}

function columnOf(type: DuckDBType): Column {
  switch (type.toString()) {
    case 'BIGINT':
      return wholeNumbers()
    case 'DOUBLE':
      return numbers((rows) => new Float64Array(rows))
    case 'FLOAT':
      return numbers((rows) => new Float32Array(rows))
    case 'INTEGER':
      return numbers((rows) => new Int32Array(rows))
    case 'VARCHAR':
    case 'BLOB':
      return textsOrBytes()
    default:
      throw new TypeError(`no columns of ${type.toString()} are appended to`)
  }
}

/** Which rows have a value, one bit each; most columns need none. */
function createValidity() {
  let bits: Uint8Array<ArrayBuffer> | undefined
  return {
    setMissing(row: number): void {
      bits ??= new Uint8Array(VECTOR_SIZE / 8).fill(0xff)
      bits[row >> 3] = (bits[row >> 3] ?? 0) & ~(1 << (row & 7))
    },
    copyTo(vector: duckdb.Vector): void {
      if (bits === undefined) return
      duckdb.vector_ensure_validity_writable(vector)
      duckdb.copy_data_to_vector_validity(vector, 0, bits.buffer, 0, bits.byteLength)
    },
  }
}

type Numbers = Float64Array<ArrayBuffer> | Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>

/** With room for `length` values: twice as large where there is none. */
function roomFor<T extends Numbers>(values: T, length: number, make: (length: number) => T): T {
  if (length <= values.length) return values
  const larger = make(values.length * 2)
  larger.set(values)
  return larger
}

function numbers(make: (rows: number) => Numbers): Column {
  let values = make(FIRST_ROWS)
  const validity = createValidity()
  return {
    put(row, value) {
      values = roomFor(values, row + 1, make)
      if (value === null) validity.setMissing(row)
      else values[row] = numberIn(value)
    },
    copyTo(vector, rows) {
      duckdb.copy_data_to_vector(vector, 0, values.buffer, 0, rows * values.BYTES_PER_ELEMENT)
      validity.copyTo(vector)
    },
  }
}

/** int64 from numbers, in two words. */
function wholeNumbers(): Column {
  const make = (length: number): Int32Array<ArrayBuffer> => new Int32Array(length)
  let words = make(FIRST_ROWS * 2)
  const validity = createValidity()
  return {
    put(row, value) {
      words = roomFor(words, row * 2 + 2, make)
      if (value === null) return validity.setMissing(row)
      const number = numberIn(value)
      if (!Number.isSafeInteger(number)) throw new RangeError(`${number} is no whole number`)
      words[row * 2] = number
      words[row * 2 + 1] = Math.floor(number / 2 ** 32)
    },
    copyTo(vector, rows) {
      duckdb.copy_data_to_vector(vector, 0, words.buffer, 0, rows * 8)
      validity.copyTo(vector)
    },
  }
}

function textsOrBytes(): Column {
  const values: (string | Uint8Array | undefined)[] = []
  const validity = createValidity()
  return {
    put(row, value) {
      if (typeof value === 'number') throw new TypeError('a text or bytes were expected, not a number')
      values[row] = value ?? undefined
      if (value === null) validity.setMissing(row)
    },
    copyTo(vector, rows) {
      for (let row = 0; row < rows; row++) {
        const value = values[row]
        if (typeof value === 'string') duckdb.vector_assign_string_element(vector, row, value)
        else if (value !== undefined) duckdb.vector_assign_string_element_len(vector, row, value)
      }
      validity.copyTo(vector)
    },
  }
}

function numberIn(value: Exclude<ColumnValue, null>): number {
  if (typeof value !== 'number') throw new TypeError(`a number was expected, not ${typeof value}`)
  return value
}
