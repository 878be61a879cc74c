export interface Backoff {
  /** How long to wait before the next try, ms. */
  nextMs(): number
  reset(): void
}

/** Doubling waits with full jitter: a ward of nodes that lost the same broker does not come back in step. */
export function createBackoff(options: { firstMs: number; maximumMs: number; random?: () => number }): Backoff {
  const random = options.random ?? Math.random
  let attempt = 0
  return {
    nextMs() {
      const ceiling = Math.min(options.maximumMs, options.firstMs * 2 ** attempt)
      attempt = Math.min(attempt + 1, 30)
      return ceiling / 2 + (random() * ceiling) / 2
    },
    reset() {
      attempt = 0
    },
  }
}
