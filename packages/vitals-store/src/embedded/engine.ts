import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { PulsewireError } from '@pulsewire/contracts'
import type { VitalsStore } from '../port.ts'
import { openDatabase } from './database.ts'
import { queryBeats } from './queries/beats.ts'
import { queryCatalogue } from './queries/catalogue.ts'
import { queryCoverage } from './queries/coverage.ts'
import { queryEvents, queryQuarantine } from './queries/events.ts'
import { queryAlarm, queryAlarms, queryFindings, queryStaff } from './queries/findings.ts'
import { queryVitals } from './queries/vitals.ts'
import { queryWaveforms } from './queries/waveforms.ts'
import { envelopesOf } from '../shared/envelope.ts'
import { createReader } from './reader.ts'
import { createSealedFiles, listSealed } from './sealed-files.ts'
import { removeStrays, SEAL_DEFAULTS, sealDue, type SealOptions } from './seal.ts'
import { positionsOf } from './state.ts'
import { createWriter } from './writer.ts'

export interface EngineOptions {
  readonly directory: string
  /** How long another process that holds the database is waited for. Default 10 s. */
  readonly lockTimeoutMs?: number
  /** Of DuckDB, e.g. `1GB` (default). */
  readonly memoryLimit?: string
  readonly seal?: Partial<SealOptions>
}

/** The store as its thread sees it. */
export interface Engine extends Omit<VitalsStore, 'atRest'> {
  /** Resolves when nothing changes the files any more, until `resume`. One at a time: PW_STORE_UNAVAILABLE for a second one. */
  rest(): Promise<void>
  resume(): Promise<void>
}

/** The store in this thread: DuckDB calls block it, so services use it through the worker thread (open.ts). */
export async function openEngine(
  options: EngineOptions,
  onDamage: (error: PulsewireError) => void = () => undefined,
): Promise<Engine> {
  await mkdir(options.directory, { recursive: true })
  const { lockTimeoutMs = 10_000, memoryLimit = '1GB' } = options
  const database = await openDatabase(join(options.directory, 'store.duckdb'), { lockTimeoutMs, memoryLimit })
  const files = createSealedFiles(join(options.directory, 'sealed'), onDamage)
  const reader = createReader(database, files, onDamage)
  const sealOptions = { ...SEAL_DEFAULTS, ...options.seal }
  const writer = await (async () => {
    try {
      await database.withReader(async (connection) => removeStrays(connection, files))
      return await createWriter(database)
    } catch (error) {
      await database.close()
      throw error
    }
  })()

  let closed = false
  let resting: Promise<() => void> | undefined
  const resume = async (): Promise<void> => {
    const rested = resting
    resting = undefined
    if (rested !== undefined) (await rested)()
  }
  /** The writer, whose state and memory answer without the database, while the store is open. */
  const live = (): typeof writer => {
    if (closed) throw new PulsewireError('PW_STORE_UNAVAILABLE', 'the store is closed')
    return writer
  }

  return {
    write: async (write) => writer.write(write),
    async positions(topics) {
      return positionsOf(live().state).filter(({ topic }) => topics.includes(topic))
    },
    vitals: async (query) => queryVitals(reader, query),
    waveforms: async (query) => queryWaveforms(reader, query),
    envelopes: async (query) => envelopesOf((samples) => queryWaveforms(reader, samples), query),
    catalogue: async (query) => queryCatalogue(reader, query),
    coverage: async (query) => queryCoverage(reader, query),
    findings: async (query) => queryFindings(reader, query),
    beats: async (query) => queryBeats(reader, query),
    alarms: async (query) => queryAlarms(reader, query),
    alarm: async (id) => queryAlarm(reader, id),
    staff: async (query) => queryStaff(reader, query),
    events: async (query) => queryEvents(reader, query),
    latest: async (patients) => live().memory.latest(patients),
    quarantine: async (query) => queryQuarantine(reader, query),
    gaps: async (device) => live().memory.gaps(device),
    async ledger() {
      const { stored, duplicates, quarantined } = live().state
      return { stored, duplicates, quarantined, positions: positionsOf(writer.state) }
    },
    async maintain({ now = Date.now(), force = false } = {}) {
      const version = await writer.saveMemory()
      await sealDue(database, files, { version, now, force }, sealOptions)
      await database.withSealer(async (connection) => {
        // Only the newest version of a finding or an alarm is ever asked for.
        for (const table of ['findings', 'alarms']) {
          const newest = `SELECT id, max(version) AS newest FROM "${table}" WHERE version <= ${version} GROUP BY id`
          await connection.run(
            `DELETE FROM "${table}" USING (${newest}) AS kept WHERE "${table}".id = kept.id AND "${table}".version < kept.newest`,
          )
        }
      })
      const sealed = await database.withReader(async (connection) => listSealed(connection))
      await files.scrub(sealed, force)
    },
    async rest() {
      live()
      if (resting !== undefined) throw new PulsewireError('PW_STORE_UNAVAILABLE', 'the store is at rest already')
      resting = database.rest()
      try {
        await resting
      } catch (error) {
        resting = undefined
        throw error
      }
    },
    resume,
    async close() {
      if (closed) return
      closed = true
      await resume()
      try {
        await writer.saveMemory()
      } finally {
        await database.close()
      }
    },
  }
}
