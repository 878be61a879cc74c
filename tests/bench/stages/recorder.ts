import { join } from 'node:path'
import { DuckDBDataChunk, DuckDBInstance, BIGINT, BLOB, DOUBLE, VARCHAR, blobValue } from '@duckdb/node-api'
import { openEmbeddedVitalsStore } from '@pulsewire/vitals-store'
import { temporaryDirectory } from '../../support/station.ts'
import { measureWrites } from '../store-writes.ts'
import type { Stage, StageSize } from './stage.ts'

const SECONDS: Readonly<Record<StageSize, number>> = { smoke: 2, full: 30 }
const WEARABLES = 500
const VITALS = 5

/** The same rows into bare tables: DuckDB alone, a commit a second's worth. */
async function duckDbAlone(path: string, seconds: number): Promise<number> {
  const connection = await (await DuckDBInstance.create(path)).connect()
  await connection.run('CREATE TABLE blocks (patient VARCHAR, start BIGINT, samples BLOB)')
  await connection.run('CREATE TABLE vitals (patient VARCHAR, code VARCHAR, time BIGINT, value DOUBLE)')
  const samples = blobValue(new Uint8Array(400))
  const append = async (table: string, types: Parameters<typeof DuckDBDataChunk.create>[0], rows: unknown[][]) => {
    const appender = await connection.createAppender(table)
    for (let from = 0; from < rows.length; from += 2048) {
      const chunk = DuckDBDataChunk.create(types)
      chunk.setRows(rows.slice(from, from + 2048) as never)
      appender.appendDataChunk(chunk)
    }
    appender.closeSync()
  }
  const before = process.cpuUsage()
  for (let second = 0; second < seconds; second++) {
    const time = BigInt(second * 1_000)
    const of = (index: number): string => `bench-${index}`
    await connection.run('BEGIN TRANSACTION')
    await append(
      'blocks',
      [VARCHAR, BIGINT, BLOB],
      Array.from({ length: WEARABLES }, (_, index) => [of(index), time, samples]),
    )
    await append(
      'vitals',
      [VARCHAR, VARCHAR, BIGINT, DOUBLE],
      Array.from({ length: WEARABLES * VITALS }, (_, index) => [of(index % WEARABLES), 'heartRate', time, 60 + second]),
    )
    await connection.run('COMMIT')
  }
  const { user, system } = process.cpuUsage(before)
  connection.closeSync()
  return ((user + system) / 1e6) * (100_000 / (seconds * WEARABLES * 2))
}

/** What the embedded store takes for what the recorder writes. */
export const recorder: Stage = {
  name: 'recorder',
  what: 'writes into the embedded store, 1,000 messages each',
  unit: 'CPU s per 100,000 messages',
  better: 'less',
  limit: 'DuckDB alone with the bare rows',
  measure: async (size) => {
    const directory = temporaryDirectory()
    try {
      const store = await openEmbeddedVitalsStore({ directory: join(directory.path, 'store') })
      const ours = await measureWrites(store, 0, SECONDS[size], undefined)
      await store.close()
      const limit = await duckDbAlone(join(directory.path, 'bare.duckdb'), SECONDS[size])
      return { ours: ours.ownCpuS, limit, also: { messagesPerSecond: ours.perSecond } }
    } finally {
      directory.remove()
    }
  },
}
