import type { Consciousness, VitalValues } from '@pulsewire/contracts'
import { median, type TrendPoint } from '@pulsewire/early-warning'

/** How far back values are kept for trends and for evidence, event time. */
const KEEP_MS = 10 * 60_000
/** One value in so many ms is enough for a trend of minutes. */
const THIN_TO_MS = 5_000
const MAX_EVENTS = 50
/** A reading is compared with one at least so much older. */
const APART_MS = 10_000
/** Fewer than so many points in a stretch, and older ones are taken too: one odd reading is not to stand alone. */
const STEADY_POINTS = 3

/** Under which code the heart rate of the ECG is kept. */
export const ECG_RATE = 'heartRate.ecg'

/** A reading, and the one that it is compared with. */
export interface LatestReading {
  value: number
  timeMs: number
  /** Measured by a person: no artifact. */
  byStaff?: boolean
  before?: { value: number; timeMs: number }
}

/** Something that the patient or the device reported once. */
export interface RememberedEvent {
  timeMs: number
  event: string
  detail?: string
}

/** The latest values and the last minutes of them. Plain data. */
export interface VitalMemoryState {
  latest: Record<string, LatestReading>
  consciousness?: { value: Consciousness; timeMs: number }
  history: Record<string, [number, number][]>
  events: RememberedEvent[]
}

export function createVitalMemoryState(): VitalMemoryState {
  return { latest: {}, history: {}, events: [] }
}

/** Takes an observation in. What is older than the latest of its code changes nothing but the history. */
export function rememberVitals(state: VitalMemoryState, timeMs: number, vitals: VitalValues, byStaff = false): void {
  const { consciousness } = vitals
  if (consciousness !== undefined && timeMs >= (state.consciousness?.timeMs ?? 0))
    state.consciousness = { value: consciousness, timeMs }
  for (const code in vitals) {
    const value = readingOf(vitals, code)
    if (typeof value === 'number') {
      rememberLatest(state, code, timeMs, value, byStaff)
      rememberPoint((state.history[code] ??= []), timeMs, value)
    }
  }
}

/** Takes the heart rate of the ECG in, for a patient whose devices report none. */
export function rememberEcgRate(state: VitalMemoryState, timeMs: number, bpm: number): void {
  rememberLatest(state, ECG_RATE, timeMs, bpm, false)
  rememberPoint((state.history[ECG_RATE] ??= []), timeMs, bpm)
}

/** What a message says of a vital. */
export function readingOf(vitals: VitalValues, code: string): number | string | undefined {
  const readings: Readonly<Record<string, number | string | undefined>> = vitals
  return readings[code]
}

/** Readings are changed in place: who keeps one longer than a message copies it. */
function rememberLatest(
  { latest }: VitalMemoryState,
  code: string,
  timeMs: number,
  value: number,
  byStaff: boolean,
): void {
  const last = latest[code]
  if (last === undefined) {
    latest[code] = { value, timeMs, byStaff }
    return
  }
  if (timeMs < last.timeMs) return
  const { before } = last
  if (before === undefined || timeMs - before.timeMs >= APART_MS) {
    last.before = { value: last.value, timeMs: last.timeMs }
  }
  last.value = value
  last.timeMs = timeMs
  last.byStaff = byStaff
}

/** The reading before the latest one, where a device measured both: until the next one agrees, the latest may be an artifact. */
export function unconfirmed(state: VitalMemoryState, code: string): { value: number; timeMs: number } | undefined {
  const latest = state.latest[code]
  return latest === undefined || latest.byStaff === true ? undefined : latest.before
}

function rememberPoint(points: [number, number][], timeMs: number, value: number): void {
  const last = points.at(-1)
  if (last !== undefined && timeMs - last[0] < THIN_TO_MS) return
  points.push([timeMs, value])
  while ((points[0]?.[0] ?? timeMs) < timeMs - KEEP_MS) points.shift()
}

export function rememberEvent(state: VitalMemoryState, event: RememberedEvent): void {
  state.events.push(event)
  if (state.events.length > MAX_EVENTS) state.events.shift()
}

/** The median of a vital in `[fromMs, toMs]`. */
export function vitalMedian(state: VitalMemoryState, code: string, fromMs: number, toMs: number): number | undefined {
  return medianOfLast(state.history[code] ?? [], fromMs, toMs, 0)
}

/** The median in `[fromMs, toMs]`, of the last three points at least where there are so many. */
export function steadyValue(state: VitalMemoryState, code: string, fromMs: number, toMs: number): number | undefined {
  return medianOfLast(state.history[code] ?? [], fromMs, toMs, STEADY_POINTS)
}

/** Points are in order of time: what is asked for is near the end. */
function medianOfLast(
  points: readonly TrendPoint[],
  fromMs: number,
  toMs: number,
  leastPoints: number,
): number | undefined {
  let end = points.length
  while (end > 0 && (points[end - 1]?.[0] ?? 0) > toMs) end -= 1
  const values: number[] = []
  for (let i = end - 1; i >= 0; i--) {
    const point = points[i]
    if (point === undefined || (point[0] < fromMs && values.length >= leastPoints)) break
    values.push(point[1])
  }
  return median(values)
}

/** The events in `[fromMs, toMs]`. */
export function eventsBetween(state: VitalMemoryState, fromMs: number, toMs: number): RememberedEvent[] {
  return state.events.filter(({ timeMs }) => timeMs >= fromMs && timeMs <= toMs)
}
