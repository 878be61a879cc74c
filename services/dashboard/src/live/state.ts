import type { Alarm, Finding, Role } from '@pulsewire/contracts'
import type { LatestValue, PatientRow } from './messages.ts'

/** `connecting` = never yet; `live`; `lost` = nothing was heard for three seconds: no value on the screen is current. */
export type ConnectionPhase = 'connecting' | 'live' | 'lost'

export interface Connection {
  phase: ConnectionPhase
  /** By this screen's clock: when the last message came. */
  lastMessageAt: number
  /** Server clock − this screen's clock, ms: by the message of the last ones that was under way for the shortest time. */
  clockOffsetMs: number
  /** The same by each of the last messages that told the server's time. */
  clockOffsetsMs: readonly number[]
  /** Messages that the server left out for us because we were too slow, since sign-in. */
  dropped: number
}

export interface PatientState extends Omit<PatientRow, 'latest'> {
  values: Readonly<Record<string, LatestValue>>
}

/** An alarm and the message that it came with (its place in the order of what this screen has heard). */
export interface HeardAlarm {
  alarm: Alarm
  heard: number
}

export interface WardState {
  user: string | undefined
  roles: readonly Role[]
  connection: Connection
  /** Messages and loads so far. */
  heard: number
  patients: ReadonlyMap<string, PatientState>
  /** Alarms that have not ended, by id. */
  alarms: ReadonlyMap<string, HeardAlarm>
  /** The newest findings by patient, newest first (a screen's worth). */
  findings: ReadonlyMap<string, readonly Finding[]>
  system: { ok: boolean; message?: string | undefined; detail?: string | undefined; proofEveryMs?: number | undefined }
  /** When the newest proof was sent that came to this screen, and since when it waits for them (server time, ms). */
  proof: { sentAt?: number; watchedFrom?: number }
  /** Counts registry changes: who shows registry data fetches again when it moves. */
  registry: number
  loaded: boolean
}

export const EMPTY_WARD: WardState = {
  user: undefined,
  roles: [],
  connection: { phase: 'connecting', lastMessageAt: 0, clockOffsetMs: 0, clockOffsetsMs: [], dropped: 0 },
  heard: 0,
  patients: new Map(),
  alarms: new Map(),
  findings: new Map(),
  system: { ok: true },
  proof: {},
  registry: 0,
  loaded: false,
}
