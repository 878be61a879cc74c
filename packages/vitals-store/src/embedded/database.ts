import { setTimeout as delay } from 'node:timers/promises'
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api'
import { PulsewireError } from '@pulsewire/contracts'
import { inTransaction } from './sql.ts'
import { SCHEMA } from './tables.ts'

const READERS = 3
const LOCK_POLL_MS = 100

export interface Database {
  /** Takes turns with other writers. */
  withWriter<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T>
  /** Seals beside the writer. */
  withSealer<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T>
  /** One snapshot for all that `work` reads; never waits for a writer. */
  withReader<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T>
  /** Nobody writes, nor seals, until what this resolves with is called. */
  rest(): Promise<() => void>
  close(): Promise<void>
}

/**
 * Opens the database file. Another process that still holds it (a dying predecessor) is waited for, `lockTimeoutMs` at most; then
 * PW_STORE_UNAVAILABLE.
 */
export async function openDatabase(
  file: string,
  options: { lockTimeoutMs: number; memoryLimit: string },
): Promise<Database> {
  const instance = await openInstance(file, options)
  const connect = async () => instance.connect()
  const writer = await connect()
  await inTransaction(writer, async () => {
    for (const statement of SCHEMA) await writer.run(statement)
  })
  const sealer = await connect()
  const readers = await Promise.all(Array.from({ length: READERS }, connect))
  const writing = createTurns([writer])
  const sealing = createTurns([sealer])
  const reading = createTurns(readers)
  return {
    withWriter: writing.run,
    withSealer: sealing.run,
    withReader: async (work) =>
      reading.run(async (connection) => inTransaction(connection, async () => work(connection))),
    rest: () =>
      new Promise((resolve, reject) => {
        const hold = (): Promise<void> => new Promise((release) => resolve(release))
        // In this order: whoever seals may be waiting for nobody.
        sealing.run(() => writing.run(hold)).catch(reject)
      }),
    async close() {
      // A write is let finish; a seal begins anew at the next opening, and nobody waits for an answer any more.
      for (const connection of [sealer, ...readers]) connection.interrupt()
      await Promise.all([writing.close(), sealing.close(), reading.close()])
      for (const connection of [writer, sealer, ...readers]) connection.closeSync()
      instance.closeSync()
    },
  }
}

/** DuckDB's words; "block" is none of them. */
const IS_LOCKED = /\block(ed)?\b/i
const IS_DAMAGED = /corrupt|checksum|not a valid DuckDB|replaying WAL/i

async function openInstance(
  file: string,
  options: { lockTimeoutMs: number; memoryLimit: string },
): Promise<DuckDBInstance> {
  const deadline = performance.now() + options.lockTimeoutMs
  for (;;) {
    try {
      return await DuckDBInstance.create(file, {
        memory_limit: options.memoryLimit,
        // Nothing is ever fetched from the network; Parquet is built in.
        autoinstall_known_extensions: 'false',
        autoload_known_extensions: 'false',
      })
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error)
      if (IS_DAMAGED.test(detail)) {
        throw new PulsewireError('PW_STORE_DAMAGED', `the store cannot be read: ${detail}`, { cause: error })
      }
      if (!IS_LOCKED.test(detail) || performance.now() > deadline) {
        throw new PulsewireError('PW_STORE_UNAVAILABLE', `the store cannot be opened: ${detail}`, { cause: error })
      }
      await delay(LOCK_POLL_MS)
    }
  }
}

/** Hands the connections out one at a time, first come, first served; once `close` is called to nobody: it waits for all to be back. */
function createTurns(connections: readonly DuckDBConnection[]) {
  const free = [...connections]
  const waiting: { take: (connection: DuckDBConnection) => void; refuse: (error: PulsewireError) => void }[] = []
  let closed: PulsewireError | undefined
  let allBack: (() => void) | undefined
  const back = (connection: DuckDBConnection): void => {
    const next = waiting.shift()
    if (next !== undefined) next.take(connection)
    else if (free.push(connection) === connections.length) allBack?.()
  }
  return {
    run: async <T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> => {
      if (closed !== undefined) throw closed
      const connection =
        free.pop() ?? (await new Promise<DuckDBConnection>((take, refuse) => waiting.push({ take, refuse })))
      try {
        return await work(connection)
      } finally {
        back(connection)
      }
    },
    close: async (): Promise<void> => {
      const error = new PulsewireError('PW_STORE_UNAVAILABLE', 'the store is closed')
      closed = error
      for (const { refuse } of waiting.splice(0)) refuse(error)
      if (free.length < connections.length) await new Promise<void>((resolve) => (allBack = resolve))
    },
  }
}
