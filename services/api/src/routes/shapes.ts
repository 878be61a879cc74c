import {
  ID_PATTERN,
  alarm,
  finding,
  monitoring,
  patientEntity,
  limits,
  annotationContent,
  staffCommand,
} from '@pulsewire/contracts'
import { z } from 'zod'

/** Schemas that several routes answer with. */
export const patientId = z.object({ id: z.string().regex(ID_PATTERN) })
/** An entity named by the path. */
export const idParams = z.object({ id: z.string().regex(ID_PATTERN) })
export const deviceId = z.object({ id: z.string().regex(ID_PATTERN) })

export const latestValue = z.object({
  value: z.union([z.number(), z.string()]),
  unit: z.string(),
  time: z.number().describe('of the observation'),
  device: z.string(),
})

export const patientAnswer = z.object({
  ...patientEntity.omit({ kind: true, limits: true }).shape,
  limits: limits.describe('in force: those set here, over the defaults'),
  version: z.int(),
  monitoring,
  devices: z.array(
    z.object({
      id: z.string(),
      model: z.string().optional(),
      state: z.enum(['online', 'offline']).optional(),
      battery: z.number().optional(),
      lastSeenAt: z.number().optional(),
    }),
  ),
  latest: z.record(z.string(), latestValue),
})

export const deviceAnswer = z.object({
  id: z.string(),
  model: z.string().optional(),
  createdAt: z.number(),
  disabled: z.boolean().optional(),
  patient: z.string().nullable().describe('who wears it now'),
  version: z.int(),
  lastSeenAt: z.number().optional(),
  status: z
    .object({
      state: z.enum(['online', 'offline']),
      time: z.number(),
      battery: z.number().optional(),
      firmware: z.string().optional(),
      model: z.string().optional(),
    })
    .optional(),
})

export const credentialAnswer = z
  .object({ username: z.string(), password: z.string() })
  .describe('for MQTT; told this once')

const signedVersion = z.object({
  ...annotationContent.shape,
  id: z.string(),
  version: z.int(),
  struck: z.literal(true).optional().describe('struck out: it was wrong, and is kept'),
  by: z.string(),
  enteredAt: z.number(),
})
export const annotationAnswer = signedVersion.extend({
  patient: z.string(),
  earlier: z.array(signedVersion).describe('what it said before, oldest first'),
})

/** What the OpenAPI document tells once, under `components`, by these names. */
const COMPONENTS: Readonly<Record<string, z.ZodType>> = {
  Alarm: alarm,
  Finding: finding,
  Patient: patientAnswer,
  Device: deviceAnswer,
  Annotation: annotationAnswer,
  StaffCommand: staffCommand,
  JsonValue: finding.shape.evidence.valueType,
}
for (const [id, schema] of Object.entries(COMPONENTS)) z.globalRegistry.add(schema, { id })
