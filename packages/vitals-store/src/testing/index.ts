/** For tests of what stands on the store: the embedded store without a thread of its own (which takes most of a short test's time). */
export { openEngine as openStoreInThisThread } from '../embedded/engine.ts'
export { fillWard, type SyntheticWard } from '../embedded/fill-ward.ts'
export * from './samples.ts'
/** For tests on a real InfluxDB (`*.engines.ts`): a bucket of their own. */
export { createTestBucket, type TestBucket } from '../influxdb/testing.ts'
export { envelopesOf } from '../shared/envelope.ts'
