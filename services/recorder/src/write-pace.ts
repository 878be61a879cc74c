import { setTimeout as delay } from 'node:timers/promises'

/** A rest is so many times what the last write took: writing then takes a tenth of the time at most. */
const REST_IN_WRITES = 10

/**
 * How often is written: a write costs much that does not depend on what is in it, so under load few large ones are better. The pause is made
 * before records are read, so that nothing waits in memory meanwhile.
 */
export interface WritePace {
  /** A write ended, which took so long. */
  wrote(tookMs: number): void
  /** Resolves when it is time for the next; at once where `signal` is aborted. */
  rest(signal: AbortSignal): Promise<void>
}

/** Rests `maxRestMs` at most. */
export function createWritePace(maxRestMs: number): WritePace {
  let until = 0
  return {
    wrote(tookMs) {
      until = performance.now() + Math.min(maxRestMs, tookMs * REST_IN_WRITES)
    },
    async rest(signal) {
      const longest = performance.now() + maxRestMs
      // Somebody else's write meanwhile makes it longer: so all begin again together, and their records go into one write.
      for (let restMs = until - performance.now(); restMs > 0 && !signal.aborted;) {
        // Only a stop cuts it short.
        await delay(restMs, undefined, { signal }).catch(() => undefined)
        restMs = Math.min(until, longest) - performance.now()
      }
    },
  }
}
