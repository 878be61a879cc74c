import type { StOutput } from '../types.ts'
import { meanBetween, pointAt, STEP_MS, type CutBeat } from './average-beat.ts'

/** What is measured on an average beat whose QRS complex is known. */
export type StLevels = Pick<
  StOutput,
  'levelMv' | 'jMv' | 'j60Mv' | 'j80Mv' | 'qrsMs' | 'qMv' | 'rMv' | 'sMv' | 'tAmplitudeMv' | 'qtMs'
>

/** The isoelectric level: so much before the onset of QRS (the level from which 12-lead analysis measures). */
const LEVEL_FROM_MS = 24
const LEVEL_TO_MS = 4
const AVERAGE_MS = 8
const FAST_RATE = 120
/** The T wave lies between these: after the J point, and in this part of the interval between beats, from the R peak. */
const T_AFTER_J_MS = 60
const T_PART_OF_RR = 0.65
const TALLEST_FLAT_T_MV = 0.05

const meanAround = (values: Float32Array, ms: number): number =>
  meanBetween(values, pointAt(ms - AVERAGE_MS), pointAt(ms + AVERAGE_MS))

export const pqLevel = (values: Float32Array, onsetMs: number): number =>
  meanBetween(values, pointAt(onsetMs - LEVEL_FROM_MS), pointAt(onsetMs - LEVEL_TO_MS))

/** Levels of an average beat against its PQ level; `heartRate` may be NaN. */
export function measureAt(values: Float32Array, onsetMs: number, jMs: number, heartRate: number): StLevels {
  const level = pqLevel(values, onsetMs)
  const j60Mv = meanAround(values, jMs + 60) - level
  const j80Mv = meanAround(values, jMs + 80) - level
  let rMv = 0
  let rAt = pointAt(onsetMs)
  for (let p = pointAt(onsetMs); p <= pointAt(jMs); p++) {
    const value = (values[p] ?? 0) - level
    if (value > rMv) {
      rMv = value
      rAt = p
    }
  }
  let qMv = 0
  let sMv = 0
  for (let p = pointAt(onsetMs); p <= pointAt(jMs); p++) {
    const value = (values[p] ?? 0) - level
    if (p < rAt) qMv = Math.min(qMv, value)
    else sMv = Math.min(sMv, value)
  }
  const t = tWave(values, level, jMs, heartRate)
  return {
    levelMv: heartRate > FAST_RATE ? j60Mv : j80Mv,
    jMv: meanBetween(values, pointAt(jMs), pointAt(jMs) + 1) - level,
    j60Mv,
    j80Mv,
    qrsMs: jMs - onsetMs,
    qMv,
    rMv,
    sMv,
    tAmplitudeMv: t.amplitudeMv,
    qtMs: t.endMs - onsetMs,
  }
}

/** Height of the T wave, and its end where the tangent of its steepest descent meets the level (Lepeschkin & Surawicz 1952). */
function tWave(
  values: Float32Array,
  level: number,
  jMs: number,
  heartRate: number,
): { amplitudeMv: number; endMs: number } {
  const last = Math.min(values.length - 2, pointAt(T_PART_OF_RR * (60_000 / (heartRate > 0 ? heartRate : 60))))
  let amplitudeMv = 0
  let peak = -1
  for (let p = pointAt(jMs + T_AFTER_J_MS); p <= last; p++) {
    const value = (values[p] ?? 0) - level
    if (Math.abs(value) <= Math.abs(amplitudeMv)) continue
    amplitudeMv = value
    peak = p
  }
  if (Math.abs(amplitudeMv) < TALLEST_FLAT_T_MV) return { amplitudeMv, endMs: NaN }
  const sign = Math.sign(amplitudeMv)
  let steepest = 0
  let steepestAt = -1
  for (let p = peak + 2; p <= last - 2; p++) {
    const descent = (sign * ((values[p - 2] ?? 0) - (values[p + 2] ?? 0))) / (4 * STEP_MS)
    if (descent <= steepest) continue
    steepest = descent
    steepestAt = p
  }
  if (steepestAt < 0 || steepestAt >= last - 2) return { amplitudeMv, endMs: NaN }
  const height = sign * ((values[steepestAt] ?? 0) - level)
  return { amplitudeMv, endMs: (steepestAt - pointAt(0)) * STEP_MS + Math.max(0, height) / steepest }
}

/**
 * Standard error of the ST level (mean around J+70 ms of the beats without the highest and the lowest): winsorised standard deviation
 * over (1 − 2/n)√n (Tukey & McLaughlin 1963).
 */
export function levelError(beats: readonly CutBeat[], onsetMs: number, jMs: number): number {
  const count = beats.length
  if (count < 4) return NaN
  let sum = 0
  let squares = 0
  let [lowest, low, high, highest] = [Infinity, Infinity, -Infinity, -Infinity]
  for (const { values } of beats) {
    const level = meanAround(values, jMs + 70) - pqLevel(values, onsetMs)
    sum += level
    squares += level * level
    if (level < lowest) [lowest, low] = [level, lowest]
    else if (level < low) low = level
    if (level > highest) [highest, high] = [level, highest]
    else if (level > high) high = level
  }
  sum += low - lowest + high - highest
  squares += low * low - lowest * lowest + high * high - highest * highest
  return Math.sqrt(Math.max(0, squares - (sum * sum) / count) / (count - 1) / count) / (1 - 2 / count)
}
