import { mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { BLOCK_FORMAT_NOTE } from './block-codec.ts'
import type { Database } from './database.ts'
import { listSealed, sha256Of, type SealedFiles } from './sealed-files.ts'
import { inTransaction, msLiteral, numberOf, quote, rowsOf } from './sql.ts'
import { BULK_TABLES, COLUMNS, RANK, TIME_COLUMNS, type BulkTable } from './tables.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** When hot rows become sealed files. */
export interface SealOptions {
  /** A day is sealed so long after its end, ms: late data mostly came by then. */
  readonly graceMs: number
  /** With more hot rows than this, all but the last hours are sealed: the day is not waited for. */
  readonly maxHotRows: number
  /** A day with fewer rows waits for company, so that wild clocks do not make a thousand files. */
  readonly minRows: number
}
export const SEAL_DEFAULTS: SealOptions = { graceMs: HOUR_MS, maxHotRows: 4_000_000, minRows: 2_000 }

/**
 * Moves hot rows up to `version` into sealed files. A file is written beside, flushed, renamed; then one transaction enters it into
 * the index and deletes the rows. Killed in between: the file is not in the index, and `removeStrays` takes it away.
 */
export async function sealDue(
  database: Database,
  files: SealedFiles,
  due: { version: number; now: number; force: boolean },
  options: SealOptions,
): Promise<void> {
  for (const table of BULK_TABLES) {
    for (const [from, to] of await database.withSealer(async (connection) =>
      spansDue(connection, table, due, options),
    )) {
      await database.withSealer(async (connection) => sealSpan(connection, files, table, { from, to }, due))
    }
  }
}

/** The spans of time to be sealed: whole days, hours of a very large day, or all small ones together. */
async function spansDue(
  connection: DuckDBConnection,
  table: BulkTable,
  due: { version: number; now: number; force: boolean },
  options: SealOptions,
): Promise<[number, number][]> {
  const time = `"${table.startColumn}"`
  const [total] = await rowsOf(connection, `SELECT count(*) FROM "${table.name}"`)
  const full = numberOf(total?.[0]) > options.maxHotRows
  const settled = due.now - options.graceMs
  const until = due.force ? Infinity : full ? floorTo(settled, HOUR_MS) : floorTo(settled, DAY_MS)
  const days = await rowsOf(
    connection,
    `SELECT (${time} - (${time} % ${DAY_MS} + ${DAY_MS}) % ${DAY_MS}) AS day, count(*) FROM "${table.name}"
     WHERE ${time} < ${msLiteral(until)} AND version <= ${due.version} GROUP BY day ORDER BY day`,
  )
  const spans: [number, number][] = []
  const small: [number, number][] = []
  let smallRows = 0
  for (const [start, count] of days) {
    const from = numberOf(start)
    const to = Math.min(from + DAY_MS, until)
    const rows = numberOf(count)
    if (rows < options.minRows) {
      small.push([from, to])
      smallRows += rows
    } else if (rows <= options.maxHotRows) {
      spans.push([from, to])
    } else {
      for (let hour = from; hour < to; hour += HOUR_MS) spans.push([hour, Math.min(hour + HOUR_MS, to)])
    }
  }
  const [first, last] = [small.at(0), small.at(-1)]
  // The large days between are gone by then, so one span holds exactly what is left.
  if (first !== undefined && last !== undefined && (due.force || smallRows >= options.minRows))
    spans.push([first[0], last[1]])
  return spans
}

async function sealSpan(
  connection: DuckDBConnection,
  files: SealedFiles,
  table: BulkTable,
  span: { from: number; to: number },
  due: { version: number; now: number },
): Promise<void> {
  const time = `"${table.startColumn}"`
  const where = `${time} >= ${msLiteral(span.from)} AND ${time} < ${msLiteral(span.to)} AND version <= ${due.version}`
  const ends = `SELECT min(${time}), max("${table.stopColumn ?? table.startColumn}"), count(*) FROM "${table.name}" WHERE ${where}`
  const [found] = await rowsOf(connection, ends)
  const rows = numberOf(found?.[2])
  if (rows === 0) return
  const day = new Date(span.from).toISOString().slice(0, 10)
  const path = join(table.name, `${day}-${due.version}-${span.from}.parquet`)
  const target = files.absolute({ path })
  await mkdir(dirname(target), { recursive: true })
  const { sha256, bytes } = await writeSorted(connection, table, where, target)
  await inTransaction(connection, async () => {
    await connection.run(`INSERT INTO sealed VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, [
      path,
      table.name,
      BigInt(numberOf(found?.[0])),
      BigInt(numberOf(found?.[1])),
      BigInt(rows),
      BigInt(bytes),
      sha256,
      BigInt(due.now),
    ])
    await connection.run(`DELETE FROM "${table.name}" WHERE ${where}`)
  })
}

/** Writes the rows by patient, series and time, each said once; times as UTC timestamps. Durable when it resolves. */
async function writeSorted(
  connection: DuckDBConnection,
  table: BulkTable,
  where: string,
  target: string,
): Promise<{ sha256: string; bytes: number }> {
  const partial = `${target}.partial`
  const columns = Object.keys(COLUMNS[table.name]).map((name) =>
    TIME_COLUMNS.includes(name) ? `make_timestamptz("${name}" * 1000) AS "${name}"` : `"${name}"`,
  )
  const once =
    table.identity === undefined
      ? ''
      : `QUALIFY row_number() OVER (PARTITION BY ${table.identity.map((name) => `"${name}"`).join(', ')} ORDER BY ${RANK} DESC) = 1`
  const note = table.name === 'waveforms' ? `, KV_METADATA {samples: ${quote(BLOCK_FORMAT_NOTE)}}` : ''
  await connection.run(
    `COPY (SELECT ${columns.join(', ')} FROM "${table.name}" WHERE ${where} ${once}
      ORDER BY patient, ${table.nameColumn}, "${table.name}"."${table.startColumn}")
      TO ${quote(partial)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 65536${note})`,
  )
  const file = await open(partial, 'r+')
  const { size } = await file.stat()
  await file.sync()
  await file.close()
  const sha256 = await sha256Of(partial)
  await rename(partial, target)
  await syncDirectory(dirname(target))
  return { sha256, bytes: size }
}

/** Removes files that no index names: those of a seal that was killed before its transaction. */
export async function removeStrays(connection: DuckDBConnection, files: SealedFiles): Promise<void> {
  const known = new Set((await listSealed(connection)).map(({ path }) => path))
  for (const table of BULK_TABLES) {
    const names = await readdir(join(files.directory, table.name)).catch(() => [])
    for (const name of names) {
      const path = join(table.name, name)
      if (!known.has(path)) await rm(files.absolute({ path }), { force: true })
    }
  }
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r')
  await handle.sync()
  await handle.close()
}

function floorTo(time: number, widthMs: number): number {
  return Math.floor(time / widthMs) * widthMs
}
