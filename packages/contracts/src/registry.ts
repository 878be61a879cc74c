import { z } from 'zod'
import { LIMIT_PROFILE_NAMES } from './default-limits.ts'
import { NUMERIC_VITALS } from './vitals.ts'
import { epochMs, id } from './messages.ts'

export const ROLES = ['admin', 'clinician', 'viewer', 'analyst', 'integration'] as const
export type Role = (typeof ROLES)[number]

const limit = z
  .strictObject({ low: z.number().optional(), high: z.number().optional() })
  .refine((value) => value.low === undefined || value.high === undefined || value.low < value.high, {
    message: 'low must be below high',
  })
/** Alarm limits by vital; an absent side is not watched. */
export const limits = z.partialRecord(
  z.enum(Object.keys(NUMERIC_VITALS) as [keyof typeof NUMERIC_VITALS, ...(keyof typeof NUMERIC_VITALS)[]]),
  limit,
)
export type Limits = z.infer<typeof limits>

export { DEFAULT_LIMITS, LIMIT_PROFILES, LIMIT_PROFILE_NAMES, type LimitProfile } from './default-limits.ts'

export const patientEntity = z.object({
  kind: z.literal('patient'),
  id,
  name: z.string().min(1).max(200),
  dateOfBirth: z.iso.date().optional(),
  sex: z.enum(['female', 'male', 'other', 'unknown']).optional(),
  /** Scores for adults (NEWS2) are not taken in pregnancy. */
  pregnant: z.boolean().optional(),
  place: z.string().max(200).optional(),
  limits: limits.optional(),
  /** Whose limits they began with. */
  limitProfile: z.enum(LIMIT_PROFILE_NAMES).optional(),
  /** Which SpO2 scale of NEWS2; 2 by a clinician's decision only. */
  spo2Scale: z.union([z.literal(1), z.literal(2)]).optional(),
  /** Roles or names, in the order in which an unacknowledged alarm goes up. */
  escalation: z.array(z.string().min(1).max(64)).max(10).optional(),
  /** How long an alarm stays unacknowledged before it goes a step up, seconds. */
  escalateAfterS: z.strictObject({ high: z.int().min(15).max(600), medium: z.int().min(60).max(3600) }).optional(),
})
export type Patient = z.infer<typeof patientEntity>

export const deviceEntity = z.object({
  kind: z.literal('device'),
  id,
  model: z.string().max(200).optional(),
  /** SHA-256 (hex) of the device's secret. */
  secretSha256: z.string().regex(/^[0-9a-f]{64}$/),
  createdAt: epochMs,
  disabled: z.boolean().optional(),
})
export type Device = z.infer<typeof deviceEntity>

/** Who wears a device from when: the history is kept, one entity a device with its spans in order of `from`. */
export const associationEntity = z.object({
  kind: z.literal('association'),
  /** The device's id. */
  id,
  spans: z.array(z.object({ patient: id.nullable(), from: epochMs })),
})
export type Association = z.infer<typeof associationEntity>

export const userEntity = z.object({
  kind: z.literal('user'),
  /** The user's name. */
  id,
  roles: z.array(z.enum(ROLES)).min(1),
  /** argon2id, encoded. */
  passwordHash: z.string(),
  disabled: z.boolean().optional(),
})
export type User = z.infer<typeof userEntity>

/** Secrets of the installation that every API must share (the key that signs sessions). */
export const settingEntity = z.object({ kind: z.literal('setting'), id, value: z.string() })
export type Setting = z.infer<typeof settingEntity>

export const registryEntity = z.discriminatedUnion('kind', [
  patientEntity,
  deviceEntity,
  associationEntity,
  userEntity,
  settingEntity,
])
export type RegistryEntity = z.infer<typeof registryEntity>

/**
 * One change: the whole entity as it shall be, and the version that it follows (0 = it is new). Its key in the log is
 * `kind/id/changeId`, so that compaction never lets a change that lost a race remove the one that won.
 */
export const registryChange = z.object({
  changeId: z.string().min(1).max(64),
  expectedVersion: z.int().min(0),
  by: z.string(),
  at: epochMs,
  entity: registryEntity,
})
export type RegistryChange = z.infer<typeof registryChange>
