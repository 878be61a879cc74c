import { PulsewireError } from '@pulsewire/contracts'

/** What `work` gives, or PW_LOG_UNAVAILABLE after `ms`, or PW_LOG_CLOSED once `signal` is aborted; the work itself goes on. */
export function within<T>(work: Promise<T>, ms: number, what: string, signal?: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const closed = (): void => reject(new PulsewireError('PW_LOG_CLOSED'))
    const late = (): void =>
      reject(new PulsewireError('PW_LOG_UNAVAILABLE', `${what}: no answer within ${Math.ceil(ms)} ms`))
    const timer = setTimeout(late, Math.max(1, ms))
    const done = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', closed)
    }
    if (signal?.aborted === true) closed()
    else signal?.addEventListener('abort', closed)
    work.then(
      (value) => {
        done()
        resolve(value)
      },
      (error: unknown) => {
        done()
        reject(asError(error))
      },
    )
  })
}

/** A pause that ends early when `signal` is aborted. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const done = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
  })
}

export const asError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)))
