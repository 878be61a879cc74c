import { parentPort, workerData } from 'node:worker_threads'
import type { PulsewireError } from '@pulsewire/contracts'
import { openEngine, type Engine } from './engine.ts'
import { REUSES_WANTED, ReusesWanted, unpackWrite, type PackedWrite } from './packed-write.ts'
import { carry, type WriteAnswer, type StoreReply, type StoreRequest, type WorkerOptions } from './worker-protocol.ts'
import { storeError } from './writer.ts'

/** The store's thread: opens the engine, answers calls, and opens it again after a failure that DuckDB cannot go on from. */
async function main(): Promise<void> {
  const port = parentPort
  if (port === null) throw new Error('this file is the thread of the store, not a program')
  const options: WorkerOptions = workerData
  const reply = (message: StoreReply) => port.postMessage(message)
  const open = async () => openEngine(options, (error) => reply({ type: 'damage', error: carry(error) }))

  let engine: Promise<Engine> = open()
  try {
    await engine
  } catch (error) {
    reply({ type: 'failed', error: carry(storeError(error)) })
    return
  }

  /** One opening at a time, whoever asks. */
  const reopen = (failed: Promise<Engine>): void => {
    if (engine !== failed) return
    engine = (async () => {
      const broken = await failed.catch(() => undefined)
      await broken?.close().catch((error: unknown) => reply({ type: 'damage', error: carry(storeError(error)) }))
      return open()
    })()
    // Whoever calls next hears of a failure.
    engine.catch(() => undefined)
  }

  const answer = async ({ id, method, argument }: StoreRequest): Promise<void> => {
    const current = engine
    try {
      const store = await current
      reply({ type: 'result', id, result: await call(store, method, argument) })
    } catch (error) {
      const known = storeError(error)
      if (needsReopening(known)) reopen(current)
      reply({ type: 'error', id, error: carry(known) })
    } finally {
      if (method === 'close') port.close()
    }
  }
  port.on('message', (request: StoreRequest) => void answer(request))
  reply({ type: 'opened' })
}

async function call(store: Engine, method: StoreRequest['method'], argument: unknown): Promise<unknown> {
  if (method === 'write') return write(store, argument as PackedWrite)
  const run: (argument: never) => Promise<unknown> = store[method]
  return run(argument as never)
}

async function write(store: Engine, packed: PackedWrite): Promise<WriteAnswer | typeof REUSES_WANTED> {
  const unpacked = unpackWrite(packed)
  try {
    const { stored, duplicates, reused } = await store.write(unpacked)
    const messages = unpacked.messages?.map(({ message }) => message) ?? []
    return { stored, duplicates, reused: reused.map((message) => messages.indexOf(message)) }
  } catch (error) {
    if (error instanceof ReusesWanted) return REUSES_WANTED
    throw error
  }
}

/** After a failed commit (a full disk) DuckDB refuses everything until the file is opened anew. */
function needsReopening(error: PulsewireError): boolean {
  return error.code === 'PW_STORE_UNAVAILABLE' && /invalidated|FATAL|cannot be opened|closed/i.test(error.message)
}

await main()
