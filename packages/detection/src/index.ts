export type * from './types.ts'
export * from './patient-monitor.ts'
export * from './priorities.ts'
export { areContiguous, elevationThresholdMv } from './core/lead-geometry.ts'
