import { z } from 'zod'
import { epochMs, id } from './messages.ts'
import { RHYTHM_TYPES } from './rhythms.ts'

/** Alarm priorities, IEC 60601-1-8. */
export const ALARM_PRIORITIES = ['high', 'medium', 'low'] as const
export type AlarmPriority = (typeof ALARM_PRIORITIES)[number]

export const PHYSIOLOGICAL_TYPES = [
  ...RHYTHM_TYPES,
  'st-episode',
  'myocardial-infarction',
  'limit',
  'news2',
  'sepsis-risk',
  'trend',
  'hypoglycaemia',
  'hyperglycaemia',
  'patient-button',
  'fall',
] as const
export const TECHNICAL_TYPES = [
  'no-data',
  'signal-quality',
  'lead-off',
  'battery-low',
  'clock',
  'quarantined',
  'system',
  /** The synthetic patient's: the way from device to screen works. Never shown as an alarm. */
  'proof',
] as const
export type FindingType = (typeof PHYSIOLOGICAL_TYPES)[number] | (typeof TECHNICAL_TYPES)[number]
export const FINDING_TYPES: readonly FindingType[] = [...PHYSIOLOGICAL_TYPES, ...TECHNICAL_TYPES]

/** Physiological (the patient) or technical (the equipment). */
export function alarmKindOf(type: FindingType): 'physiological' | 'technical' {
  return (TECHNICAL_TYPES as readonly string[]).includes(type) ? 'technical' : 'physiological'
}

const jsonValue: z.ZodType<JsonValue> = z.json()
export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue }

/**
 * What a detector found. Written to `findings` (header kind `finding`) when it opens, when its evidence changes and when it ends;
 * the record with the same id that comes last counts. The id is deterministic: patient, type, qualifier, onset.
 */
export const finding = z.object({
  id: z.string().min(1).max(200),
  type: z.enum([...PHYSIOLOGICAL_TYPES, ...TECHNICAL_TYPES]),
  patient: id,
  device: id.optional(),
  status: z.enum(['open', 'ended']),
  /** Event time of the start and, once ended, of the end. */
  onset: epochMs,
  end: epochMs.optional(),
  /** Event time up to which the data had been seen when this was written. */
  seenUntil: epochMs,
  /** The data was old when it arrived: it is kept, and does not ring as if it were now. */
  late: z.boolean(),
  confidence: z.number().min(0).max(1),
  quality: z.number().min(0).max(1),
  /** The priority of the alarm that this asks for; absent = a finding only. */
  priority: z.enum(ALARM_PRIORITIES).optional(),
  /** In the words of a nurse: what, since when, what to do. */
  message: z.string().max(500),
  evidence: z.record(z.string(), jsonValue),
  rule: z.object({ name: z.string(), version: z.string() }),
  /** For `limit`: the vital and the side. */
  code: z.string().optional(),
  side: z.enum(['low', 'high']).optional(),
  /** Log positions that it came from (`telemetry/3/12345`), first and last. */
  positions: z.array(z.string()).max(16).optional(),
  /** What it came from is pinned under this name in `evidence`: on each record that newly asks for an alarm, or for a louder one. */
  pin: z.string().max(300).optional(),
})
export type Finding = z.infer<typeof finding>

/** The id of a finding; URL-safe. */
export function findingId(patient: string, type: FindingType, onset: number, qualifier?: string): string {
  return [
    patient,
    type,
    ...(qualifier === undefined ? [] : [qualifier.replaceAll(/[^A-Za-z0-9_-]/g, '-')]),
    onset,
  ].join('.')
}

/** AAMI EC57 beat classes. */
export const BEAT_CLASSES = ['N', 'S', 'V', 'F', 'Q'] as const
export type BeatClass = (typeof BEAT_CLASSES)[number]

/** Beats of one signal in `[from, to)` (header kind `beats`): they replace what was known of that interval. */
export const beatsRecord = z.object({
  patient: id,
  device: id,
  signal: z.string(),
  from: epochMs,
  to: epochMs,
  beats: z.array(z.tuple([z.number(), z.enum(BEAT_CLASSES)])),
})
export type BeatsRecord = z.infer<typeof beatsRecord>

/** Points of derived series (header kind `derived`), e.g. `heartRate.ecg`, `st.II`, `quality.ecg.II`, `news2`. */
export const derivedRecord = z.object({
  patient: id,
  device: id.optional(),
  series: z.array(z.object({ code: z.string(), points: z.array(z.tuple([epochMs, z.number()])) })),
})
export type DerivedRecord = z.infer<typeof derivedRecord>

/** The patient id under which the system's own alarms run. Nobody may be registered under it. */
export const SYSTEM_PATIENT = 'system'

/** A worker says that it lives and which partitions it watches (header kind `heartbeat`; key = `system`, so that one alarm manager sees all). */
export const heartbeatRecord = z.object({ worker: z.string(), at: epochMs, partitions: z.array(z.int()) })
export type HeartbeatRecord = z.infer<typeof heartbeatRecord>

/** The kinds of record in the `findings` topic (header `kind`). */
export const FINDING_RECORD_KINDS = ['finding', 'beats', 'derived', 'heartbeat', 'spool', 'proof'] as const
export type FindingRecordKind = (typeof FINDING_RECORD_KINDS)[number]

/**
 * What a broker with a spool of its own has waiting there (header kind `spool`; key = `system`). While it cannot reach the log it cannot say so: its
 * last word is then from before.
 */
export const spoolRecord = z.object({
  /** The broker's name, the same after a restart. */
  broker: z.string(),
  at: epochMs,
  /** Messages of devices that are durable there and not in the log. */
  waiting: z.int().min(0),
  /** When the oldest of them was accepted. */
  oldestAt: epochMs.optional(),
})
export type SpoolRecord = z.infer<typeof spoolRecord>
