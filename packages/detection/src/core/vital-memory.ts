import type { Consciousness, VitalValues } from '@pulsewire/contracts'
import { medianOf, type TrendPoint } from '@pulsewire/early-warning'

/** How far back values are kept for trends and for evidence, event time. */
const KEEP_MS = 10 * 60_000
/** One value in so many ms is enough for a trend of minutes. */
const THIN_TO_MS = 5_000
const MAX_EVENTS = 50

/** Something that the patient or the device reported once. */
export interface RememberedEvent {
  timeMs: number
  event: string
  detail?: string
}

/** The latest values and the last minutes of them. Plain data. */
export interface VitalMemoryState {
  latest: Record<string, { value: number; timeMs: number }>
  consciousness?: { value: Consciousness; timeMs: number }
  history: Record<string, [number, number][]>
  events: RememberedEvent[]
}

export function createVitalMemoryState(): VitalMemoryState {
  return { latest: {}, history: {}, events: [] }
}

/** Takes an observation in. What is older than the latest of its code changes nothing but the history. */
export function rememberVitals(state: VitalMemoryState, timeMs: number, vitals: VitalValues): void {
  for (const [code, value] of Object.entries(vitals)) {
    if (code === 'consciousness' && typeof value === 'string') {
      if (timeMs >= (state.consciousness?.timeMs ?? 0)) state.consciousness = { value, timeMs }
    } else if (typeof value === 'number') {
      if (timeMs >= (state.latest[code]?.timeMs ?? 0)) state.latest[code] = { value, timeMs }
      rememberPoint((state.history[code] ??= []), timeMs, value)
    }
  }
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

/** The events in `[fromMs, toMs]`. */
export function eventsBetween(state: VitalMemoryState, fromMs: number, toMs: number): RememberedEvent[] {
  return state.events.filter(({ timeMs }) => timeMs >= fromMs && timeMs <= toMs)
}
