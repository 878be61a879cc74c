import { join } from 'node:path'
import type { TimeRange } from '../port.ts'
import { openDatabase } from './database.ts'

/** A ward whose data is made up inside the database, for measuring: as rows of weeks, which no wearable could send in minutes. */
export interface SyntheticWard extends TimeRange {
  readonly patients: number
  readonly codes: readonly string[]
  /** One value of each code, and one block of samples, every so often. */
  readonly valuesEveryMs: number
  readonly blocksEveryMs: number
}

/** Fills the (closed) store of a directory with a ward; answers how many rows that are. Patients are p0, p1 …, devices d0, d1 …. */
export async function fillWard(directory: string, ward: SyntheticWard): Promise<number> {
  const { from, to, patients, codes, valuesEveryMs, blocksEveryMs } = ward
  const database = await openDatabase(join(directory, 'store.duckdb'), { lockTimeoutMs: 10_000, memoryLimit: '2GB' })
  let rows = 0
  try {
    await database.withWriter(async (connection) => {
      for (let index = 0; index < patients; index++) {
        const series = codes.map((code) => `'${code}'`).join(', ')
        const vitals = await connection.run(
          `INSERT INTO vitals SELECT 'p${index}', 'd${index}', code, time, 70 + time % 30, NULL, 1, NULL, time + 120, (time - ${from}) // ${valuesEveryMs}, 1
           FROM range(${from}, ${to}, ${valuesEveryMs}) AS times(time), (SELECT unnest([${series}]) AS code)`,
        )
        const blocks = await connection.run(
          `INSERT INTO waveforms SELECT 'p${index}', 'd${index}', 'ecg.II', time, time + ${blocksEveryMs}, 250, 'mV', 0.005, 0,
             ${(blocksEveryMs / 1000) * 250}, ''::BLOB, time + ${blocksEveryMs} + 120, (time - ${from}) // ${blocksEveryMs}, 1
           FROM range(${from}, ${to}, ${blocksEveryMs}) AS times(time)`,
        )
        rows += vitals.rowsChanged + blocks.rowsChanged
      }
    })
  } finally {
    await database.close()
  }
  return rows
}
