/** Slows those down who keep failing to sign in, by address. */
export interface AuthThrottle {
  /** How long the refusal of a failed attempt from `address` is to be delayed, ms. Counts the failure. */
  failed(address: string): number
}

const WINDOW_MS = 60_000
const FREE_FAILURES = 5
const STEP_MS = 200
const MAX_DELAY_MS = 5_000
const MAX_ADDRESSES = 10_000

/**
 * Only failures are slowed down, never a right secret: a ward behind one address must not be locked out by one misconfigured device.
 * Guessing is hopeless anyway (secrets have 256 random bits); this keeps a device that tries for ever from costing much.
 */
export function createAuthThrottle(now: () => number): AuthThrottle {
  const failures = new Map<string, { count: number; since: number }>()
  return {
    failed: (address) => {
      const time = now()
      const known = failures.get(address)
      const entry = known !== undefined && time - known.since < WINDOW_MS ? known : { count: 0, since: time }
      entry.count++
      failures.delete(address)
      failures.set(address, entry)
      const [oldest] = failures.keys()
      if (failures.size > MAX_ADDRESSES && oldest !== undefined) failures.delete(oldest)
      return Math.min(MAX_DELAY_MS, Math.max(0, entry.count - FREE_FAILURES) * STEP_MS)
    },
  }
}
