import { PulsewireError } from '@pulsewire/contracts'

/** Wakes who waits. A `notify` while nobody waits is kept for the next `wait`. */
export interface Signal {
  notify(): void
  /** Resolves at the next `notify`, or after `timeoutMs`. */
  wait(timeoutMs?: number): Promise<void>
}

/** Lets the event loop serve timers and sockets. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

export function createSignal(): Signal {
  let raised = false
  let wake: (() => void) | undefined
  return {
    notify() {
      raised = true
      wake?.()
    },
    async wait(timeoutMs) {
      if (!raised) {
        await new Promise<void>((resolve) => {
          const timer = timeoutMs === undefined ? undefined : setTimeout(resolve, timeoutMs)
          wake = () => {
            clearTimeout(timer)
            resolve()
          }
        })
        wake = undefined
      }
      raised = false
    },
  }
}

/** What `work` gives; PW_LOG_UNAVAILABLE where `signal` was aborted and it still took more than `ms` from then (or from the call). The work itself goes on. */
export async function withinAfter<T>(signal: AbortSignal, ms: number, what: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  let hurry = (): void => undefined
  const late = new Promise<never>((_resolve, reject) => {
    hurry = () => {
      timer = setTimeout(() => reject(new PulsewireError('PW_LOG_UNAVAILABLE', `${what}: no answer in time`)), ms)
    }
  })
  if (signal.aborted) hurry()
  else signal.addEventListener('abort', hurry)
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', hurry)
  }
}
