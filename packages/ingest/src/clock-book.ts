import type { UplinkMessage } from '@pulsewire/contracts'
import type { Arrival } from './arrival.ts'
import { observeClock, type ClockState } from './clock-tracker.ts'

/** Power-on sessions remembered per device: a spool may still hold messages of the one before. */
const BOOTS_PER_DEVICE = 4

/** The times of one message, as the log keeps them. */
export interface MessageTimes {
  /** Device clock; of a message without one (a last will): the time of receipt. */
  readonly at: number
  /** `at + clockOffsetMs`: the event time. Never more than 5 s after receipt. */
  readonly time: number
  readonly clockOffsetMs: number
}

/** The clocks of all devices heard, in this process's memory: what is forgotten is measured anew. */
export interface ClockBook {
  times(device: string, uplink: UplinkMessage, receivedAt: number, transport?: Transport): MessageTimes
}

/** What the transport says: marked as sent before; held, perhaps, by a broker between the device and us. */
export type Transport = Pick<Arrival, 'again' | 'relayed'>

interface DeviceClocks {
  readonly boots: Map<string, ClockState>
  last: ClockState | undefined
}

/** @param maxDevices the device heard longest ago is forgotten beyond so many */
export function createClockBook(maxDevices = 100_000): ClockBook {
  const devices = new Map<string, DeviceClocks>()

  const clocksOf = (device: string): DeviceClocks => {
    const clocks = devices.get(device) ?? { boots: new Map<string, ClockState>(), last: undefined }
    devices.delete(device)
    devices.set(device, clocks)
    if (devices.size > maxDevices) forgetOldest(devices)
    return clocks
  }

  return {
    times: (device, { kind, message }, receivedAt, { again = false, relayed = false } = {}) => {
      const { at, boot, seq, sent } = message
      if (at === undefined) return { at: receivedAt, time: receivedAt, clockOffsetMs: 0 }
      const clocks = clocksOf(device)
      const key = boot ?? ''
      const coveredUntil = kind === 'waveform' ? at + blockMs(message.signals[0]?.samples.length, message.rateHz) : at
      const state = observeClock(
        clocks.boots.get(key),
        {
          receivedAt,
          // What a message covers cannot end after it was sent: where it claims to, its `at` is the better witness of the two.
          stamp: Math.max(sent ?? 0, coveredUntil),
          transmitted: sent !== undefined && !relayed,
          again,
          ...(seq === undefined ? {} : { seq }),
        },
        clocks.last,
      )
      clocks.boots.delete(key)
      clocks.boots.set(key, state)
      if (clocks.boots.size > BOOTS_PER_DEVICE) forgetOldest(clocks.boots)
      clocks.last = state
      return { at, time: at + state.offsetMs, clockOffsetMs: state.offsetMs }
    },
  }
}

/** The length of a block, whole ms. */
function blockMs(samples = 0, rateHz: number): number {
  return Math.floor((samples / rateHz) * 1000)
}

function forgetOldest(map: Map<string, unknown>): void {
  const [oldest] = map.keys()
  if (oldest !== undefined) map.delete(oldest)
}
