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
