import { UPLINK_KINDS, type UplinkKind } from './messages.ts'

/** How a payload is written: told apart by its first byte. */
export type PayloadEncoding = 'json' | 'cbor'

/**
 * The headers of a `telemetry` record. `time` is the event time, `at` corrected by `clockOffsetMs` (0 while the device's clock is
 * right), stamped once at the edge so that every reader, and every replay, sees the same. `patient` is the one associated with the
 * device at `time`, or absent.
 */
export interface TelemetryHeaders {
  readonly kind: UplinkKind
  readonly device: string
  readonly patient?: string
  readonly boot?: string
  readonly seq?: number
  /** Device clock, ms. For a message without one (a last will): the time of receipt. */
  readonly at: number
  readonly time: number
  readonly clockOffsetMs: number
  readonly receivedAt: number
  readonly encoding: PayloadEncoding
  /** W3C trace context, of the few messages whose way is traced. Whoever does not trace ignores it. */
  readonly traceparent?: string
}

/** The header of W3C trace context: on records of `telemetry`, and on those of `findings` and `alarms` that come of them. */
export const TRACE_HEADER = 'traceparent'

/** Data older than this at receipt is late: analysed and marked, but it does not ring as if it were now. */
export const LATE_AFTER_MS = 15_000

/** True where the data was old when it arrived (a spool, a revision). */
export function isLate(headers: Pick<TelemetryHeaders, 'time' | 'receivedAt'>): boolean {
  return headers.receivedAt - headers.time > LATE_AFTER_MS
}

type Optional = 'patient' | 'boot' | 'seq' | 'traceparent'
/** `TelemetryHeaders`, where what may be absent may also be there as undefined. */
export type TelemetryHeadersToEncode = Omit<TelemetryHeaders, Optional> & {
  readonly [name in Optional]?: TelemetryHeaders[name] | undefined
}

/** The headers as the log keeps them. */
export function encodeTelemetryHeaders(headers: TelemetryHeadersToEncode): Record<string, string> {
  const encoded: Record<string, string> = {
    kind: headers.kind,
    device: headers.device,
    at: String(headers.at),
    time: String(headers.time),
    clockOffsetMs: String(headers.clockOffsetMs),
    receivedAt: String(headers.receivedAt),
    encoding: headers.encoding,
  }
  if (headers.patient !== undefined) encoded['patient'] = headers.patient
  if (headers.boot !== undefined) encoded['boot'] = headers.boot
  if (headers.seq !== undefined) encoded['seq'] = String(headers.seq)
  if (headers.traceparent !== undefined) encoded[TRACE_HEADER] = headers.traceparent
  return encoded
}

/** The headers of a record. Throws a TypeError where one that must be there is missing or unreadable. */
export function decodeTelemetryHeaders(headers: Readonly<Record<string, string>>): TelemetryHeaders {
  const kind = UPLINK_KINDS.find((known) => known === headers['kind'])
  if (kind === undefined) throw new TypeError(`telemetry record of unknown kind ${headers['kind']}`)
  // Field by field: this is done for each message by each of its readers, and spreading what may be absent costs more than the rest.
  const decoded: { -readonly [Name in keyof TelemetryHeaders]: TelemetryHeaders[Name] } = {
    kind,
    device: textOf(headers, 'device'),
    at: integerOf(headers, 'at'),
    time: integerOf(headers, 'time'),
    clockOffsetMs: integerOf(headers, 'clockOffsetMs'),
    receivedAt: integerOf(headers, 'receivedAt'),
    encoding: headers['encoding'] === 'cbor' ? 'cbor' : 'json',
  }
  const { patient, boot, seq, [TRACE_HEADER]: traceparent } = headers
  if (patient !== undefined) decoded.patient = patient
  if (boot !== undefined) decoded.boot = boot
  if (seq !== undefined) decoded.seq = integerOf(headers, 'seq')
  if (traceparent !== undefined) decoded.traceparent = traceparent
  return decoded
}

function textOf(headers: Readonly<Record<string, string>>, name: string): string {
  const value = headers[name]
  if (value === undefined) throw new TypeError(`telemetry record without the header ${name}`)
  return value
}

function integerOf(headers: Readonly<Record<string, string>>, name: string): number {
  const value = Number(textOf(headers, name))
  if (!Number.isSafeInteger(value)) throw new TypeError(`telemetry header ${name} is not an integer`)
  return value
}
