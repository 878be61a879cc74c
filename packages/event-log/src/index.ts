export { copyEmbeddedLog } from './embedded/copy.ts'
export { openEmbeddedEventLog, type EmbeddedEventLogOptions } from './embedded/embedded-event-log.ts'
export { openKafkaEventLog } from './kafka/kafka-event-log.ts'
export type { KafkaEventLogOptions } from './kafka/options.ts'
export { DEFAULT_PARTITIONS } from './engine/partitioner.ts'
export { MAX_RECORD_BYTES } from './engine/record-size.ts'
export { createMemoryEventLog, type MemoryEventLogOptions } from './memory/memory-event-log.ts'
export { createMemoryLogData, type MemoryLogData } from './memory/memory-log-data.ts'
export { openEventLog, type EventLogConfig } from './open-event-log.ts'
export {
  openSpooledEventLog,
  type SpooledEventLog,
  type SpooledEventLogOptions,
  type SpoolLimits,
  type SpoolStatus,
} from './spool/spooled-event-log.ts'
export * from './port.ts'
export { takeOverStates, type FencedStates, type FencedStatesOptions } from './fenced/fenced-states.ts'
export { openSystemFindings } from './fenced/open-findings.ts'
export { createTurns, type Turns } from './fenced/turns.ts'
export { createOwnership, type Ownership } from './fenced/ownership.ts'
export { parseRecord } from './fenced/parse-record.ts'
export { loadSnapshots, type LoadedSnapshots, type OfPatient, type StateSnapshot } from './fenced/snapshots.ts'
