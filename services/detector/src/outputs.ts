import { createHash } from 'node:crypto'
import {
  QUARANTINE_HEAD_BYTES,
  TRACE_HEADER,
  errorCodeOf,
  type QuarantineReason,
  type TelemetryHeaders,
} from '@pulsewire/contracts'
import { encodeJson } from '@pulsewire/codec'
import type { DetectionOutput } from '@pulsewire/detection'
import type { EventLog, LogRecord, StoredRecord } from '@pulsewire/event-log'

/** A record of `findings`. `traceparent`: where what led to it is traced. */
export function outputRecord(patient: string, { kind, record }: DetectionOutput, traceparent?: string): LogRecord {
  const headers = traceparent === undefined ? { kind } : { kind, [TRACE_HEADER]: traceparent }
  return { key: patient, headers, value: encodeJson(record) }
}

/** A record that the analysis could not take, with the reason. */
export function quarantineRecord(
  record: StoredRecord,
  headers: TelemetryHeaders | undefined,
  error: unknown,
): LogRecord {
  const value = record.value ?? new Uint8Array()
  const device = headers?.device ?? record.key
  const reason: QuarantineReason = {
    device,
    topic: `${record.topic}/${record.partition}/${record.offset}`,
    code: errorCodeOf(error),
    detail: error instanceof Error ? error.message : String(error),
    receivedAt: headers?.receivedAt ?? record.timestamp,
    bytes: value.byteLength,
    sha256: createHash('sha256').update(value).digest('hex'),
    ...(headers?.boot === undefined ? {} : { boot: headers.boot }),
    ...(headers?.seq === undefined ? {} : { seq: headers.seq }),
  }
  return {
    key: device,
    headers: { reason: JSON.stringify(reason) },
    value: value.byteLength > QUARANTINE_HEAD_BYTES ? value.slice(0, QUARANTINE_HEAD_BYTES) : value,
  }
}

/** What waits to be appended: kept until it is durable, in order. */
export interface Outbox {
  findings: LogRecord[]
  quarantine: LogRecord[]
}

export function emptyOutbox(): Outbox {
  return { findings: [], quarantine: [] }
}

/**
 * Appends what waits, and leaves in the outbox what could not be: one of the two may fail alone, and what is in the log already must not go there
 * again. Throws where something is left.
 */
export async function drainOutbox(log: EventLog, outbox: Outbox): Promise<void> {
  const drain = async (topic: 'findings' | 'quarantine'): Promise<void> => {
    const sending = outbox[topic]
    if (sending.length === 0) return
    outbox[topic] = []
    try {
      await log.append(topic, sending)
    } catch (error) {
      outbox[topic] = [...sending, ...outbox[topic]]
      throw error
    }
  }
  const results = await Promise.allSettled([drain('findings'), drain('quarantine')])
  for (const result of results) if (result.status === 'rejected') throw result.reason
}
