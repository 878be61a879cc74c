import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { PulsewireError } from '@pulsewire/contracts'
import type { StoreWrite, VitalsStore, WriteReport } from '../port.ts'
import type { EngineOptions } from './engine.ts'
import { packWrite, REUSES_WANTED, transferred, type PackedWrite } from './packed-write.ts'
import { restore, type StoreMethod, type StoreReply, type StoreRequest, type WriteAnswer } from './worker-protocol.ts'

export interface EmbeddedStoreOptions extends EngineOptions {
  /** Told of each damage that is found in what was stored. */
  readonly onDamage?: (error: PulsewireError) => void
}

/**
 * Opens the embedded store: DuckDB for what is new and Parquet files for what is older, in a thread of its own, since its fastest way
 * in blocks. One process at a time holds a directory; a second one waits `lockTimeoutMs`, then PW_STORE_UNAVAILABLE.
 */
export async function openEmbeddedVitalsStore(options: EmbeddedStoreOptions): Promise<VitalsStore> {
  const { onDamage, ...engineOptions } = options
  const worker = new Worker(workerFile(import.meta.url), { workerData: engineOptions })
  const pending = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>()
  let lastId = 0
  let ended: PulsewireError | undefined
  let closing: Promise<void> | undefined

  const opened = new Promise<void>((resolve, reject) => {
    const fail = (error: PulsewireError) => {
      ended ??= error
      reject(error)
      for (const call of pending.values()) call.reject(error)
      pending.clear()
    }
    worker.on('message', (reply: StoreReply) => {
      if (reply.type === 'opened') resolve()
      else if (reply.type === 'failed') fail(restore(reply.error))
      else if (reply.type === 'damage') onDamage?.(restore(reply.error))
      else {
        const call = pending.get(reply.id)
        pending.delete(reply.id)
        if (reply.type === 'result') call?.resolve(reply.result)
        else call?.reject(restore(reply.error))
      }
    })
    worker.on('error', (error) => {
      fail(
        new PulsewireError('PW_STORE_UNAVAILABLE', `the thread of the store failed: ${error.message}`, {
          cause: error,
        }),
      )
    })
    worker.on('exit', () => fail(new PulsewireError('PW_STORE_UNAVAILABLE', 'the store is closed')))
  })
  await opened

  async function call<T>(method: StoreMethod, argument?: unknown, transfer: readonly ArrayBuffer[] = []): Promise<T> {
    if (ended !== undefined) throw ended
    const id = ++lastId
    const result = await new Promise<unknown>((resolve, reject) => {
      pending.set(id, { resolve, reject })
      const request: StoreRequest = { id, method, argument }
      worker.postMessage(request, transfer)
    })
    return result as T
  }

  async function write(given: StoreWrite): Promise<WriteReport> {
    const messages = given.messages ?? []
    const cross = async (packed: PackedWrite): Promise<WriteAnswer | typeof REUSES_WANTED> =>
      call('write', packed, transferred(packed))
    let answer = await cross(packWrite(detached(given)))
    if (answer === REUSES_WANTED) {
      const reuses = messages
        .map(({ reuse }) => reuse())
        .map(({ reason, payload }) => ({ reason, payload: own(payload) }))
      answer = await cross({ ...packWrite(detached(given)), reuses })
    }
    if (answer === REUSES_WANTED) throw new PulsewireError('PW_INTERNAL', 'a write was not answered')
    const reused = answer.reused.flatMap((index) => messages[index]?.message ?? [])
    return { stored: answer.stored, duplicates: answer.duplicates, reused }
  }

  return {
    write,
    positions: async (topics) => call('positions', topics),
    vitals: async (query) => call('vitals', query),
    waveforms: async (query) => call('waveforms', query),
    envelopes: async (query) => call('envelopes', query),
    catalogue: async (query) => call('catalogue', query),
    coverage: async (query) => call('coverage', query),
    findings: async (query) => call('findings', query),
    beats: async (query) => call('beats', query),
    alarms: async (query) => call('alarms', query),
    alarm: async (id) => call('alarm', id),
    staff: async (query) => call('staff', query),
    events: async (query) => call('events', query),
    latest: async (patients) => call('latest', patients),
    quarantine: async (query) => call('quarantine', query),
    gaps: async (device) => call('gaps', device),
    ledger: async () => call('ledger'),
    maintain: async (maintainOptions) => call('maintain', maintainOptions),
    async atRest(work) {
      await call('rest')
      try {
        return await work()
      } finally {
        await call('resume')
      }
    },
    async close() {
      closing ??= (async () => {
        if (ended !== undefined) return
        const exited = new Promise<void>((resolve) => {
          worker.once('exit', () => resolve())
        })
        try {
          await call('close')
        } finally {
          await exited
        }
      })()
      return closing
    },
  }
}

/** Node 20 runs no TypeScript: called from `src` (by a test), the thread's file is the built one in `dist`. */
function workerFile(caller: string): string {
  const file = fileURLToPath(new URL('./worker.js', caller))
  return caller.endsWith('.ts') ? file.replace(/([\\/])src([\\/]embedded[\\/]worker\.js)$/, '$1dist$2') : file
}

/** Bytes that are views into larger buffers are copied out: the crossing would take the whole buffer along. */
function detached(write: StoreWrite): StoreWrite {
  if (write.quarantine === undefined) return write
  return { ...write, quarantine: write.quarantine.map((entry) => ({ ...entry, payload: own(entry.payload) })) }
}

function own(array: Uint8Array): Uint8Array {
  return array.byteLength === array.buffer.byteLength ? array : array.slice()
}
