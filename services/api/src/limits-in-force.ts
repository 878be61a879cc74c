import { DEFAULT_LIMITS, LIMIT_PROFILES, type LimitProfile, type Limits, type Patient } from '@pulsewire/contracts'
import type { RegistryState } from '@pulsewire/registry'

type Profiles = Pick<RegistryState, 'limitProfiles'>

/** The limits that a profile begins with at this installation. */
export function limitsOfProfile({ limitProfiles }: Profiles, profile: LimitProfile): Limits {
  return limitProfiles.get(profile)?.entity.limits ?? LIMIT_PROFILES[profile]
}

/** The limits of a new patient; nothing where nothing was set, neither here nor for adults at this installation. */
export function limitsToBeginWith(
  state: Profiles,
  profile: LimitProfile | undefined,
  set: Limits | undefined,
): Pick<Patient, 'limits'> {
  if (profile === undefined && set === undefined && !state.limitProfiles.has('adult')) return {}
  return { limits: { ...limitsOfProfile(state, profile ?? 'adult'), ...set } }
}

/** All limits as they are then in force, so that no reader needs to know what was set and what is default; nothing where nothing is changed. */
export function changedLimits(
  state: Profiles,
  current: Limits | undefined,
  profile: LimitProfile | undefined,
  set: Limits | undefined,
): Pick<Patient, 'limits'> {
  if (profile === undefined && set === undefined) return {}
  const before = profile === undefined ? (current ?? DEFAULT_LIMITS) : limitsOfProfile(state, profile)
  return { limits: { ...before, ...set } }
}
