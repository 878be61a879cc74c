import { createHash } from 'node:crypto'
import { QUARANTINE_HEAD_BYTES, errorCodeOf, type QuarantineReason, type TelemetryHeaders } from '@pulsewire/contracts'
import { encodeJson } from '@pulsewire/codec'
import type { DetectionOutput } from '@pulsewire/detection'
import type { EventLog, LogRecord, StoredRecord } from '@pulsewire/event-log'

/** A record of `findings`. */
export function outputRecord(patient: string, { kind, record }: DetectionOutput): LogRecord {
  return { key: patient, headers: { kind }, value: encodeJson(record) }
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

export async function appendOutbox(log: EventLog, outbox: Outbox): Promise<void> {
  await Promise.all([
    outbox.findings.length === 0 ? undefined : log.append('findings', outbox.findings),
    outbox.quarantine.length === 0 ? undefined : log.append('quarantine', outbox.quarantine),
  ])
}
