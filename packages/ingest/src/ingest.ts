import { decodeUplink } from '@pulsewire/codec'
import {
  MAX_PAYLOAD_BYTES,
  PulsewireError,
  encodeTelemetryHeaders,
  parseUplinkTopic,
  type PayloadEncoding,
  type UplinkKind,
  type UplinkMessage,
} from '@pulsewire/contracts'
import type { EventLog, LogRecord } from '@pulsewire/event-log'
import { patientAt, type RegistryState, type RegistryView } from '@pulsewire/registry'
import type { Arrival, IngestNotice, Outcome } from './arrival.ts'
import { createClockBook } from './clock-book.ts'
import { createCommitter, type Committer } from './committer.ts'
import type { Placed } from './pending-queue.ts'
import { refuse, type Refusal } from './quarantine-record.ts'

export interface IngestLimits {
  /** Back-pressure is asked for above either of these. Nothing is ever dropped. */
  readonly maxPending: number
  readonly maxPendingBytes: number
  readonly maxBatchRecords: number
  readonly maxBatchBytes: number
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
   * Takes what a device sent. Validates and enqueues before it returns; resolves when it is durable in `telemetry`, or in `quarantine`
   * with the reason; promises resolve strictly in the order of the calls. Rejects (PW_LOG_UNAVAILABLE, _FULL, _CLOSED) where the log
   * refused for longer than the hold: then do not acknowledge, so that it is sent again.
   */
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

  const store = async (arrival: Arrival, uplink: UplinkMessage, encoding: PayloadEncoding): Promise<Outcome> => {
    const { device, payload, receivedAt, traceparent, through } = arrival
    const { kind, message } = uplink
    const { boot, seq } = message
    const times = clocks.times(device, uplink, receivedAt, arrival)
    const record = (state: RegistryState): LogRecord => {
      const patient = patientAt(state, device, times.time)
      const headers = encodeTelemetryHeaders({
        kind,
        device,
        ...(patient === undefined ? {} : { patient }),
        ...(boot === undefined ? {} : { boot }),
        ...(seq === undefined ? {} : { seq }),
        ...times,
        receivedAt,
        encoding,
        ...(traceparent === undefined ? {} : { traceparent }),
      })
      return { key: patient ?? device, headers, value: payload }
    }
    if (times.clockOffsetMs === 0) clockNoticedAt.delete(device)
    else noticeClock(device, times.clockOffsetMs, receivedAt)
    let refusal: Refusal | undefined
    const place = (state: RegistryState): Placed => {
      const stranger = arrival.relayed === true ? strangerAmong(state, device) : undefined
      refusal = stranger === undefined ? undefined : refuse(arrival, stranger)
      if (refusal !== undefined) return { topic: 'quarantine', record: refusal.record }
      return { topic: 'telemetry', record: record(state) }
    }
    await committer.push({ place, bytes: payload.length + RECORD_OVERHEAD_BYTES, through })
    if (refusal !== undefined) return told(refusal)
    return { kind: 'stored', uplink: kind, ...(kind === 'command-ack' ? { commandAck: message } : {}) }
  }

  const quarantine = async (arrival: Arrival, error: PulsewireError): Promise<Outcome> => {
    const refusal = refuse(arrival, error)
    const { record } = refusal
    const bytes = (record.value?.length ?? 0) + RECORD_OVERHEAD_BYTES
    await committer.push({ place: () => ({ topic: 'quarantine', record }), bytes, through: arrival.through })
    return told(refusal)
  }
  const told = ({ reason, code }: Refusal): Outcome => {
    onNotice({ kind: 'quarantined', device: reason.device, reason })
    return { kind: 'quarantined', code }
  }

  return {
    accept: (arrival) => {
      const read = readArrival(arrival)
      return read instanceof PulsewireError ? quarantine(arrival, read) : store(arrival, read.uplink, read.encoding)
    },
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

/** Headers, promise and bookkeeping of one pending record, bytes: counted, so that many small ones are bounded too. */
const RECORD_OVERHEAD_BYTES = 512

/** Why nothing is taken from a device that nobody saw sign in. */
function strangerAmong(state: RegistryState, device: string): PulsewireError | undefined {
  const known = state.devices.get(device)?.entity
  if (known === undefined) return new PulsewireError('PW_DEVICE_UNKNOWN', 'no device of this name is registered')
  return known.disabled === true ? new PulsewireError('PW_DEVICE_DISABLED') : undefined
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

function kindOf({ device, topic, payload, whole }: Arrival): UplinkKind {
  const parsed = parseUplinkTopic(topic)
  if (parsed === undefined) throw new PulsewireError('PW_TOPIC_UNKNOWN')
  if (parsed.device !== device) throw new PulsewireError('PW_TOPIC_FOREIGN')
  const bytes = whole?.bytes ?? payload.length
  if (whole !== undefined || bytes > MAX_PAYLOAD_BYTES) {
    throw new PulsewireError('PW_PAYLOAD_TOO_LARGE', `${bytes} bytes; at most ${MAX_PAYLOAD_BYTES} are taken`)
  }
  return parsed.kind
}
