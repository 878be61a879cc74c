/** A share of so much per second, with something saved up for bursts. */
export interface TokenBucket {
  /** Takes `amount` (default 1; never more than the burst) and answers 0, or takes nothing and answers how long to wait for it, ms. */
  take(nowMs: number, amount?: number): number
}

/** @param ratePerSecond what may go on for ever; @param burst what may come at once */
export function createTokenBucket(ratePerSecond: number, burst: number): TokenBucket {
  return new Bucket(ratePerSecond, burst)
}

/** (A class: each connection has two, and fields hold numbers in place, where a closure would make new ones with each message.) */
class Bucket implements TokenBucket {
  readonly #ratePerSecond: number
  readonly #burst: number
  #tokens: number
  #filledAt = NaN

  constructor(ratePerSecond: number, burst: number) {
    this.#ratePerSecond = ratePerSecond
    this.#burst = burst
    this.#tokens = burst
  }

  take(nowMs: number, amount = 1): number {
    const needed = Math.min(amount, this.#burst)
    const elapsedMs = nowMs > this.#filledAt ? nowMs - this.#filledAt : 0
    this.#filledAt = nowMs
    this.#tokens = Math.min(this.#burst, this.#tokens + (elapsedMs / 1000) * this.#ratePerSecond)
    if (this.#tokens >= needed) {
      this.#tokens -= needed
      return 0
    }
    return Math.max(1, Math.ceil(((needed - this.#tokens) / this.#ratePerSecond) * 1000))
  }
}
