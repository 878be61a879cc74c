import type { Moment, PatientContext } from '../types.ts'
import type { GateState } from './artifact-gate.ts'
import type { Doubts } from './contradiction.ts'
import type { DeviceBeats } from './device-beats.ts'
import { createDeteriorationState, type DeteriorationState } from './deterioration.ts'
import { createDeviceWatchState, type DeviceWatchState } from './device-watch.ts'
import { createFindingBookState, type FindingBookState } from './finding-book.ts'
import type { GlucoseWatchState } from './glucose-watch.ts'
import type { InfarctionState } from './infarction.ts'
import type { LeadView } from './lead-view.ts'
import type { LimitsState } from './limits.ts'
import type { PostureState } from './posture.ts'
import type { PulseWaveState } from './pulse-wave.ts'
import type { RunState } from './rhythm-fusion.ts'
import type { StState } from './st-tracker.ts'
import { createVitalMemoryState, type VitalMemoryState } from './vital-memory.ts'

/** Positions are remembered so long, one a second and device, to name where an onset came from. */
const KEEP_POSITIONS_MS = 90_000
const POSITION_EVERY_MS = 1_000

/** All that the analysis of a patient knows, but for the ECG analysers. Plain data. */
export interface CoreState {
  context: PatientContext
  book: FindingBookState
  memory: VitalMemoryState
  limits: LimitsState
  /** Absent in states of before these were watched. */
  gate?: GateState
  glucose?: GlucoseWatchState
  deterioration: DeteriorationState
  devices: DeviceWatchState
  leads: Record<string, LeadView>
  primary?: string | undefined
  /** By device. */
  beats: Record<string, DeviceBeats>
  /** No lead said a rhythm when they were compared last; absent in states of before this was kept. */
  isQuiet?: boolean
  doubts: Doubts
  runs: RunState
  st: Record<string, StState>
  infarction: InfarctionState
  pulseWaves: Record<string, PulseWaveState>
  /** By device. */
  postures: Record<string, PostureState>
  positions: Record<string, [number, string][]>
  /** Up to when the beats of a signal have been written. */
  beatsToMs: Record<string, number>
  timeMs: number
}

export function createCoreState(context: PatientContext): CoreState {
  return {
    context,
    book: createFindingBookState(),
    memory: createVitalMemoryState(),
    limits: {},
    gate: {},
    glucose: {},
    deterioration: createDeteriorationState(),
    devices: createDeviceWatchState(),
    leads: {},
    beats: {},
    doubts: {},
    runs: {},
    st: {},
    infarction: {},
    pulseWaves: {},
    postures: {},
    positions: {},
    beatsToMs: {},
    timeMs: 0,
  }
}

/** Remembers where in the log the data of this time is. */
export function rememberPosition(state: CoreState, moment: Moment): void {
  const positions = (state.positions[moment.device] ??= [])
  const last = positions.at(-1)
  if (last !== undefined && moment.timeMs - last[0] < POSITION_EVERY_MS) return
  positions.push([moment.timeMs, moment.position])
  while ((positions[0]?.[0] ?? moment.timeMs) < moment.timeMs - KEEP_POSITIONS_MS) positions.shift()
}

/** The log position of the message of `device` in which `onsetMs` lies, as far back as is remembered. */
export function positionAt(state: CoreState, device: string, onsetMs: number): string | undefined {
  const positions = state.positions[device] ?? []
  return (positions.findLast(([timeMs]) => timeMs <= onsetMs) ?? positions[0])?.[1]
}
