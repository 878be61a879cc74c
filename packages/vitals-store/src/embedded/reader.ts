import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api'
import { PulsewireError } from '@pulsewire/contracts'
import type { DamagedRange, TimeRange } from '../port.ts'
import type { Database } from './database.ts'
import type { SealedFiles } from './sealed-files.ts'
import { msLiteral, quote, timestampLiteral } from './sql.ts'
import { RANK, TIME_COLUMNS, type BulkTable } from './tables.ts'

/** What a query asks of a bulk table. */
export interface Scope extends TimeRange {
  readonly patient: string
  /** Codes or signals; absent = all. */
  readonly names?: readonly string[]
  readonly device?: string
}

/** Hot and sealed rows of a scope as one relation, to be used in a FROM; times are BIGINT ms, `rank` orders rows that say the same. */
export interface Source {
  readonly relation: string
  readonly values: readonly DuckDBValue[]
  readonly damaged: readonly DamagedRange[]
}

export interface Reader {
  /** Runs `work` on one snapshot. */
  read<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T>
  sourceOf(connection: DuckDBConnection, table: BulkTable, columns: readonly string[], scope: Scope): Promise<Source>
  /** Tells of damage found while reading. */
  report(error: PulsewireError): void
}

export function createReader(database: Database, files: SealedFiles, report: (error: PulsewireError) => void): Reader {
  return {
    report,
    async read(work) {
      try {
        return await database.withReader(work)
      } catch (error) {
        if (error instanceof PulsewireError || !isFileError(error)) throw error
        // A sealed file was damaged after it was last looked at: look again, then answer without it.
        files.distrust()
        return database.withReader(work)
      }
    },
    async sourceOf(connection, table, columns, scope) {
      const { paths, damaged } = await files.select(connection, table, scope)
      const values: DuckDBValue[] = [scope.patient, ...(scope.names ?? [])]
      const names = scope.names?.map((_, index) => `$${index + 2}`)
      const conditions = ['patient = $1']
      if (names !== undefined) conditions.push(`"${table.nameColumn}" IN (${names.join(', ')})`)
      if (scope.device !== undefined) conditions.push(`device = $${values.push(scope.device)}`)
      const select = (literal: (time: number) => string, column: (name: string) => string, from: string): string => {
        const range =
          table.stopColumn === undefined
            ? [`"${table.startColumn}" >= ${literal(scope.from)}`]
            : [`"${table.stopColumn}" > ${literal(scope.from)}`]
        const where = [...conditions, `"${table.startColumn}" < ${literal(scope.to)}`, ...range].join(' AND ')
        return `SELECT ${columns.map(column).join(', ')}, ${RANK} AS rank FROM ${from} WHERE ${where}`
      }
      const hot = select(msLiteral, (name) => `"${name}"`, `"${table.name}"`)
      const sealed = select(
        timestampLiteral,
        (name) => (TIME_COLUMNS.includes(name) ? `epoch_ms("${name}") AS "${name}"` : `"${name}"`),
        `read_parquet([${paths.map(quote).join(', ')}])`,
      )
      return { relation: `(${paths.length === 0 ? hot : `${hot} UNION ALL ${sealed}`})`, values, damaged }
    },
  }
}

function isFileError(error: unknown): boolean {
  return error instanceof Error && /parquet|\.partial|IO Error|Invalid Input|No files found/i.test(error.message)
}
