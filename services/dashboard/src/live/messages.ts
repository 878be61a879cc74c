import type { Alarm, BeatClass, Finding, Monitoring, Role } from '@pulsewire/contracts'
import type { Device, Patient } from '../api/operations.ts'

/** A value with its unit, its own time and the device that it came from. */
export interface LatestValue {
  value: number | string
  unit: string
  time: number
  device: string
}

/** A patient as `GET /patients` tells. */
export type PatientRow = Patient

/** A device as `GET /devices` tells. */
export type DeviceRow = Device

export interface HelloLive {
  type: 'hello'
  serverTime: number
  position?: string
  user: string
  roles: Role[]
}
export interface VitalsLive {
  type: 'vitals'
  patient: string
  device: string
  position?: string
  time: number
  receivedAt: number
  late: boolean
  vitals: Record<string, number | string>
}
export interface WaveformLive {
  type: 'waveform'
  patient: string
  device: string
  position?: string
  receivedAt: number
  late: boolean
  signals: {
    name: string
    unit: string
    rateHz: number
    segments: { start: number; samples: (number | null)[] }[]
  }[]
}
export interface FindingLive {
  type: 'finding'
  position?: string
  finding: Finding
}
export interface BeatsLive {
  type: 'beats'
  position?: string
  patient: string
  device: string
  signal: string
  /** The beats replace what was known of `[from, to)`. */
  from: number
  to: number
  beats: [number, BeatClass][]
}
export interface AlarmLive {
  type: 'alarm'
  position?: string
  event: string
  alarm: Alarm
}
export interface StatusLive {
  type: 'status'
  position?: string
  device?: string
  patient?: string
  state?: 'online' | 'offline'
  battery?: number
  time?: number
  monitoring?: Monitoring
  system?: {
    detectors?: { worker: string; at: number }[]
    ok: boolean
    message?: string
    detail?: string
    proofEveryMs?: number
  }
  serverTime?: number
  registry?: boolean
  dropped?: number
}
/** A proof came all the way from a device. */
export interface ProofLive {
  type: 'proof'
  position?: string
  sentAt: number
  at: number
}
export type LiveMessage =
  ProofLive | HelloLive | VitalsLive | WaveformLive | FindingLive | BeatsLive | AlarmLive | StatusLive

const TYPES: ReadonlySet<string> = new Set([
  'hello',
  'vitals',
  'waveform',
  'finding',
  'beats',
  'alarm',
  'status',
  'proof',
])

/** A text of the live WebSocket; `undefined` for what this screen does not know (a newer server may say more). */
export function parseLiveMessage(text: string): LiveMessage | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || !('type' in value)) return undefined
    return TYPES.has(String(value.type)) ? (value as LiveMessage) : undefined
  } catch {
    return undefined
  }
}
