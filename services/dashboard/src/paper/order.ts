/** The order of the twelve-lead ECG, then other leads, pulse, pressure, respiration, movement. */
const ORDER = ['I', 'II', 'III', 'aVR', 'aVL', 'aVF', 'V1', 'V2', 'V3', 'V4', 'V5', 'V6'].map((lead) => `ecg.${lead}`)
const OTHERS = ['ppg', 'abp', 'resp', 'accel.x', 'accel.y', 'accel.z']

const rank = (signal: string): number => {
  const standard = ORDER.indexOf(signal)
  if (standard >= 0) return standard
  if (signal.startsWith('ecg.')) return ORDER.length
  return ORDER.length + 1 + OTHERS.indexOf(signal)
}

/** Signals as they stand on paper from top to bottom: I, II, III, aVR … V6, pleth, pressure, respiration. */
export function byConvention(a: string, b: string): number {
  return rank(a) - rank(b) || a.localeCompare(b)
}

export const isEcg = (signal: string): boolean => signal.startsWith('ecg.')
