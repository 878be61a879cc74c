import { isDeepStrictEqual } from 'node:util'
import { DEFAULT_LIMITS, limits, patientEntity, unitOf, type Limits, type Patient } from '@pulsewire/contracts'
import { devicesAt, type Versioned } from '@pulsewire/registry'
import { z } from 'zod'
import type { ApiContext } from '../context.ts'
import { route, type Route } from '../http/route.ts'
import { assertChain } from './escalation-routes.ts'
import { changedLimits, limitsToBeginWith } from '../limits-in-force.ts'
import { create, found, newId, update } from '../registry-writes.ts'
import { appendStaffCommand } from '../staff-command-log.ts'
import { withoutMissing } from '../without-missing.ts'
import { patientAnswer, patientId } from './shapes.ts'

const { id, name, dateOfBirth, sex, pregnant, place, limitProfile, spo2Scale } = patientEntity.shape
const { escalation, escalateAfterS, escalationChain } = patientEntity.shape

const patientBody = z.strictObject({
  id: id.optional().describe('made up where it is missing'),
  name,
  dateOfBirth,
  sex,
  pregnant,
  place,
  limitProfile,
  limits: limits.optional(),
  spo2Scale,
  escalation,
  escalateAfterS,
  escalationChain,
})

const patientChange = z.strictObject({
  name: name.optional(),
  dateOfBirth: dateOfBirth.nullable(),
  sex: sex.nullable(),
  pregnant: pregnant.nullable(),
  place: place.nullable(),
  limitProfile: limitProfile.describe('puts all limits to those of the profile, before `limits`'),
  limits: limits.optional().describe('replaces those of the vitals that it names; {} = that vital is not watched'),
  spo2Scale: spo2Scale.nullable(),
  escalation: escalation.nullable(),
  escalateAfterS: escalateAfterS.nullable(),
  escalationChain: escalationChain.nullable(),
  version: z.int().optional().describe('refused (409) where the patient no longer stands there'),
})

export function patientRoutes(context: ApiContext): Route[] {
  const { registry, views, now } = context
  const presentDevice = (device: string): z.input<typeof patientAnswer>['devices'][number] => {
    const status = views.devices.statusOf(device)
    const model = registry.state.devices.get(device)?.entity.model ?? status?.model
    const lastSeenAt = views.devices.lastSeenAt(device)
    return {
      id: device,
      ...(model === undefined ? {} : { model }),
      ...(status === undefined ? {} : { state: status.state }),
      ...(status?.battery === undefined ? {} : { battery: status.battery }),
      ...(lastSeenAt === undefined ? {} : { lastSeenAt }),
    }
  }
  const present = ({ entity, version }: Versioned<Patient>): z.input<typeof patientAnswer> => {
    const { kind: _, limits: set, ...rest } = entity
    const latest = [...views.latest.of(entity.id).values()]
    return {
      ...rest,
      limits: set ?? DEFAULT_LIMITS,
      version,
      monitoring: views.alarms.monitoringOf(entity.id),
      devices: devicesAt(registry.state, entity.id, now()).map(presentDevice),
      latest: Object.fromEntries(
        latest.map(({ code, value, time, device }) => [code, { value, unit: unitOf(code) ?? '', time, device }]),
      ),
    }
  }

  return [
    route({
      method: 'GET',
      path: '/patients',
      tag: 'patients',
      summary: 'All patients, with their latest values',
      access: 'read-registry',
      response: z.object({ patients: z.array(patientAnswer) }),
      handle: () => Promise.resolve({ patients: [...registry.state.patients.values()].map(present) }),
    }),
    route({
      method: 'POST',
      path: '/patients',
      tag: 'patients',
      summary: 'A new patient',
      access: 'write-patients',
      status: 201,
      body: patientBody,
      response: patientAnswer,
      handle: async ({ body, call }) => {
        const { id: given, limits: set, ...rest } = body
        assertChain(registry.state, body.escalationChain)
        const patient: Patient = {
          kind: 'patient',
          id: given ?? newId(),
          ...withoutMissing(rest),
          name: body.name,
          ...limitsToBeginWith(registry.state, body.limitProfile, set),
        }
        return present(await create(registry, patient, call.author))
      },
    }),
    route({
      method: 'GET',
      path: '/patients/:id',
      tag: 'patients',
      summary: 'One patient',
      access: 'read-registry',
      params: patientId,
      response: patientAnswer,
      handle: async ({ params }) => {
        await Promise.resolve()
        return present(found(registry.state.patients.get(params.id), `patient ${params.id}`))
      },
    }),
    route({
      method: 'PATCH',
      path: '/patients/:id',
      tag: 'patients',
      summary: 'Change a patient: what is named is changed, null removes',
      access: 'write-patients',
      params: patientId,
      body: patientChange,
      response: patientAnswer,
      handle: async ({ params, body, call }) => {
        const { version, limits: set, ...fields } = body
        assertChain(registry.state, body.escalationChain)
        let before: Limits = DEFAULT_LIMITS
        const changed = await update(
          registry,
          () => registry.state.patients.get(params.id),
          (patient) => {
            before = patient.limits ?? DEFAULT_LIMITS
            return {
              ...applied(patient, fields),
              ...changedLimits(registry.state, patient.limits, fields.limitProfile, set),
            }
          },
          { expectedVersion: version, by: call.author, what: `patient ${params.id}` },
        )
        const by = call.session?.user ?? ''
        const { limits: after = DEFAULT_LIMITS } = changed.entity
        if (!isDeepStrictEqual(before, after)) {
          const profile = fields.limitProfile === undefined ? {} : { profile: fields.limitProfile }
          await appendStaffCommand(context, { type: 'limits', patient: params.id, by, before, after, ...profile })
        }
        return present(changed)
      },
    }),
  ]
}

type PatientFields = Omit<z.output<typeof patientChange>, 'version' | 'limits'>

/** What is missing stays, null is removed. */
function applied(patient: Patient, fields: PatientFields): Patient {
  const { kind, id, name, ...optional } = patient
  const merged = { ...optional, ...withoutMissing(fields) }
  const kept = Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null))
  return patientEntity.parse({ ...kept, kind, id, name: fields.name ?? name })
}
