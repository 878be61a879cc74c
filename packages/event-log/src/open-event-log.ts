import { openEmbeddedEventLog, type EmbeddedEventLogOptions } from './embedded/embedded-event-log.ts'
import { createMemoryEventLog, type MemoryEventLogOptions } from './memory/memory-event-log.ts'
import type { EventLog } from './port.ts'

/** Which adapter, and its options. */
export type EventLogConfig =
  ({ readonly kind: 'embedded' } & EmbeddedEventLogOptions) | ({ readonly kind: 'memory' } & MemoryEventLogOptions)

/** Opens the log that the configuration names. */
export async function openEventLog(config: EventLogConfig): Promise<EventLog> {
  return config.kind === 'embedded' ? openEmbeddedEventLog(config) : createMemoryEventLog(config)
}
