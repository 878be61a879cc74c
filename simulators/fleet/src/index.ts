export {
  startFleet,
  type AckedMessage,
  type FleetOptions,
  type FleetStats,
  type RunningFleet,
  type SentStream,
} from './fleet.ts'
export { createLatencies, type Latencies, type Percentiles } from './latencies.ts'
export type { Credential } from './light-node.ts'
export { checkStored, type StoredReport } from './stored.ts'
export { createTemplates, type Template } from './payload.ts'
