import type { UplinkMessage, VitalValues, WaveformSignal } from '@pulsewire/contracts'

/** What a sensor measured, before the node gives it a boot, a seq and a time. `offsetMs` counts from the start of the source. */
export type Reading = { readonly offsetMs: number } & (
  | { readonly kind: 'vitals'; readonly vitals: VitalValues; readonly simulated?: readonly string[] }
  | { readonly kind: 'waveform'; readonly rateHz: number; readonly signals: WaveformSignal[] }
  | { readonly kind: 'event'; readonly event: string; readonly detail?: string }
  | { readonly kind: 'status'; readonly battery: number }
)

/** What the node adds. */
export interface Stamp {
  readonly boot: string
  readonly seq: number
  readonly at: number
}

/** The message of the device contract that says this reading. */
export function toUplink(reading: Reading, { boot, seq, at }: Stamp): UplinkMessage {
  switch (reading.kind) {
    case 'vitals': {
      const { vitals, simulated } = reading
      return { kind: 'vitals', message: { boot, seq, at, vitals, ...(simulated === undefined ? {} : { simulated }) } }
    }
    case 'waveform':
      return { kind: 'waveform', message: { boot, seq, at, rateHz: reading.rateHz, signals: reading.signals } }
    case 'event': {
      const { event, detail } = reading
      return { kind: 'event', message: { boot, seq, at, event, ...(detail === undefined ? {} : { detail }) } }
    }
    case 'status':
      return { kind: 'status', message: { state: 'online', boot, seq, at, battery: reading.battery } }
  }
}

/** One step of a source: what was measured in `[fromMs, fromMs + durationMs)`, and how the node itself is doing. */
export interface SourceBlock {
  readonly fromMs: number
  readonly durationMs: number
  readonly readings: readonly Reading[]
  readonly battery?: number
  readonly link?: 'good' | 'bad' | 'down'
  /** What follows is a new session of the device (a recording that begins again). */
  readonly newBoot?: boolean
}

/** Where a node gets its data from. `next` answers `undefined` when there is no more. */
export interface Source {
  next(): SourceBlock | undefined
  /** Staff asked for a cuff measurement now. */
  measurePressure?(): void
}

/** The message with the time of its transmission. */
export function withSent(uplink: UplinkMessage, sent: number): UplinkMessage {
  switch (uplink.kind) {
    case 'vitals':
      return { kind: uplink.kind, message: { ...uplink.message, sent } }
    case 'waveform':
      return { kind: uplink.kind, message: { ...uplink.message, sent } }
    case 'event':
      return { kind: uplink.kind, message: { ...uplink.message, sent } }
    case 'status':
      return { kind: uplink.kind, message: { ...uplink.message, sent } }
    case 'command-ack':
      return { kind: uplink.kind, message: { ...uplink.message, sent } }
  }
}
