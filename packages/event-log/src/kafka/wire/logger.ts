import type { Logger } from 'kafkajs/src/network/connection.js'
import type { KafkaEventLogOptions } from '../options.ts'

/** What kafkajs's connections have to say, by `onLog`. Its debug messages are left out: there is one for every request. */
export function createLogger(onLog: KafkaEventLogOptions['onLog'], namespace = 'kafka'): Logger {
  const say =
    (level: 'info' | 'warn') =>
    (message: string, extra: object = {}): void => {
      const { stack: _stack, ...fields }: Record<string, unknown> = { ...extra }
      onLog?.(level, message, { namespace, ...fields })
    }
  return {
    namespace: (name) => createLogger(onLog, name),
    debug: () => undefined,
    info: say('info'),
    warn: say('warn'),
    // What fails is tried again, and told by whom it concerns (`onError`, rejected appends).
    error: say('warn'),
  }
}
