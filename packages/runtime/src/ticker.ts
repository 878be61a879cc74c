import type { Health } from './run-service.ts'

/** To be killed and started again: a tick waits for the log at most, which answers or fails long before. */
const DEAD_AFTER_MS = 60_000

/** Something that is done again and again, one at a time. */
export interface Ticker {
  /** What the last tick failed with; the next one is a new attempt. */
  problem(): string | undefined
  /** Whether the ticks go on. */
  alive(): Health
  /** Waits for the tick that is under way. */
  stop(): Promise<void>
}

/** Calls `tick` every so often, never while one is under way. It answers what failed, if anything did, and does not reject. */
export function startTicker(everyMs: number, tick: () => Promise<string | undefined>): Ticker {
  let underWay: Promise<void> | undefined
  let problem: string | undefined
  let lastMs = performance.now()
  const turn = async (): Promise<void> => {
    problem = await tick()
    lastMs = performance.now()
  }
  const timer = setInterval(() => {
    underWay ??= turn().finally(() => {
      underWay = undefined
    })
  }, everyMs)
  return {
    problem: () => problem,
    alive: () => {
      const ageMs = performance.now() - lastMs
      return { ok: ageMs < DEAD_AFTER_MS, detail: `last tick ${Math.round(ageMs / 1000)} s ago` }
    },
    stop: async () => {
      clearInterval(timer)
      await underWay
    },
  }
}
