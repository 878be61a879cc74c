export { RECORDED_TOPICS, RECORDER_GROUP, startRecorder } from './recorder.ts'
export type { RecorderDeps, RecorderOptions, RunningRecorder } from './recorder.ts'
export { NOBODY } from './map-telemetry.ts'
