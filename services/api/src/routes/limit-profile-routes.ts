import { LIMIT_PROFILE_NAMES, LIMIT_PROFILES, limits, type LimitProfile, type Patient } from '@pulsewire/contracts'
import type { Versioned } from '@pulsewire/registry'
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import type { ApiContext } from '../context.ts'
import { route, type Route } from '../http/route.ts'
import { limitsOfProfile } from '../limits-in-force.ts'
import { create, update } from '../registry-writes.ts'

const profileName = z.enum(LIMIT_PROFILE_NAMES)
const profileAnswer = z.object({
  name: profileName,
  limits: limits.describe('that a patient begins with'),
  usual: limits.describe("Pulsewire's own, where this installation has set no others"),
  version: z.int().describe('0 = as it came'),
  patients: z.array(z.string()).describe('who have the profile and exactly these limits'),
  ownLimits: z.array(z.string()).describe('who have the profile and limits of their own'),
})

/** The limits that each profile begins with at this installation. */
export function limitProfileRoutes({ registry }: ApiContext): Route[] {
  const { state } = registry
  const withProfile = (profile: LimitProfile): Versioned<Patient>[] =>
    [...state.patients.values()].filter(({ entity }) => entity.limitProfile === profile)
  const present = (name: LimitProfile): z.input<typeof profileAnswer> => {
    const inForce = limitsOfProfile(state, name)
    const all = withProfile(name)
    const as = all.filter(({ entity }) => isDeepStrictEqual(entity.limits, inForce))
    const ids = (list: readonly Versioned<Patient>[]) => list.map(({ entity }) => entity.id)
    return {
      name,
      limits: inForce,
      usual: LIMIT_PROFILES[name],
      version: state.limitProfiles.get(name)?.version ?? 0,
      patients: ids(as),
      ownLimits: ids(all.filter((patient) => !as.includes(patient))),
    }
  }

  return [
    route({
      method: 'GET',
      path: '/limit-profiles',
      tag: 'administration',
      summary: 'The limits that patients of each profile begin with',
      access: 'read-registry',
      response: z.object({ profiles: z.array(profileAnswer) }),
      handle: () => Promise.resolve({ profiles: LIMIT_PROFILE_NAMES.map(present) }),
    }),
    route({
      method: 'PUT',
      path: '/limit-profiles/:name',
      tag: 'administration',
      summary:
        'Other limits to begin with. Patients keep what they have, but where `alsoPatients` is true those who had exactly the limits of the profile before',
      access: 'configure',
      params: z.object({ name: profileName }),
      body: z.strictObject({ limits, alsoPatients: z.boolean().default(false), version: z.int().optional() }),
      response: profileAnswer.extend({ changed: z.array(z.string()).describe('patients whose limits were changed') }),
      handle: async ({ params: { name }, body, call }) => {
        const before = limitsOfProfile(state, name)
        const followers = withProfile(name).filter(({ entity }) => isDeepStrictEqual(entity.limits, before))
        const entity = { kind: 'limit-profile', id: name, limits: body.limits } as const
        const what = `limit profile ${name}`
        if (!state.limitProfiles.has(name) && (body.version ?? 0) === 0) await create(registry, entity, call.author)
        else {
          const read = () => state.limitProfiles.get(name)
          await update(registry, read, () => entity, { expectedVersion: body.version, by: call.author, what })
        }
        const changed: string[] = []
        for (const { entity: patient } of body.alsoPatients ? followers : []) {
          await update(
            registry,
            () => state.patients.get(patient.id),
            (now) => (isDeepStrictEqual(now.limits, before) ? { ...now, limits: body.limits } : now),
            { expectedVersion: undefined, by: call.author, what: `patient ${patient.id}` },
          )
          changed.push(patient.id)
        }
        return { ...present(name), changed }
      },
    }),
  ]
}
