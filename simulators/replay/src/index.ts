export { createCompanion } from './companion.ts'
export { createRecordSource, signalName, type RecordSource, type RecordSourceOptions } from './record-source.ts'
export { BUNDLED_RECORDS, bundledRecord, type BundledRecord } from './records.ts'
export { originalStart, startReplay, type ReplayOptions } from './replay.ts'
