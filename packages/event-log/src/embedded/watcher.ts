import type { LogTopic } from '@pulsewire/contracts'
import type { Environment } from './environment.ts'

const FASTEST_MS = 10
const SLOWEST_MS = 50
const SLOWING = 1.2

/** Tells who reads that something was appended: at once for this process's own appends, by a shared adaptive poll for other processes'. */
export interface Watcher {
  watch(topics: readonly LogTopic[], listener: (changed: ReadonlySet<LogTopic>) => void): () => void
  /** This process appended to the topic, and left `tick` in its clock. */
  notify(topic: LogTopic, tick: string): void
  close(): void
}

export function createWatcher(env: Environment): Watcher {
  const watches = new Set<{ topics: readonly LogTopic[]; listener: (changed: ReadonlySet<LogTopic>) => void }>()
  const seen = new Map<LogTopic, string | undefined>()
  let delayMs = FASTEST_MS
  let timer: NodeJS.Timeout | undefined
  let closed = false

  const tell = (changed: ReadonlySet<LogTopic>): void => {
    for (const { topics, listener } of watches) {
      if (topics.some((topic) => changed.has(topic))) listener(changed)
    }
  }

  /** The topics that were appended to since the last call. */
  const changes = (): Set<LogTopic> => {
    const changed = new Set<LogTopic>()
    env.root.resetReadTxn()
    for (const [topic, before] of seen) {
      const now = env.clock.get(topic)
      if (now === before) continue
      seen.set(topic, now)
      changed.add(topic)
    }
    return changed
  }

  const poll = (): void => {
    timer = undefined
    if (closed || watches.size === 0) return
    const changed = changes()
    if (changed.size > 0) {
      delayMs = FASTEST_MS
      tell(changed)
    } else {
      delayMs = Math.min(SLOWEST_MS, delayMs * SLOWING)
    }
    timer = setTimeout(poll, delayMs)
  }

  return {
    watch(topics, listener) {
      const watch = { topics, listener }
      watches.add(watch)
      for (const topic of topics) {
        if (!seen.has(topic)) seen.set(topic, undefined)
      }
      timer ??= setTimeout(poll, 0)
      return () => {
        watches.delete(watch)
      }
    },
    notify(topic, tick) {
      // Where another process appended in between, the listeners find that too when they read now.
      if (seen.has(topic)) seen.set(topic, tick)
      tell(new Set([topic]))
    },
    close() {
      closed = true
      clearTimeout(timer)
    },
  }
}
