/** A share of so much per second, with something saved up for bursts. */
export interface TokenBucket {
  /** Takes `amount` (default 1; never more than the burst) and answers 0, or takes nothing and answers how long to wait for it, ms. */
  take(nowMs: number, amount?: number): number
}

/** @param ratePerSecond what may go on for ever; @param burst what may come at once */
export function createTokenBucket(ratePerSecond: number, burst: number): TokenBucket {
  let tokens = burst
  let filledAt: number | undefined
  return {
    take: (nowMs, amount = 1) => {
      const needed = Math.min(amount, burst)
      const elapsedMs = Math.max(0, nowMs - (filledAt ?? nowMs))
      filledAt = nowMs
      tokens = Math.min(burst, tokens + (elapsedMs / 1000) * ratePerSecond)
      if (tokens >= needed) {
        tokens -= needed
        return 0
      }
      return Math.max(1, Math.ceil(((needed - tokens) / ratePerSecond) * 1000))
    },
  }
}
