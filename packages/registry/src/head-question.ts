import { PulsewireError, errorCodeOf } from '@pulsewire/contracts'
import type { EventLog } from '@pulsewire/event-log'

/** A log that does not answer for so long is asked anew. */
const GIVE_UP_MS = 5_000
const ASK_AGAIN_MS = 100

/** Asks the log for the registry's head. */
export interface HeadQuestion {
  /** The head at a moment after the call; PW_REGISTRY_BEHIND where the log does not tell within `ms`. */
  ask(ms: number): Promise<number>
}

/**
 * One question at a time: who asks while one is unanswered shares the next with all others. So a storm of sign-ins costs the log, also one that is
 * down, a question at a time. While the log refuses it is asked again: what is short goes by unnoticed.
 */
export function createHeadQuestion(log: Pick<EventLog, 'ends'>): HeadQuestion {
  let asking: Promise<number> | undefined
  let following: Promise<number> | undefined

  const askLog = async (): Promise<number> => {
    const deadline = performance.now() + GIVE_UP_MS
    for (;;) {
      try {
        const [end] = await bounded(log.ends('registry'), deadline - performance.now())
        return end === undefined || end.next <= end.earliest ? 0 : end.next
      } catch (error) {
        if (errorCodeOf(error) === 'PW_LOG_CLOSED' || performance.now() + ASK_AGAIN_MS > deadline) throw error
        await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS))
      }
    }
  }
  const start = (): Promise<number> => {
    const question = askLog().finally(() => (asking = undefined))
    asking = question
    return question
  }
  const ask = (): Promise<number> => {
    if (asking === undefined) return start()
    following ??= asking.then(ignore, ignore).then(() => {
      following = undefined
      return start()
    })
    return following
  }
  return { ask: (ms) => bounded(ask(), ms) }
}

function bounded<T>(work: Promise<T>, ms: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = (): void =>
      reject(new PulsewireError('PW_REGISTRY_BEHIND', 'the log does not tell how far the registry is'))
    const timer = setTimeout(late, Math.max(0, ms))
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

function ignore(): void {
  // Whoever asked was told.
}
