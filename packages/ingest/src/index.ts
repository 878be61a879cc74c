export type { Arrival, IngestNotice, Outcome } from './arrival.ts'
export { CLOCK_MOVED_MS, CLOCK_OFF_MS } from './clock-tracker.ts'
export { DEFAULT_INGEST_LIMITS, createIngest, type Ingest, type IngestLimits, type IngestOptions } from './ingest.ts'
