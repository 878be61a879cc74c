import {
  decodeTelemetryHeaders,
  findingId,
  type Finding,
  type LogPosition,
  type TelemetryHeaders,
} from '@pulsewire/contracts'
import type { StoredRecord } from '@pulsewire/event-log'
import type { InputTopic } from './state-records.ts'

/** Which of the topics that a monitor reads. */
export function inputTopic({ topic }: Pick<StoredRecord, 'topic'>): InputTopic {
  return topic === 'telemetry' ? 'telemetry' : 'staff-commands'
}

/** Where a record stands. */
export function positionOf({ topic, partition, offset }: StoredRecord): LogPosition {
  return { topic, partition, offset }
}

/** The headers of a telemetry record, where they can be read. */
export function readableHeaders(record: StoredRecord): TelemetryHeaders | undefined {
  try {
    return record.topic === 'telemetry' ? decodeTelemetryHeaders(record.headers) : undefined
  } catch {
    // The headers themselves are what is wrong: the reason says so.
    return undefined
  }
}

/** The monitor cannot see, and says so. */
export function failureFinding(patient: string, record: StoredRecord, error: unknown): Finding {
  const { topic, partition, offset, timestamp } = record
  return {
    id: findingId(patient, 'system', timestamp, 'analysis'),
    type: 'system',
    patient,
    status: 'open',
    onset: timestamp,
    seenUntil: timestamp,
    late: false,
    confidence: 1,
    quality: 1,
    priority: 'medium',
    message: 'The analysis of this patient failed: watch the patient, and tell the operator',
    evidence: { error: error instanceof Error ? error.message : String(error) },
    rule: { name: 'system', version: '1' },
    positions: [`${topic}/${partition}/${offset}`],
  }
}
