import { PulsewireError, errorCodeOf } from '@pulsewire/contracts'
import type { EventLog } from '../port.ts'
import { asError, pause, within } from './within.ts'

export interface PrimaryLinkOptions {
  readonly open: () => Promise<EventLog>
  readonly retryMinMs: number
  readonly retryMaxMs: number
  readonly onError: (error: Error) => void
}

/** The log behind the spool, which may not be there yet: tries to open it until it is. */
export interface PrimaryLink {
  /** PW_LOG_UNAVAILABLE where it is not open within `ms`; PW_CONFIG_INVALID where it never will be. */
  log(ms: number): Promise<EventLog>
  readonly opened: EventLog | undefined
  close(): Promise<void>
}

export function createPrimaryLink(options: PrimaryLinkOptions): PrimaryLink {
  const halt = new AbortController()
  const waiting = new Set<{ resolve: (log: EventLog) => void; reject: (error: unknown) => void }>()
  let log: EventLog | undefined
  let invalid: Error | undefined

  const run = async (): Promise<void> => {
    for (let delayMs = options.retryMinMs; !halt.signal.aborted; delayMs = Math.min(delayMs * 2, options.retryMaxMs)) {
      try {
        const opened = await options.open()
        if (halt.signal.aborted) return await opened.close()
        log = opened
        invalid = undefined
        for (const { resolve } of waiting) resolve(opened)
        waiting.clear()
        return
      } catch (thrown) {
        options.onError(asError(thrown))
        // Wrong now may be right later (another made the topics): it is said, and tried again.
        invalid = errorCodeOf(thrown) === 'PW_CONFIG_INVALID' ? asError(thrown) : undefined
        if (invalid !== undefined) {
          for (const { reject } of waiting) reject(invalid)
          waiting.clear()
        }
      }
      await pause(delayMs, halt.signal)
    }
  }
  const done = run()

  return {
    get opened() {
      return log
    },
    log: (ms) => {
      if (halt.signal.aborted) return Promise.reject(new PulsewireError('PW_LOG_CLOSED'))
      if (log !== undefined) return Promise.resolve(log)
      if (invalid !== undefined) return Promise.reject(invalid)
      let waiter: { resolve: (log: EventLog) => void; reject: (error: unknown) => void } | undefined
      const opened = new Promise<EventLog>((resolve, reject) => {
        waiter = { resolve, reject }
        waiting.add(waiter)
      })
      return within(opened, ms, 'opening the log').finally(() => {
        if (waiter !== undefined) waiting.delete(waiter)
      })
    },
    close: async () => {
      halt.abort()
      for (const { reject } of waiting) reject(new PulsewireError('PW_LOG_CLOSED'))
      waiting.clear()
      // An open that is under way is not waited for: it closes what it opens.
      void done.catch(options.onError)
      await log?.close()
    },
  }
}
