/** The time that a node lives in. Injected, so that a test can be a day off, or a hundred times as fast. */
export interface Clock {
  /** The device's clock, ms since 1970. */
  now(): number
  /** A clock that never jumps, ms: samples are counted by it. */
  monotonicMs(): number
  /** Calls once after `ms`; the returned function cancels. */
  after(ms: number, action: () => void): () => void
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  after: (ms, action) => {
    const timer = setTimeout(action, ms)
    return () => clearTimeout(timer)
  },
}

/** The system's clock, off by `offsetMs`: a device whose date was never set. */
export function shiftedClock(offsetMs: number): Clock {
  return { ...systemClock, now: () => Date.now() + offsetMs }
}
