import { z } from 'zod'
import { finding } from './findings.ts'
import { epochMs, id } from './messages.ts'
import { limits, patientEntity } from './registry.ts'

/** What an analysis knew of the patient beside the data. */
const pinnedContext = z.object({
  limits: limits.optional(),
  spo2Scale: patientEntity.shape.spo2Scale,
  sex: patientEntity.shape.sex,
  dateOfBirth: z.string().optional(),
  pregnant: patientEntity.shape.pregnant,
  devices: z.array(z.object({ id, since: z.number() })).readonly(),
})

/** One thing that the analysis took in, in its order: a record of the log, the time, or what the registry says anew. */
const pinStep = z.union([
  z.tuple([z.enum(['telemetry', 'staff-commands']), z.int()]),
  /** The time, and since when somebody has been listening, ms. */
  z.tuple([z.literal('tick'), z.number(), z.number()]),
  z.tuple([z.literal('context'), pinnedContext]),
])
export type PinStep = z.infer<typeof pinStep>

const base64 = z.base64()

/**
 * The input of the window that alarms came from, pinned: the exact state of the patient's analysis at the window's start and all that it took
 * in from there on. Kept in `evidence` for good (key = patient), so that the analysis can be repeated when the log has forgotten the rest.
 */
export const evidencePin = z.object({
  format: z.literal(1),
  id: z.string().min(1).max(300),
  patient: id,
  partition: z.int().min(0),
  /** Which form the state has. */
  monitorVersion: z.int(),
  /** The state at the start, as `detector-state` has it (JSON, gzip); null where the analysis began with nothing. */
  state: base64.nullable(),
  /** What was known of the patient at the start. */
  context: pinnedContext,
  /** The analysis had thrown before the window, and not yet been well for long enough. */
  failing: z.object({ finding, lastAtMs: z.number() }).optional(),
  steps: z.array(pinStep),
  /** The records that the steps name: the device's own bytes. */
  records: z.array(
    z.object({
      topic: z.enum(['telemetry', 'staff-commands']),
      offset: z.int().min(0),
      timestamp: epochMs,
      key: z.string(),
      headers: z.record(z.string(), z.string()),
      value: base64,
    }),
  ),
  /** What should be here and could not be read: without it the repetition may say something else. */
  missing: z.array(z.string()),
  /** What was found in the window and asks for an alarm, as it was told. */
  findings: z.array(finding).min(1),
})
export type EvidencePin = z.infer<typeof evidencePin>

/** Header of a record of `evidence` without a value: what `pin` names is in the pin of this name, which follows. Alarms of one window share a pin. */
export const SHARED_HEADER = 'shared'

/** The headers of a part of a pin in `evidence`: which part of which pin, and what all of it together must be. */
export interface EvidencePartHeaders {
  readonly pin: string
  readonly part: number
  readonly parts: number
  /** Of the whole body: hex. Tells two writings of the same pin apart, too. */
  readonly sha256: string
}

export function encodeEvidenceHeaders({ pin, part, parts, sha256 }: EvidencePartHeaders): Record<string, string> {
  return { pin, part: String(part), parts: String(parts), sha256 }
}

/** Undefined where they are not the headers of a part. */
export function decodeEvidenceHeaders(headers: Readonly<Record<string, string>>): EvidencePartHeaders | undefined {
  const { pin, sha256 } = headers
  const [part, parts] = [Number(headers['part']), Number(headers['parts'])]
  const isPlaced = Number.isInteger(part) && Number.isInteger(parts) && part >= 0 && part < parts
  return pin === undefined || sha256 === undefined || !isPlaced ? undefined : { pin, part, parts, sha256 }
}
