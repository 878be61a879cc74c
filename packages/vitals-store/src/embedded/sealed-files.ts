import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { PulsewireError } from '@pulsewire/contracts'
import type { DamagedRange } from '../port.ts'
import { msLiteral, numberOf, quote, rowsOf, textOf } from './sql.ts'
import type { BulkTable } from './tables.ts'

/** A sealed Parquet file as the index in the database knows it. Times: the least start, the greatest end, ms. */
export interface SealedFile {
  /** Relative to the directory of sealed files. */
  readonly path: string
  readonly table: string
  readonly start: number
  readonly stop: number
  readonly bytes: number
  readonly sha256: string
}

export interface SealedFiles {
  readonly directory: string
  absolute(file: Pick<SealedFile, 'path'>): string
  /** The files of a table that overlap `[from, to)`, as of the transaction of `connection`: whole ones to read, damaged ones to tell of. */
  select(
    connection: DuckDBConnection,
    table: BulkTable,
    range: { from: number; to: number },
  ): Promise<{ readonly paths: readonly string[]; readonly damaged: readonly DamagedRange[] }>
  /** Hashes what is due again: all (`force`), else the files not looked at for longest, up to a bounded number of bytes. */
  scrub(files: readonly SealedFile[], force: boolean): Promise<void>
  /** Forgets what is known of the files, so that they are hashed again at their next use. */
  distrust(): void
}

/** How much one scrub reads at most. */
const SCRUB_BYTES = 256 * 1024 * 1024

interface Verdict {
  /** Of the inode: unlike the time of modification it cannot be set back. */
  readonly changedMs: number
  readonly size: number
  readonly checked: number
  readonly damage?: string
}

/**
 * Knows which sealed files are whole. A file is hashed before its first use, whenever its size or time changed, and by the scrub in
 * turn; a damaged one is told of once, and left out until it is whole again (restored from a backup).
 */
export function createSealedFiles(directory: string, onDamage: (error: PulsewireError) => void): SealedFiles {
  const verdicts = new Map<string, Verdict>()
  let turn = 0

  async function check(file: SealedFile, again = false): Promise<Verdict> {
    const path = join(directory, file.path)
    const known = verdicts.get(file.path)
    const found = await stat(path).catch(() => undefined)
    const { ctimeMs: changedMs, size } = found ?? { ctimeMs: -1, size: -1 }
    if (!again && known?.changedMs === changedMs && known.size === size) return known
    const damage =
      found === undefined
        ? 'it is missing'
        : size !== file.bytes
          ? `it has ${size} bytes, not ${file.bytes}`
          : (await sha256Of(path).catch(String)) === file.sha256
            ? undefined
            : 'its checksum is wrong'
    const verdict = { changedMs, size, checked: ++turn, ...(damage === undefined ? {} : { damage }) }
    verdicts.set(file.path, verdict)
    if (damage !== undefined && known?.damage !== damage) {
      onDamage(new PulsewireError('PW_STORE_DAMAGED', `the sealed file ${file.path} is damaged: ${damage}`))
    }
    return verdict
  }

  return {
    directory,
    absolute: (file) => join(directory, file.path),
    async select(connection, table, { from, to }) {
      const where = `"table" = ${quote(table.name)} AND start < ${msLiteral(to)} AND stop >= ${msLiteral(from)}`
      const paths: string[] = []
      const damaged: DamagedRange[] = []
      for (const file of await listSealed(connection, where)) {
        const { damage } = await check(file)
        if (damage === undefined) paths.push(join(directory, file.path))
        else damaged.push({ from: file.start, to: file.stop, detail: `${file.path}: ${damage}` })
      }
      return { paths, damaged }
    },
    async scrub(files, force) {
      const due = [...files].sort(
        (one, other) => (verdicts.get(one.path)?.checked ?? 0) - (verdicts.get(other.path)?.checked ?? 0),
      )
      let bytes = 0
      for (const file of due) {
        if (!force && bytes > SCRUB_BYTES) return
        bytes += file.bytes
        await check(file, true)
      }
    },
    distrust() {
      for (const [path, verdict] of verdicts) verdicts.set(path, { ...verdict, changedMs: -2 })
    },
  }
}

export async function listSealed(connection: DuckDBConnection, where = 'true'): Promise<SealedFile[]> {
  const sql = `SELECT path, "table", start, stop, bytes, sha256 FROM sealed WHERE ${where} ORDER BY start, path`
  return (await rowsOf(connection, sql)).map(([path, table, start, stop, bytes, sha256]) => ({
    path: textOf(path),
    table: textOf(table),
    start: numberOf(start),
    stop: numberOf(stop),
    bytes: numberOf(bytes),
    sha256: textOf(sha256),
  }))
}

export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) hash.update(chunk)
  return hash.digest('hex')
}
