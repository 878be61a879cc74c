import type { UplinkMessage } from '@pulsewire/contracts'

/** A message that waits for its PUBACK. `index` counts on over restarts. */
export interface Spooled {
  readonly index: number
  readonly uplink: UplinkMessage
  /** When it was sent first. Sent again it is the same message to the byte: the time of the first try stays in it. */
  readonly sent?: number
}

/** Where entries are kept besides memory (`spool-file.ts`). */
export interface SpoolStore {
  append(entry: Spooled): void
  markSent(index: number, sent: number): void
  /** Everything up to and with this index is done with. */
  release(index: number): void
  close(): void
}

/**
 * The node's own spool: everything that is measured goes in, leaves in order, and is removed on its PUBACK. Bounded: where it is full the
 * oldest go, counted, and the gap in seq tells the receiver.
 */
export interface Spool {
  push(uplink: UplinkMessage): void
  /** The next message to send, which is then in flight; `undefined` where all are. */
  take(): Spooled | undefined
  /** Remember when it was sent first. */
  markSent(index: number, sent: number): void
  /** The broker has it. */
  acknowledge(index: number): void
  /** The link broke: what is in flight will be sent again, first. */
  rewind(): void
  /** Not acknowledged yet; of these in flight; given up because the spool was full. */
  readonly size: number
  readonly inFlight: number
  readonly dropped: number
  close(): void
}

export interface SpoolOptions {
  /** Messages; two a second make 100,000 nearly 14 hours. */
  readonly capacity: number
  readonly store?: SpoolStore
  /** What an earlier run left behind, in order. */
  readonly recovered?: readonly Spooled[]
  readonly firstIndex?: number
}

export function createSpool({ capacity, store, recovered = [], firstIndex = 0 }: SpoolOptions): Spool {
  const waiting = new Map<number, Spooled>(recovered.map((entry) => [entry.index, entry]))
  let nextIndex = Math.max(firstIndex, (recovered.at(-1)?.index ?? -1) + 1)
  /** The next to send; what is waiting below it is in flight. */
  let cursor = recovered[0]?.index ?? nextIndex
  let inFlight = 0
  let dropped = 0

  const releaseStored = (): void => {
    const oldest = waiting.keys().next().value
    store?.release((oldest ?? nextIndex) - 1)
  }

  const remove = (index: number): void => {
    if (!waiting.delete(index)) return
    if (index < cursor) inFlight -= 1
    releaseStored()
  }

  return {
    push(uplink) {
      const entry = { index: nextIndex, uplink }
      nextIndex += 1
      waiting.set(entry.index, entry)
      store?.append(entry)
      if (waiting.size > capacity) {
        const oldest = waiting.keys().next().value
        if (oldest !== undefined) remove(oldest)
        dropped += 1
      }
    },
    take() {
      while (cursor < nextIndex) {
        const entry = waiting.get(cursor)
        cursor += 1
        if (entry === undefined) continue
        inFlight += 1
        return entry
      }
      return undefined
    },
    markSent(index, sent) {
      const entry = waiting.get(index)
      if (entry === undefined) return
      waiting.set(index, { ...entry, sent })
      store?.markSent(index, sent)
    },
    acknowledge: remove,
    rewind() {
      cursor = waiting.keys().next().value ?? nextIndex
      inFlight = 0
    },
    get size() {
      return waiting.size
    },
    get inFlight() {
      return inFlight
    },
    get dropped() {
      return dropped
    },
    close: () => store?.close(),
  }
}
