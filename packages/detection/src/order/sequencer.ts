import { completeAt } from '../core/complete-at.ts'
import type { CoreItem } from '../types.ts'
import { addSeq, hasAll, type SeqIntervals } from './seq-intervals.ts'

/** A message waits so long (event time) for one that is missing before it. */
export const REORDER_MS = 2_000
/** And so long in wall-clock time, where no further message moves the event time on. */
const REORDER_WALL_MS = 4_000
/** Power-on sessions that are remembered for each device. */
const MAX_BOOTS = 32

export type TelemetryItem = Extract<CoreItem, { kind: 'telemetry' }>

/** What is to be done with a message. */
export type Sequenced =
  /** Next in order. */
  | { readonly kind: 'next'; readonly item: TelemetryItem }
  /** It belongs before what was analysed already. */
  | { readonly kind: 'filler'; readonly item: TelemetryItem }

interface Boot {
  seen: SeqIntervals
  /** The first number that is not released yet. */
  next?: number
  held: TelemetryItem[]
  newestMs: number
}

interface Device {
  /** The session that is analysed live, and up to when (event time). */
  boot?: string
  analysedMs: number
  boots: Record<string, Boot>
}

export interface SequencerSnapshot {
  readonly devices: Readonly<
    Record<
      string,
      {
        readonly boot?: string
        readonly analysedMs: number
        readonly boots: Readonly<
          Record<
            string,
            {
              readonly seen: SeqIntervals
              readonly next?: number
              readonly held: readonly TelemetryItem[]
              readonly newestMs: number
            }
          >
        >
      }
    >
  >
}

/**
 * Puts the messages of each device into the order of their sequence numbers and takes duplicates out. In-order messages pass at
 * once; one after a hole waits until the hole is filled or the device's event time is 2 s further.
 */
export interface Sequencer {
  accept(item: TelemetryItem): Sequenced[]
  /** Releases what has waited too long by the wall clock. */
  tick(nowMs: number): Sequenced[]
  /** All messages of the live session from this one on, up to what was released, have come. */
  isFilledFrom(item: TelemetryItem): boolean
  snapshot(): SequencerSnapshot
}

export function createSequencer(from?: SequencerSnapshot): Sequencer {
  const devices = new Map<string, Device>()
  for (const [id, stored] of Object.entries(from?.devices ?? {})) devices.set(id, restoreDevice(stored))

  const deviceOf = (id: string): Device => {
    const known = devices.get(id)
    if (known !== undefined) return known
    const device: Device = { analysedMs: 0, boots: {} }
    devices.set(id, device)
    return device
  }

  return {
    accept: (item) => {
      const { device: id, boot: name, seq, time } = item.headers
      // A last will stands outside the accounting.
      if (name === undefined || seq === undefined) return [{ kind: 'next', item }]
      const device = deviceOf(id)
      const boot = bootOf(device, name, time)
      if (!addSeq(boot.seen, seq)) return []
      boot.newestMs = Math.max(boot.newestMs, completeAt(item))
      if (boot.next !== undefined && seq < boot.next) return [{ kind: 'filler', item }]
      const at = boot.held.findIndex((other) => (other.headers.seq ?? 0) > seq)
      boot.held.splice(at < 0 ? boot.held.length : at, 0, item)
      return release(device, name, boot, (held) => boot.newestMs - completeAt(held) >= REORDER_MS)
    },
    tick: (nowMs) =>
      [...devices.values()].flatMap((device) =>
        Object.entries(device.boots).flatMap(([name, boot]) =>
          release(device, name, boot, ({ headers }) => nowMs - headers.receivedAt >= REORDER_WALL_MS),
        ),
      ),
    isFilledFrom: ({ headers }) => {
      const device = devices.get(headers.device)
      if (device === undefined || device.boot !== headers.boot) return false
      const boot = device.boots[headers.boot ?? '']
      return boot?.next !== undefined && hasAll(boot.seen, headers.seq ?? 0, boot.next)
    },
    snapshot: () => ({
      devices: Object.fromEntries([...devices].map(([id, device]) => [id, storeDevice(device)])),
    }),
  }
}

function bootOf(device: Device, name: string, timeMs: number): Boot {
  const known = device.boots[name]
  if (known !== undefined) return known
  const names = Object.keys(device.boots)
  if (names.length >= MAX_BOOTS) {
    const oldest = names.toSorted((a, b) => (device.boots[a]?.newestMs ?? 0) - (device.boots[b]?.newestMs ?? 0))[0]
    if (oldest !== undefined) delete device.boots[oldest]
  }
  const boot: Boot = { seen: [], held: [], newestMs: timeMs }
  device.boots[name] = boot
  return boot
}

function release(device: Device, name: string, boot: Boot, hasWaited: (item: TelemetryItem) => boolean): Sequenced[] {
  const released: Sequenced[] = []
  for (;;) {
    const first = boot.held[0]
    if (first === undefined) return released
    const seq = first.headers.seq ?? 0
    // Nothing comes before the number 0; else a session that was joined in the middle waits once.
    const inOrder = boot.next === undefined ? seq === 0 : seq === boot.next
    if (!inOrder && !hasWaited(first)) return released
    boot.held.shift()
    boot.next = seq + 1
    released.push(place(device, name, first))
  }
}

/** A session that ended earlier and comes from a spool, behind what another one was analysed up to, fills in. */
function place(device: Device, boot: string, item: TelemetryItem): Sequenced {
  const behind = device.boot !== undefined && device.boot !== boot && item.headers.time < device.analysedMs - REORDER_MS
  if (behind) return { kind: 'filler', item }
  device.boot = boot
  device.analysedMs = item.headers.time
  return { kind: 'next', item }
}

function storeDevice({ boot, analysedMs, boots }: Device): SequencerSnapshot['devices'][string] {
  return {
    ...(boot === undefined ? {} : { boot }),
    analysedMs,
    boots: Object.fromEntries(
      Object.entries(boots).map(([name, { seen, next, held, newestMs }]) => [
        name,
        {
          seen: seen.map(([low, high]) => [low, high]),
          ...(next === undefined ? {} : { next }),
          held: [...held],
          newestMs,
        },
      ]),
    ),
  }
}

function restoreDevice(stored: SequencerSnapshot['devices'][string]): Device {
  const boots: Record<string, Boot> = {}
  for (const [name, { seen, next, held, newestMs }] of Object.entries(stored.boots)) {
    boots[name] = {
      seen: seen.map(([low, high]) => [low, high]),
      ...(next === undefined ? {} : { next }),
      held: [...held],
      newestMs,
    }
  }
  return { ...(stored.boot === undefined ? {} : { boot: stored.boot }), analysedMs: stored.analysedMs, boots }
}
