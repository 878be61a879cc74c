import type { Logger } from 'kafkajs/src/network/connection.js'
import type { KafkaEventLogOptions } from '../options.ts'

/** The same words are said once in so long: while Kafka is away, every attempt has them. */
const REPEAT_AFTER_MS = 30_000

type OnLog = KafkaEventLogOptions['onLog']

/** What kafkajs's connections have to say, by `onLog`. Its debug messages are left out: there is one for every request. */
export function createLogger(onLog: OnLog): Logger {
  return named('kafka', seldom(onLog))
}

function named(namespace: string, onLog: OnLog): Logger {
  const say =
    (level: 'info' | 'warn') =>
    (message: string, extra: object = {}): void => {
      const { stack: _stack, ...fields }: Record<string, unknown> = { ...extra }
      onLog?.(level, message, { namespace, ...fields })
    }
  return {
    namespace: (name) => named(name, onLog),
    debug: () => undefined,
    info: say('info'),
    warn: say('warn'),
    // What fails is tried again, and told by whom it concerns (`onError`, rejected appends). That Kafka refuses a request ("Response …": a topic
    // that is there already, a member that is new) belongs to every start.
    error: (message, extra) => say(message.startsWith('Response ') ? 'info' : 'warn')(message, extra),
  }
}

function seldom(onLog: OnLog): OnLog {
  const said = new Map<string, { readonly atMs: number; left: number }>()
  return (level, message, fields) => {
    const now = performance.now()
    const before = said.get(message)
    if (before !== undefined && now - before.atMs < REPEAT_AFTER_MS) {
      before.left++
      return
    }
    for (const [other, { atMs }] of said) if (now - atMs >= REPEAT_AFTER_MS) said.delete(other)
    said.set(message, { atMs: now, left: 0 })
    onLog?.(level, message, before === undefined || before.left === 0 ? fields : { ...fields, repeated: before.left })
  }
}
