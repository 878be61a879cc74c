import { decodeUplink } from '@pulsewire/codec'
import {
  MAX_PAYLOAD_BYTES,
  PulsewireError,
  isId,
  parseUplinkTopic,
  uplinkKindOf,
  type PayloadEncoding,
  type UplinkKind,
  type UplinkMessage,
} from '@pulsewire/contracts'
import type { EventLog } from '@pulsewire/event-log'
import type { RegistryView } from '@pulsewire/registry'
import type { Answer, Arrival, IngestNotice, Outcome } from './arrival.ts'
import { createClockBook, type MessageTimes } from './clock-book.ts'
import { createCommitter, type Committer } from './committer.ts'
import type { Refusal } from './quarantine-record.ts'
import { TakenMessage, TakenRefusal, type Answering } from './taken.ts'

export interface IngestLimits {
  /** Back-pressure is asked for above either of these. Nothing is ever dropped. */
  readonly maxPending: number
  readonly maxPendingBytes: number
  readonly maxBatchRecords: number
  readonly maxBatchBytes: number
  /** Under load, batches follow each other by up to so much. */
  readonly maxPaceMs: number
  /** How long an arrival is held while the log refuses, before its sender has to send it again. Below keepalive. */
  readonly maxHoldMs: number
  /** How long the registry's view may take to reach the head before an append. */
  readonly catchUpTimeoutMs: number
  readonly retryMinMs: number
  readonly retryMaxMs: number
  /** A device with a clock that is off is told so this often. */
  readonly clockNoticeEveryMs: number
}

export const DEFAULT_INGEST_LIMITS: IngestLimits = {
  maxPending: 20_000,
  maxPendingBytes: 64 * 1024 * 1024,
  maxBatchRecords: 4_000,
  maxBatchBytes: 8 * 1024 * 1024,
  maxPaceMs: 20,
  maxHoldMs: 20_000,
  catchUpTimeoutMs: 5_000,
  retryMinMs: 50,
  retryMaxMs: 1_000,
  clockNoticeEveryMs: 60_000,
}

export interface IngestOptions {
  readonly log: Pick<EventLog, 'append'>
  readonly registry: Pick<RegistryView, 'state' | 'catchUp'>
  readonly now?: () => number
  readonly limits?: Partial<IngestLimits>
  /** What a device is to be told: best effort, never in the way of the data. */
  readonly onNotice?: (notice: IngestNotice) => void
  /** After each batch: how many records, and how long the oldest of them waited. */
  readonly onCommitted?: (records: number, oldestWaitedMs: number) => void
  /** The log refused a batch; it is tried again. */
  readonly onRefused?: (error: Error) => void
}

/**
 * The durable path: validate, identify, stamp, append, then acknowledge. It knows nothing of MQTT brokers: the broker and the bridge
 * share it.
 */
export interface Ingest {
  /**
   * Takes what a device sent. Validates and enqueues before it returns; answers when it is durable in `telemetry`, or in `quarantine`
   * with the reason, strictly in the order of the calls. Answers an error (PW_LOG_UNAVAILABLE, _FULL, _CLOSED) where the log refused for
   * longer than the hold: then do not acknowledge, so that it is sent again. `answered` must not throw.
   */
  take(arrival: Arrival, answered: (answer: Answer) => void): void
  /** The same as a promise, which rejects with the error. */
  accept(arrival: Arrival): Promise<Outcome>
  /** True while senders are to be read more slowly. */
  readonly congested: boolean
  onCongestion(listener: (congested: boolean) => void): () => void
  readonly pending: { readonly count: number; readonly bytes: number }
  /** The error with which the log refuses at present. */
  readonly refusal: Error | undefined
  /** Resolves when all that was accepted is answered. */
  idle(): Promise<void>
  close(): void
}

