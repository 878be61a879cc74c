import { PulsewireError } from '@pulsewire/contracts'
import type { EventLog } from '@pulsewire/event-log'

/** A log that answers with errors, or not at all, while it is told to. What was asked while it hung happens when it is back. */
export interface BreakableLog {
  readonly log: EventLog
  readonly condition: 'up' | 'refuse' | 'hang'
  /** How often it was asked for the registry's head. */
  readonly questions: number
  refuse(): void
  hang(): void
  recover(): void
}

export function breakable(inner: EventLog): BreakableLog {
  let condition: BreakableLog['condition'] = 'up'
  let questions = 0
  const waiting = new Set<() => void>()
  const pass = async (): Promise<void> => {
    if (condition === 'hang') await new Promise<void>((resolve) => waiting.add(resolve))
    if (condition === 'refuse') throw new PulsewireError('PW_LOG_UNAVAILABLE', 'broken by the test')
  }
  return {
    log: {
      ...inner,
      append: async (topic, records) => {
        await pass()
        return inner.append(topic, records)
      },
      ends: async (topic) => {
        questions++
        await pass()
        return inner.ends(topic)
      },
      tail: async (options) => {
        await pass()
        return inner.tail(options)
      },
    },
    get condition() {
      return condition
    },
    get questions() {
      return questions
    },
    refuse: () => (condition = 'refuse'),
    hang: () => (condition = 'hang'),
    recover: () => {
      condition = 'up'
      for (const resolve of waiting) resolve()
      waiting.clear()
    },
  }
}
