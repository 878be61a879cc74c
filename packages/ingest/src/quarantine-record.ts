import { createHash } from 'node:crypto'
import { parsePayload } from '@pulsewire/codec'
import {
  BOOT_PATTERN,
  MAX_PAYLOAD_BYTES,
  QUARANTINE_HEAD_BYTES,
  type ErrorCode,
  type PulsewireError,
  type QuarantineReason,
} from '@pulsewire/contracts'
import type { LogRecord } from '@pulsewire/event-log'
import type { Arrival } from './arrival.ts'

const MAX_TOPIC_CHARS = 256
const MAX_DETAIL_CHARS = 500

/** What is kept of something that could not be taken, and why. */
export interface Refusal {
  readonly code: ErrorCode
  readonly reason: QuarantineReason
  readonly record: LogRecord
}

/** The `quarantine` record of `arrival`: under the device that sent it, whatever its topic or payload claims. */
export function refuse(arrival: Arrival, error: PulsewireError): Refusal {
  const { device, topic, payload, receivedAt, whole } = arrival
  const tooLarge = whole !== undefined || payload.length > MAX_PAYLOAD_BYTES
  const reason: QuarantineReason = {
    device,
    topic: topic.slice(0, MAX_TOPIC_CHARS),
    code: error.code,
    detail: error.message.slice(0, MAX_DETAIL_CHARS),
    receivedAt,
    bytes: whole?.bytes ?? payload.length,
    sha256: whole?.sha256 ?? createHash('sha256').update(payload).digest('hex'),
    ...(tooLarge ? {} : claimedIdentity(payload)),
  }
  return {
    code: error.code,
    reason,
    record: {
      key: device,
      headers: { reason: JSON.stringify(reason) },
      value: tooLarge ? payload.slice(0, QUARANTINE_HEAD_BYTES) : payload,
    },
  }
}

/** `boot` and `seq`, where the payload can be read that far: they tell the device which message it was, and close its gap. */
function claimedIdentity(payload: Uint8Array): { boot?: string; seq?: number } {
  const value = readable(payload)
  if (typeof value !== 'object' || value === null) return {}
  const boot: unknown = 'boot' in value ? value.boot : undefined
  const seq: unknown = 'seq' in value ? value.seq : undefined
  return {
    ...(typeof boot === 'string' && BOOT_PATTERN.test(boot) ? { boot } : {}),
    ...(typeof seq === 'number' && Number.isSafeInteger(seq) && seq >= 0 ? { seq } : {}),
  }
}

function readable(payload: Uint8Array): unknown {
  try {
    return parsePayload(payload).value
  } catch {
    return undefined // unreadable is the very case that this is for
  }
}
