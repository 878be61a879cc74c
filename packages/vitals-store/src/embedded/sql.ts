import { DuckDBBlobValue, type DuckDBConnection, type DuckDBType, type DuckDBValue } from '@duckdb/node-api'
import { PulsewireError } from '@pulsewire/contracts'
import { createChunk, VECTOR_SIZE, type Chunk, type ColumnValue } from './columns.ts'
import { COLUMNS, type TableName } from './tables.ts'

/** The widest range of times that a Date and a DuckDB timestamp both have, ms. */
const MAX_MS = 8.64e15

/** A text as a literal. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** A time as a BIGINT literal: `t >= from` and `t < to` stay true for fractions when rounded up. */
export function msLiteral(time: number): string {
  if (Number.isNaN(time)) throw new PulsewireError('PW_REQUEST_INVALID', 'a time is not a number')
  return `${Math.ceil(Math.min(MAX_MS, Math.max(-MAX_MS, time)))}::BIGINT`
}

/** A time as a TIMESTAMPTZ constant, so that sealed files are pruned by it. */
export function timestampLiteral(time: number): string {
  return `make_timestamptz(${msLiteral(time)} * 1000)`
}

/** Runs a query and gives its rows. */
export async function rowsOf(
  connection: DuckDBConnection,
  sql: string,
  values: readonly DuckDBValue[] = [],
): Promise<DuckDBValue[][]> {
  return (await connection.runAndReadAll(sql, [...values])).getRows()
}

export function numberOf(value: DuckDBValue | undefined): number {
  if (typeof value === 'number') return value
  if (typeof value === 'bigint') return Number(value)
  throw new TypeError(`a number was expected, not ${typeof value}`)
}

export function textOf(value: DuckDBValue | undefined): string {
  if (typeof value !== 'string') throw new TypeError(`a text was expected, not ${typeof value}`)
  return value
}

export function bytesOf(value: DuckDBValue | undefined): Uint8Array {
  if (!(value instanceof DuckDBBlobValue)) throw new TypeError(`bytes were expected, not ${typeof value}`)
  return value.bytes
}

/** The number or the word of a point (columns value and text), `undefined` where it has neither. */
export function pointValueOf(
  value: DuckDBValue | undefined,
  text: DuckDBValue | undefined,
): number | string | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value)
  return typeof text === 'string' ? text : undefined
}

/** Collects rows of a table, then appends them in chunks (the fastest way in; synchronous, hence the worker thread). */
export interface RowBuffer {
  readonly size: number
  add(row: readonly ColumnValue[]): void
  appendTo(connection: DuckDBConnection): Promise<void>
}

export function createRowBuffer(table: TableName): RowBuffer {
  const types: DuckDBType[] = Object.values(COLUMNS[table])
  const chunks: Chunk[] = []
  let last: Chunk | undefined
  return {
    get size() {
      return chunks.reduce((sum, { rows }) => sum + rows, 0)
    },
    add(row) {
      if (last === undefined || last.rows === VECTOR_SIZE) chunks.push((last = createChunk(types)))
      last.add(row)
    },
    async appendTo(connection) {
      if (chunks.length === 0) return
      const appender = await connection.createAppender(table)
      for (const chunk of chunks) appender.appendDataChunk(chunk.build())
      appender.closeSync()
    },
  }
}

/** Runs `work` in a transaction; on an error it is rolled back, and the first error is the one that counts. */
export async function inTransaction<T>(connection: DuckDBConnection, work: () => Promise<T>): Promise<T> {
  await connection.run('BEGIN TRANSACTION')
  try {
    const result = await work()
    await connection.run('COMMIT')
    return result
  } catch (error) {
    await connection.run('ROLLBACK').catch((rollbackError: unknown) => {
      // A failed COMMIT has ended the transaction already; what matters is the error that led here.
      if (error instanceof Error && error.cause === undefined) error.cause = rollbackError
    })
    throw error
  }
}
