import { randomBytes } from 'node:crypto'
import {
  PulsewireError,
  registryChange,
  type LogPosition,
  type RegistryChange,
  type RegistryEntity,
} from '@pulsewire/contracts'
import type { EventLog, StoredRecord } from '@pulsewire/event-log'
import { createHeadQuestion } from './head-question.ts'
import { changeKey, createRegistryReducer, entityOf, type RegistryState, type Versioned } from './reducer.ts'

const DEFAULT_CATCH_UP_MS = 5_000
const LOOK_MS = 50

/** The registry as read from the log, up to a position: each service has one of its own. */
export interface RegistryView {
  readonly state: RegistryState
  /** Resolves when the view has reached the registry's head of this moment; PW_REGISTRY_BEHIND where that takes too long, or the log does not tell. */
  catchUp(timeoutMs?: number): Promise<void>
  /**
   * Writes an entity as it shall be, following `expectedVersion` (0 = new), and resolves once this view has passed the change.
   * PW_CONFLICT where another change won.
   */
  change<E extends RegistryEntity>(
    entity: E,
    context: { readonly expectedVersion: number; readonly by: string },
  ): Promise<Versioned<E>>
  /** Called after each change that took effect. */
  onChange(listener: (change: RegistryChange) => void): () => void
  close(): Promise<void>
}

export interface RegistryViewOptions {
  /** Told of records that are not a registry change: they are stepped over. */
  readonly onError?: (error: Error) => void
  readonly now?: () => number
  /** Default true: what the log holds at this moment is in the view when it opens. False: `catchUp` is asked before anything is decided by it. */
  readonly caughtUp?: boolean
}

/** Opens a view of what the log holds. */
export async function openRegistryView(log: EventLog, options: RegistryViewOptions = {}): Promise<RegistryView> {
  const { onError = () => undefined, now = Date.now } = options
  const reducer = createRegistryReducer()
  const listeners = new Set<(change: RegistryChange) => void>()
  /** Whether the changes made here took effect, kept from their append until the caller has been told. */
  const outcomes = new Map<string, boolean | undefined>()
  const waiting = new Set<{ offset: number; resolve: () => void }>()
  let nextOffset = 0

  const apply = (record: StoredRecord): void => {
    const change = parseChange(record, onError)
    if (change !== undefined) {
      const applied = reducer.apply(change)
      if (outcomes.has(change.changeId)) outcomes.set(change.changeId, applied)
      if (applied) for (const listener of listeners) listener(change)
    }
    nextOffset = record.offset + 1
  }
  const wake = (): void => {
    for (const waiter of waiting) {
      if (waiter.offset > nextOffset) continue
      waiting.delete(waiter)
      waiter.resolve()
    }
  }
  /** Also past what is damaged: that is stepped over without a batch that would tell. */
  const hasReached = (offset: number): boolean => Math.max(nextOffset, tail.positions[0]?.offset ?? 0) >= offset
  const reached = (offset: number, timeoutMs: number): Promise<void> => {
    if (hasReached(offset)) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const waiter = {
        offset,
        resolve: () => {
          clearTimeout(timer)
          clearInterval(look)
          resolve()
        },
      }
      const look = setInterval(() => {
        if (!hasReached(offset)) return
        waiting.delete(waiter)
        waiter.resolve()
      }, LOOK_MS)
      const timer = setTimeout(() => {
        clearInterval(look)
        waiting.delete(waiter)
        reject(new PulsewireError('PW_REGISTRY_BEHIND', `at ${nextOffset}, the head was ${offset}`))
      }, timeoutMs)
      waiting.add(waiter)
    })
  }

  const question = createHeadQuestion(log)
  const start: LogPosition = { topic: 'registry', partition: 0, offset: 0 }
  const tail = await log.tail({
    topics: ['registry'],
    from: [start],
    handler: (batch) => {
      for (const record of batch.records) apply(record)
      wake()
    },
    onError,
  })

  const view: RegistryView = {
    state: reducer.state,
    catchUp: async (timeoutMs = DEFAULT_CATCH_UP_MS) => {
      const deadline = performance.now() + timeoutMs
      const head = await question.ask(timeoutMs)
      await reached(head, Math.max(0, deadline - performance.now()))
    },
    change: async (entity, { expectedVersion, by }) => {
      const change = { changeId: randomBytes(9).toString('base64url'), expectedVersion, by, at: now(), entity }
      outcomes.set(change.changeId, undefined)
      try {
        const value = Buffer.from(JSON.stringify(registryChange.parse(change)))
        const [position] = await log.append('registry', [{ key: changeKey(change), headers: {}, value }])
        if (position === undefined) throw new PulsewireError('PW_INTERNAL', 'the log answered no position')
        await reached(position.offset + 1, DEFAULT_CATCH_UP_MS)
        if (outcomes.get(change.changeId) !== true) {
          const stands = entityOf(reducer.state, entity.kind, entity.id)?.version ?? 0
          throw new PulsewireError('PW_CONFLICT', `it stands at version ${stands}, not ${expectedVersion}`)
        }
        return { version: expectedVersion + 1, entity, at: change.at, by }
      } finally {
        outcomes.delete(change.changeId)
      }
    },
    onChange: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close: () => tail.stop(),
  }
  if (options.caughtUp !== false) await view.catchUp()
  return view
}

function parseChange(record: StoredRecord, onError: (error: Error) => void): RegistryChange | undefined {
  if (record.value === null) return undefined
  try {
    return registryChange.parse(JSON.parse(Buffer.from(record.value).toString('utf8')))
  } catch (error) {
    onError(new PulsewireError('PW_LOG_DAMAGED', `registry/${record.offset} is not a change`, { cause: error }))
    return undefined
  }
}
