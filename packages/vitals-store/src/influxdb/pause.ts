/** Notices when this process stands still (SIGSTOP, a suspended machine, a blocked loop), by a timer that should have fired. */
export interface PauseWatch {
  /** Now, ms, monotonic: to be given to `since`. */
  now(): number
  /** Whether the process stood still at any time since. */
  since(mark: number): boolean
  stop(): void
}

const TICK_MS = 250

export function watchPauses(pauseMs: number, clock: () => number = () => performance.now()): PauseWatch {
  let lastTick = clock()
  let lastPause = -Infinity
  const look = (): void => {
    const now = clock()
    if (now - lastTick > pauseMs) lastPause = now
    lastTick = now
  }
  const timer = setInterval(look, TICK_MS)
  timer.unref()
  return {
    now() {
      look()
      return lastTick
    },
    since(mark) {
      look()
      return lastPause > mark
    },
    stop() {
      clearInterval(timer)
    },
  }
}
