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
  /** Of each power-on session, the one heard last at the end. */
  readonly boots: Map<string, ClockState>
  lastBoot: string | undefined
  last: ClockState | undefined
}

/** @param maxDevices so many are remembered at least, the ones heard last; twice as many at most */
export function createClockBook(maxDevices = 100_000): ClockBook {
  // Two generations: putting each device at the end with each message would write the whole map anew again and again.
  let devices = new Map<string, DeviceClocks>()
  let older = new Map<string, DeviceClocks>()

  const clocksOf = (device: string): DeviceClocks => {
    const recent = devices.get(device)
    if (recent !== undefined) return recent
    const clocks = older.get(device) ?? { boots: new Map(), lastBoot: undefined, last: undefined }
    if (devices.size >= maxDevices) {
      older = devices
      devices = new Map()
    }
    devices.set(device, clocks)
    return clocks
  }

  const remember = (clocks: DeviceClocks, boot: string, state: ClockState): void => {
    if (boot !== clocks.lastBoot) {
      clocks.boots.delete(boot)
      clocks.lastBoot = boot
    }
    clocks.boots.set(boot, state)
    clocks.last = state
    if (clocks.boots.size > BOOTS_PER_DEVICE) forgetOldest(clocks.boots)
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
          seq,
        },
        clocks.last,
      )
      remember(clocks, key, state)
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
