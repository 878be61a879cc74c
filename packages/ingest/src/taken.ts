import {
  PulsewireError,
  encodeTelemetryHeaders,
  type CommandAckMessage,
  type PayloadEncoding,
  type UplinkKind,
  type UplinkMessage,
} from '@pulsewire/contracts'
import type { LogRecord } from '@pulsewire/event-log'
import { patientAt, type RegistryState } from '@pulsewire/registry'
import type { Answer, Arrival, Outcome } from './arrival.ts'
import type { MessageTimes } from './clock-book.ts'
import type { PendingEntry, Placed } from './pending-queue.ts'
import { refuse, type Refusal } from './quarantine-record.ts'

/** Headers and bookkeeping of one pending record, bytes: counted, so that many small ones are bounded too. */
const RECORD_OVERHEAD_BYTES = 512

/** The same for each message of a kind: thousands a second need none of their own. */
const STORED: Readonly<Record<UplinkKind, Outcome>> = {
  vitals: { kind: 'stored', uplink: 'vitals' },
  waveform: { kind: 'stored', uplink: 'waveform' },
  event: { kind: 'stored', uplink: 'event' },
  status: { kind: 'stored', uplink: 'status' },
  'command-ack': { kind: 'stored', uplink: 'command-ack' },
}

/** Whom to tell what became of an arrival. */
export interface Answering {
  readonly answered: (answer: Answer) => void
  /** It is durable in `quarantine`. */
  readonly onRefused: (refusal: Refusal) => void
}

/** A message that was read, on its way into `telemetry`. (A class: one object a message, without closures of its own.) */
export class TakenMessage implements PendingEntry {
  durable = false
  abandoned = false
  readonly bytes: number
  readonly through: object | undefined
  readonly enqueuedAt: number
  readonly #arrival: Arrival
  readonly #kind: UplinkKind
  readonly #boot: string | undefined
  readonly #seq: number | undefined
  readonly #commandAck: CommandAckMessage | undefined
  readonly #encoding: PayloadEncoding
  readonly #times: MessageTimes
  readonly #to: Answering
  #refusal: Refusal | undefined

  constructor(
    arrival: Arrival,
    read: { readonly uplink: UplinkMessage; readonly encoding: PayloadEncoding },
    times: MessageTimes,
    enqueuedAt: number,
    to: Answering,
  ) {
    const { uplink, encoding } = read
    this.bytes = arrival.payload.length + RECORD_OVERHEAD_BYTES
    this.through = arrival.through
    this.enqueuedAt = enqueuedAt
    this.#arrival = arrival
    this.#kind = uplink.kind
    this.#boot = uplink.message.boot
    this.#seq = uplink.message.seq
    this.#commandAck = uplink.kind === 'command-ack' ? uplink.message : undefined
    this.#encoding = encoding
    this.#times = times
    this.#to = to
  }

  place(state: RegistryState): Placed {
    const stranger = this.#arrival.relayed === true ? strangerAmong(state, this.#arrival.device) : undefined
    this.#refusal = stranger === undefined ? undefined : refuse(this.#arrival, stranger)
    if (this.#refusal !== undefined) return { topic: 'quarantine', record: this.#refusal.record }
    return { topic: 'telemetry', record: this.#record(state) }
  }

  answer(error?: PulsewireError): void {
    const { answered, onRefused } = this.#to
    if (error !== undefined) answered(error)
    else if (this.#refusal !== undefined) {
      onRefused(this.#refusal)
      answered({ kind: 'quarantined', code: this.#refusal.code })
    } else if (this.#commandAck !== undefined) {
      answered({ kind: 'stored', uplink: this.#kind, commandAck: this.#commandAck })
    } else answered(STORED[this.#kind])
  }

  #record(state: RegistryState): LogRecord {
    const { device, payload, receivedAt, traceparent } = this.#arrival
    const { at, time, clockOffsetMs } = this.#times
    const patient = patientAt(state, device, time)
    const headers = encodeTelemetryHeaders({
      kind: this.#kind,
      device,
      patient,
      boot: this.#boot,
      seq: this.#seq,
      at,
      time,
      clockOffsetMs,
      receivedAt,
      encoding: this.#encoding,
      traceparent,
    })
    return { key: patient ?? device, headers, value: payload }
  }
}

/** What cannot be taken, on its way into `quarantine`. */
export class TakenRefusal implements PendingEntry {
  durable = false
  abandoned = false
  readonly bytes: number
  readonly through: object | undefined
  readonly enqueuedAt: number
  readonly #refusal: Refusal
  readonly #to: Answering

  constructor(arrival: Arrival, error: PulsewireError, enqueuedAt: number, to: Answering) {
    this.#refusal = refuse(arrival, error)
    this.bytes = (this.#refusal.record.value?.length ?? 0) + RECORD_OVERHEAD_BYTES
    this.through = arrival.through
    this.enqueuedAt = enqueuedAt
    this.#to = to
  }

  place(): Placed {
    return { topic: 'quarantine', record: this.#refusal.record }
  }

  answer(error?: PulsewireError): void {
    if (error === undefined) this.#to.onRefused(this.#refusal)
    this.#to.answered(error ?? { kind: 'quarantined', code: this.#refusal.code })
  }
}

/** Why nothing is taken from a device that nobody saw sign in. */
function strangerAmong(state: RegistryState, device: string): PulsewireError | undefined {
  const known = state.devices.get(device)?.entity
  if (known === undefined) return new PulsewireError('PW_DEVICE_UNKNOWN', 'no device of this name is registered')
  return known.disabled === true ? new PulsewireError('PW_DEVICE_DISABLED') : undefined
}
