export type * from './types.ts'
export { createEcgAnalyzer, snapshotFits } from './analyzer.ts'
export { detectBeats, type DetectedBeat } from './qrs/detect-beats.ts'
export { copyState } from './state-codec.ts'