export function createIngest(options: IngestOptions): Ingest {
  const { log, registry, now = Date.now, onNotice = () => undefined } = options
  const limits = { ...DEFAULT_INGEST_LIMITS, ...options.limits }
  const clocks = createClockBook()
  const clockNoticedAt = new Map<string, number>()
  const listeners = new Set<(congested: boolean) => void>()
  let congested = false

  const weigh = (): void => {
    // With a gap between the two bounds, so that sockets are not paused and resumed for each message.
    const share = Math.max(committer.count / limits.maxPending, committer.bytes / limits.maxPendingBytes)
    const next = congested ? share > 0.5 : share >= 1
    if (next === congested) return
    congested = next
    for (const listener of listeners) listener(next)
  }
  const committer: Committer = createCommitter({
    log,
    registry,
    now,
    ...limits,
    onQueueChange: () => weigh(),
    onCommitted: options.onCommitted,
    onRefused: options.onRefused,
  })

  const noticeClock = (device: string, clockOffsetMs: number, receivedAt: number): void => {
    if (receivedAt - (clockNoticedAt.get(device) ?? -Infinity) < limits.clockNoticeEveryMs) return
    clockNoticedAt.set(device, receivedAt)
    onNotice({ kind: 'clock', device, clockOffsetMs })
  }

  const onRefused = ({ reason }: Refusal): void => onNotice({ kind: 'quarantined', device: reason.device, reason })
  const stamp = (arrival: Arrival, uplink: UplinkMessage): MessageTimes => {
    const { device, receivedAt } = arrival
    const times = clocks.times(device, uplink, receivedAt, arrival)
    if (times.clockOffsetMs === 0) clockNoticedAt.delete(device)
    else noticeClock(device, times.clockOffsetMs, receivedAt)
    return times
  }
  const take = (arrival: Arrival, answered: (answer: Answer) => void): void => {
    const to: Answering = { answered, onRefused }
    const read = readArrival(arrival)
    committer.push(
      read instanceof PulsewireError
        ? new TakenRefusal(arrival, read, now(), to)
        : new TakenMessage(arrival, read, stamp(arrival, read.uplink), now(), to),
    )
  }

  return {
    take,
    accept: (arrival) =>
      new Promise((resolve, reject) => {
        take(arrival, (answer) => (answer instanceof PulsewireError ? reject(answer) : resolve(answer)))
      }),
    get congested() {
      return congested
    },
    onCongestion: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    get pending() {
      return { count: committer.count, bytes: committer.bytes }
    },
    get refusal() {
      return committer.refusal
    },
    idle: () => committer.idle(),
    close: () => committer.close(),
  }
}

/** The message, or why it cannot be taken. */
function readArrival(arrival: Arrival): { uplink: UplinkMessage; encoding: PayloadEncoding } | PulsewireError {
  try {
    return decodeUplink(kindOf(arrival), arrival.payload)
  } catch (error) {
    if (error instanceof PulsewireError) return error
    // A payload that our own decoder stumbles over is no reason to lose it, or to make the device send it for ever.
    return new PulsewireError('PW_PAYLOAD_INVALID', 'the payload could not be read', { cause: error })
  }
}

function kindOf({ device, topic, payload, whole, relayed }: Arrival): UplinkKind {
  // Whoever signed in has an id; what is relayed names its device by the topic alone, and that may be no id at all.
  const kind = relayed === true && !isId(device) ? undefined : uplinkKindOf(device, topic)
  if (kind === undefined) throw new PulsewireError(parseUplinkTopic(topic) ? 'PW_TOPIC_FOREIGN' : 'PW_TOPIC_UNKNOWN')
  const bytes = whole?.bytes ?? payload.length
  if (whole !== undefined || bytes > MAX_PAYLOAD_BYTES) {
    throw new PulsewireError('PW_PAYLOAD_TOO_LARGE', `${bytes} bytes; at most ${MAX_PAYLOAD_BYTES} are taken`)
  }
  return kind
}
