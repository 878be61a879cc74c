import type { Answer } from '../api/client.ts'
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

/** What the live WebSocket says. */
export type LiveMessage = Answer<'GET /live'>
type Live<T extends LiveMessage['type']> = Extract<LiveMessage, { type: T }>
export type VitalsLive = Live<'vitals'>
export type WaveformLive = Live<'waveform'>
export type StatusLive = Live<'status'>
export type BeatsLive = Live<'beats'>

const TYPES: ReadonlySet<string> = new Set([
  'hello',
  'vitals',
  'waveform',
  'finding',
  'beats',
  'alarm',
  'status',
  'action',
  'proof',
  'problem',
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
