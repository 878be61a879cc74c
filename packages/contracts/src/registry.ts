import { z } from 'zod'
import { channelEntity } from './channels.ts'
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

/** Who is called: a role, a team or a user's name. */
const callee = z.string().min(1).max(64)
/** Seconds that an alarm of a priority stays unacknowledged before it goes a step up. */
export const escalateAfterS = z.strictObject({
  high: z.int().min(15).max(600),
  medium: z.int().min(60).max(3600),
})

export const BED_NOT_IN_USE = ['cleaning', 'closed'] as const

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
  /** Roles or names, in the order in which an unacknowledged alarm goes up: before what `escalationChain` says. */
  escalation: z.array(callee).max(10).optional(),
  /** How long an alarm stays unacknowledged before it goes a step up, seconds: before what `escalationChain` says. */
  escalateAfterS: escalateAfterS.optional(),
  /** The id of a chain that is defined once for many patients. */
  escalationChain: id.optional(),
})
export type Patient = z.infer<typeof patientEntity>

/** A place for a patient. The patient's `place` says who lies there: see `bedPlace`. */
export const bedEntity = z.object({
  kind: z.literal('bed'),
  id,
  /** Ward or unit, e.g. "Ward 3"; absent where the installation has one only. */
  unit: z.string().min(1).max(100).optional(),
  name: z.string().min(1).max(90),
  /** Why nobody may be put there now. Absent: it may be used. */
  notInUse: z.enum(BED_NOT_IN_USE).optional(),
  removed: z.boolean().optional(),
})
export type Bed = z.infer<typeof bedEntity>

/** What a patient's `place` says who lies in `bed`, e.g. "Ward 3 Bed 4". */
export function bedPlace({ unit, name }: Pick<Bed, 'unit' | 'name'>): string {
  return unit === undefined ? name : `${unit} ${name}`
}

/** Whom an unacknowledged alarm calls one after the other, defined once and chosen for patients by its id. */
export const escalationChainEntity = z.object({
  kind: z.literal('escalation-chain'),
  id,
  name: z.string().min(1).max(100),
  /** Roles or names, in their order. */
  steps: z.array(callee).min(1).max(10),
  afterS: escalateAfterS,
  removed: z.boolean().optional(),
})
export type EscalationChain = z.infer<typeof escalationChainEntity>

/** The limits that a profile begins with at this installation, in place of those of LIMIT_PROFILES. */
export const limitProfileEntity = z.object({
  kind: z.literal('limit-profile'),
  id: z.enum(LIMIT_PROFILE_NAMES),
  limits,
})
export type LimitProfileEntity = z.infer<typeof limitProfileEntity>

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
  /** Somebody else knows the password: it was made up, or given by an administrator. */
  temporaryPassword: z.boolean().optional(),
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
  bedEntity,
  escalationChainEntity,
  limitProfileEntity,
  channelEntity,
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
