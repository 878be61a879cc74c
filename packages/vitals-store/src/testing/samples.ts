import { createHash } from 'node:crypto'
import type { Alarm, AnnotationVersion, Finding, LogPosition, StaffCommand } from '@pulsewire/contracts'
import type { MessageWrite, QuarantineEntry, StoreWrite, VitalPoint, WaveformBlock } from '../port.ts'

/** Builders of what the contract suite and the tests write. */

export const T0 = Date.parse('2026-03-01T12:00:00Z')

export function point(fields: Partial<VitalPoint> = {}): VitalPoint {
  return { patient: 'p1', device: 'd1', code: 'heartRate', time: T0, value: 72, ...fields }
}

export function block(fields: Partial<WaveformBlock> = {}): WaveformBlock {
  return {
    patient: 'p1',
    device: 'd1',
    signal: 'ecg.II',
    start: T0,
    rateHz: 250,
    unit: 'mV',
    scale: 0.005,
    offset: 0,
    samples: Int16Array.from({ length: 250 }, (_, index) => Math.round(100 * Math.sin(index / 9))),
    ...fields,
  }
}

/** A message with (boot, seq) at an offset of `telemetry`; its hash follows from `content`. */
export function message(
  offset: number,
  fields: Partial<Omit<MessageWrite, 'message' | 'reuse'>> & {
    device?: string
    boot?: string
    seq?: number | null
    content?: string
    partition?: number
  } = {},
): MessageWrite {
  const { device = 'd1', boot = 'b1', seq = offset, content = `seq ${seq}`, partition = 0, ...rest } = fields
  const payload = new TextEncoder().encode(content)
  const sha256 = createHash('sha256').update(payload).digest('hex')
  const position: LogPosition = { topic: 'telemetry', partition, offset }
  const numbered = seq === null ? {} : { boot, seq }
  return {
    message: { device, ...numbered, hash: sha256, position, receivedAt: T0 },
    vitals: [],
    waveforms: [],
    events: [],
    reuse: () => ({
      reason: {
        device,
        topic: `bsn/v1/${device}/vitals`,
        code: 'PW_SEQ_REUSED',
        detail: 'reused',
        receivedAt: T0,
        bytes: payload.length,
        sha256,
        ...numbered,
      },
      payload,
    }),
    ...rest,
  }
}

/** A write of messages that ends after the last of them. */
export function writeOf(messages: readonly MessageWrite[], rest: Partial<StoreWrite> = {}): StoreWrite {
  const ends = new Map<number, LogPosition>()
  for (const { message: accounted } of messages) {
    const { topic, partition, offset } = accounted.position
    ends.set(partition, { topic, partition, offset: Math.max(ends.get(partition)?.offset ?? 0, offset + 1) })
  }
  return { messages, positions: [...ends.values()], ...rest }
}

export function finding(fields: Partial<Finding> = {}): Finding {
  return {
    id: `p1.tachycardia.${fields.onset ?? T0}`,
    type: 'tachycardia',
    patient: 'p1',
    status: 'open',
    onset: T0,
    seenUntil: T0,
    late: false,
    confidence: 0.9,
    quality: 1,
    message: 'fast',
    evidence: { rate: 130 },
    rule: { name: 'tachycardia', version: '1' },
    ...fields,
  }
}

export function alarm(fields: Partial<Alarm> = {}): Alarm {
  return {
    id: `p1.tachycardia.${fields.onset ?? T0}`,
    patient: 'p1',
    type: 'tachycardia',
    kind: 'physiological',
    priority: 'medium',
    state: 'active',
    onset: T0,
    raisedAt: T0,
    escalation: 0,
    late: false,
    message: 'fast',
    evidence: {},
    confidence: 0.9,
    quality: 1,
    rule: { name: 'tachycardia', version: '1' },
    comments: [],
    ...fields,
  }
}

/** A note at `T0`, as its command. */
export function annotation(
  fields: { id?: string; by?: string; at?: number; annotation?: Partial<AnnotationVersion> } = {},
): StaffCommand {
  const { id = 'c1', by = 'ann', at = T0 + 60_000, annotation: changes } = fields
  const version = { id: 'note', version: 1, at: T0, text: 'chest pain', category: 'symptom' as const, ...changes }
  return { type: 'annotation', id, patient: 'p1', by, at, annotation: version }
}

export function quarantined(offset: number, fields: Partial<QuarantineEntry> = {}): QuarantineEntry {
  return {
    id: `quarantine/0/${offset}`,
    device: 'd1',
    topic: 'bsn/v1/d1/vitals',
    code: 'PW_PAYLOAD_NOT_JSON',
    detail: 'no JSON',
    receivedAt: T0 + offset,
    bytes: 3,
    sha256: 'ab'.repeat(32),
    payload: Uint8Array.from([1, 2, 3]),
    ...fields,
  }
}
