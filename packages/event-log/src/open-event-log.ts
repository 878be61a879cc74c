import { openEmbeddedEventLog, type EmbeddedEventLogOptions } from './embedded/embedded-event-log.ts'
import { openKafkaEventLog } from './kafka/kafka-event-log.ts'
import type { KafkaEventLogOptions } from './kafka/options.ts'
import { createMemoryEventLog, type MemoryEventLogOptions } from './memory/memory-event-log.ts'
import type { EventLog } from './port.ts'

/** Which adapter, and its options. */
export type EventLogConfig =
  | ({ readonly kind: 'embedded' } & EmbeddedEventLogOptions)
  | ({ readonly kind: 'kafka' } & KafkaEventLogOptions)
  | ({ readonly kind: 'memory' } & MemoryEventLogOptions)

/** Opens the log that the configuration names. */
export async function openEventLog(config: EventLogConfig): Promise<EventLog> {
  switch (config.kind) {
    case 'embedded':
      return openEmbeddedEventLog(config)
    case 'kafka':
      return openKafkaEventLog(config)
    case 'memory':
      return createMemoryEventLog(config)
  }
}
