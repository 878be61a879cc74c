export { startFleet, type AckedMessage, type FleetOptions, type FleetStats, type RunningFleet } from './fleet.ts'
export type { Percentiles } from './latencies.ts'
export type { Credential } from './light-node.ts'
