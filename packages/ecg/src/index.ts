export type * from './types.ts'
export { createEcgAnalyzer, snapshotFits } from './analyzer.ts'
export { ATRIAL_FEATURES } from './rhythm/atrial-model.ts'
export { VENTRICULAR_FEATURES } from './beats/ventricular-model.ts'
export { FEATURES as QRS_FEATURES } from './qrs/qrs-candidate.ts'
export { probeQrs, type JudgedPeak } from './qrs/qrs-probe.ts'
export { detectBeats, type DetectedBeat } from './qrs/detect-beats.ts'
export { copyState } from './state-codec.ts'
export { measureJointly } from './st/joint.ts'
export { ST_EVERY_S } from './st/st-segment.ts'
export { FIBRILLATION_FEATURES } from './rhythm/fibrillation-model.ts'
export { probeFibrillation } from './rhythm/fibrillation-probe.ts'
export {
  createJointQrs,
  decideJointly,
  dropLead,
  forgetHeard,
  hearPeak,
  hearSecond,
  JOINT_STEP_MS,
  openQuestionMs,
  trustIn,
  type JointBeat,
  type JointQrs,
} from './qrs/joint-qrs.ts'
export { heartRateOf, takeInterval, type Intervals } from './rhythm/rate-rhythms.ts'
