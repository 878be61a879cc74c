import type { Health } from './run-service.ts'

/** Watches whether the event loop turns: a process whose loop stands still answers nobody. */
export interface LoopWatch {
  health(): Health
  stop(): void
}

export interface LoopWatchOptions {
  /** How often the loop is looked at, ms. */
  readonly everyMs?: number
  /** What is looked back on, ms. */
  readonly windowMs?: number
  /** Not well where the loop stood still for more than this share of it. */
  readonly stuckShare?: number
  readonly now?: () => number
}

/** A single standstill, however long, may be a machine that was paused with all that runs on it. */
const STANDSTILLS = 3

/**
 * The loop is stuck where it stood still again and again (each time for longer than a look), for half of the last 30 s in all. While it stands still,
 * nobody is answered at all: that is for whoever asks to see. Monotonic time: a clock that was set is none of it.
 */
export function watchLoop(options: LoopWatchOptions = {}): LoopWatch {
  const { everyMs = 500, windowMs = 30_000, stuckShare = 0.5, now = () => performance.now() } = options
  const standstills: { readonly at: number; readonly ms: number }[] = []
  let last = now()
  const timer = setInterval(() => {
    const at = now()
    const lateMs = at - last - everyMs
    last = at
    if (lateMs > everyMs) standstills.push({ at, ms: lateMs })
    while (standstills[0] !== undefined && standstills[0].at < at - windowMs) standstills.shift()
  }, everyMs)
  timer.unref()
  return {
    health: () => {
      const since = now() - windowMs
      const stoodMs = standstills.reduce((sum, { at, ms }) => sum + Math.max(0, at - Math.max(at - ms, since)), 0)
      return standstills.length >= STANDSTILLS && stoodMs > windowMs * stuckShare
        ? { ok: false, detail: `the event loop stood still for ${Math.round(stoodMs)} of the last ${windowMs} ms` }
        : { ok: true, detail: 'turning' }
    },
    stop: () => clearInterval(timer),
  }
}
