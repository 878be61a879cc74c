/** The electrocardiogram leads that a device may name, besides `single` (an unspecified lead). */
export const ECG_LEADS = [
  'I', 'II', 'III', 'aVR', 'aVL', 'aVF',
  'V1', 'V2', 'V3', 'V4', 'V5', 'V6', 'V7', 'V8', 'V9', 'V3R', 'V4R',
  'MLI', 'MLII', 'MLIII', 'V', 'MCL1', 'ES', 'AS', 'AI',
] as const // prettier-ignore
export type EcgLead = (typeof ECG_LEADS)[number]

/** The other signals that a waveform block may carry. */
export const OTHER_SIGNALS = ['ppg', 'resp', 'abp', 'accel.x', 'accel.y', 'accel.z'] as const

/** `ecg.<lead>`, `ecg.single`, or one of the other signals. */
export const SIGNAL_PATTERN = /^(ecg\.[A-Za-z0-9]{1,8}|ppg|resp|abp|accel\.[xyz])$/

/** The sample that says "nothing was measured here". */
export const MISSING_SAMPLE = -32768

/** The lead of an ECG signal's name (`ecg.II` → `II`), or `undefined` for another signal. */
export function ecgLeadOf(signal: string): string | undefined {
  return signal.startsWith('ecg.') ? signal.slice(4) : undefined
}
