import type { VitalsStore } from '../../port.ts'
import type { Reader } from '../reader.ts'
import { rowsOf, textOf } from '../sql.ts'
import { VITALS, WAVEFORMS, type BulkTable } from '../tables.ts'

/** Names of the signals and codes that a patient has in a range. */
export async function queryCatalogue(
  reader: Reader,
  query: Parameters<VitalsStore['catalogue']>[0],
): ReturnType<VitalsStore['catalogue']> {
  return reader.read(async (connection) => {
    const namesOf = async (table: BulkTable): Promise<string[]> => {
      const source = await reader.sourceOf(connection, table, [table.nameColumn, 'seq', 'version'], query)
      const sql = `SELECT DISTINCT ${table.nameColumn} FROM ${source.relation} ORDER BY 1`
      return (await rowsOf(connection, sql, source.values)).map(([name]) => textOf(name))
    }
    return { signals: await namesOf(WAVEFORMS), codes: await namesOf(VITALS) }
  })
}
