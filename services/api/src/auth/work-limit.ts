import { PulsewireError } from '@pulsewire/contracts'

/** Costly work, a few at a time. */
export interface WorkLimit {
  /** Runs `work` when its turn comes. PW_TOO_MANY_REQUESTS at once where too many wait already. */
  run<T>(work: () => Promise<T>): Promise<T>
}

/** @param atOnce how many run; @param maxWaiting how many may wait for their turn */
export function createWorkLimit(atOnce: number, maxWaiting: number): WorkLimit {
  const waiting: (() => void)[] = []
  let running = 0
  return {
    run: async (work) => {
      if (running < atOnce) running++
      else if (waiting.length >= maxWaiting) throw new PulsewireError('PW_TOO_MANY_REQUESTS', 'try again in a moment')
      else await new Promise<void>((resolve) => waiting.push(resolve))
      try {
        return await work()
      } finally {
        // The place is handed on, not given back: nobody who comes in between takes it.
        const next = waiting.shift()
        if (next === undefined) running--
        else next()
      }
    },
  }
}
