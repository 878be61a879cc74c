import type { Consciousness, VitalValues } from '@pulsewire/contracts'
import { median, medianOf, type TrendPoint } from '@pulsewire/early-warning'

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
  for (const [code, value] of Object.entries(vitals)) {
    if (code === 'consciousness' && typeof value === 'string') {
      if (timeMs >= (state.consciousness?.timeMs ?? 0)) state.consciousness = { value, timeMs }
    } else if (typeof value === 'number') {
      rememberLatest(state, code, { value, timeMs, ...(byStaff ? { byStaff } : {}) })
      rememberPoint((state.history[code] ??= []), timeMs, value)
    }
  }
}

/** Takes the heart rate of the ECG in, for a patient whose devices report none. */
export function rememberEcgRate(state: VitalMemoryState, timeMs: number, bpm: number): void {
  rememberLatest(state, ECG_RATE, { value: bpm, timeMs })
  rememberPoint((state.history[ECG_RATE] ??= []), timeMs, bpm)
}

function rememberLatest({ latest }: VitalMemoryState, code: string, reading: LatestReading): void {
  const last = latest[code]
  if (last === undefined) latest[code] = reading
  else if (reading.timeMs >= last.timeMs) {
    const { before } = last
    const isFar = before === undefined || reading.timeMs - before.timeMs >= APART_MS
    latest[code] = { ...reading, before: isFar ? { value: last.value, timeMs: last.timeMs } : before }
  }
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
  const points: readonly TrendPoint[] = state.history[code] ?? []
  return medianOf(points, fromMs, toMs)
}

/** The median in `[fromMs, toMs]`, of the last three points at least where there are so many. */
export function steadyValue(state: VitalMemoryState, code: string, fromMs: number, toMs: number): number | undefined {
  const points = (state.history[code] ?? []).filter(([timeMs]) => timeMs <= toMs)
  const inside = points.filter(([timeMs]) => timeMs >= fromMs).length
  return median(points.slice(-Math.max(STEADY_POINTS, inside)).map(([, value]) => value))
}

/** The events in `[fromMs, toMs]`. */
export function eventsBetween(state: VitalMemoryState, fromMs: number, toMs: number): RememberedEvent[] {
  return state.events.filter(({ timeMs }) => timeMs >= fromMs && timeMs <= toMs)
}
