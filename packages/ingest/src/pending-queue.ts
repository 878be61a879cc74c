import type { LogRecord } from '@pulsewire/event-log'
import type { RegistryState } from '@pulsewire/registry'
import type { PulsewireError } from '@pulsewire/contracts'

/** Where an arrival goes, and as what. */
export interface Placed {
  readonly topic: 'telemetry' | 'quarantine'
  readonly record: LogRecord
}

/** One arrival on its way into the log. */
export interface PendingEntry {
  readonly bytes: number
  /** What it came through, where that is known. */
  readonly through: object | undefined
  readonly enqueuedAt: number
  /** Its record is in the log; it is answered when all before it are. */
  durable: boolean
  /** It was answered with an error: held too long. */
  abandoned: boolean
  /** Decided by what the registry says at the time of the append. */
  place(state: RegistryState): Placed
  /** Called once: it is durable, or why it was given up. Must not throw. */
  answer(error?: PulsewireError): void
}

/** Arrivals in order. Taken out at the front only. */
export interface PendingQueue {
  readonly count: number
  readonly bytes: number
  push(entry: PendingEntry): void
  /** The first so many, which stay in the queue. At least one where there is any. */
  peek(maxCount: number, maxBytes: number): PendingEntry[]
  first(): PendingEntry | undefined
  shift(): PendingEntry | undefined
  all(): readonly PendingEntry[]
}

export function createPendingQueue(): PendingQueue {
  /** What was taken out leaves a hole at once: held for longer, it would outlive the collections of young objects. */
  let entries: (PendingEntry | undefined)[] = []
  let head = 0
  let bytes = 0

  const shift = (): PendingEntry | undefined => {
    const entry = entries[head]
    if (entry === undefined) return undefined
    entries[head] = undefined
    head++
    bytes -= entry.bytes
    if (head > 1024 && head * 2 > entries.length) {
      entries = entries.slice(head)
      head = 0
    }
    return entry
  }
  return {
    get count() {
      return entries.length - head
    },
    get bytes() {
      return bytes
    },
    push: (entry) => {
      entries.push(entry)
      bytes += entry.bytes
    },
    peek: (maxCount, maxBytes) => {
      const taken: PendingEntry[] = []
      let takenBytes = 0
      for (let i = head; i < entries.length && taken.length < maxCount; i++) {
        const entry = entries[i]
        if (entry === undefined || (taken.length > 0 && takenBytes + entry.bytes > maxBytes)) break
        taken.push(entry)
        takenBytes += entry.bytes
      }
      return taken
    },
    first: () => entries[head],
    shift,
    all: () => entries.slice(head).filter((entry) => entry !== undefined),
  }
}
