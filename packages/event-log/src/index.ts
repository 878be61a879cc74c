export { createMemoryEventLog, type MemoryEventLogOptions } from './memory/memory-event-log.ts'
export { createMemoryLogData, type MemoryLogData } from './memory/memory-log-data.ts'
export * from './port.ts'
