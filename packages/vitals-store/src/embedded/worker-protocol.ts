import { ERRORS, PulsewireError, type ErrorCode } from '@pulsewire/contracts'
import type { Engine, EngineOptions } from './engine.ts'

/** What the thread is started with. */
export type WorkerOptions = EngineOptions

/** The calls of the store that cross over to its thread. */
export type StoreMethod = keyof Engine

/** To the thread: call `method` with `argument` (each has one at most; a write crosses packed). */
export interface StoreRequest {
  readonly id: number
  readonly method: StoreMethod
  readonly argument: unknown
}

/** What the thread answers to a write: as the store does, its messages by their index. */
export interface WriteAnswer {
  readonly stored: number
  readonly duplicates: number
  readonly reused: readonly number[]
}

/** From the thread: opened; the answer to a call; a damage that was found. */
export type StoreReply =
  | { readonly type: 'opened' }
  | { readonly type: 'failed'; readonly error: CarriedError }
  | { readonly type: 'result'; readonly id: number; readonly result: unknown }
  | { readonly type: 'error'; readonly id: number; readonly error: CarriedError }
  | { readonly type: 'damage'; readonly error: CarriedError }

/** An error as it crosses between threads. */
export interface CarriedError {
  readonly code: ErrorCode
  readonly message: string
}

export function carry(error: PulsewireError): CarriedError {
  return { code: error.code, message: error.message }
}

export function restore({ code, message }: CarriedError): PulsewireError {
  return new PulsewireError(Object.hasOwn(ERRORS, code) ? code : 'PW_INTERNAL', message)
}
