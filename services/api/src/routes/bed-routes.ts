import { BED_NOT_IN_USE, PulsewireError, bedEntity, bedPlace, type Bed, type Patient } from '@pulsewire/contracts'
import type { Versioned } from '@pulsewire/registry'
import { z } from 'zod'
import type { ApiContext } from '../context.ts'
import { route, type Route } from '../http/route.ts'
import { create, found, newId, update, type Author } from '../registry-writes.ts'
import { idParams, patientId } from './shapes.ts'

const { id, unit, name } = bedEntity.shape
const notInUse = z.enum(BED_NOT_IN_USE)

const bedAnswer = z.object({
  id: z.string(),
  unit: z.string().optional(),
  name: z.string(),
  place: z.string().describe("what a patient's `place` says who lies there"),
  notInUse: notInUse.optional(),
  version: z.int(),
  patients: z.array(z.object({ id: z.string(), name: z.string() })).describe('who lies there: free where nobody does'),
})

/** The beds of a unit, and who lies where. A patient lies where `place` says so and nobody has discharged them. */
export function bedRoutes(context: ApiContext): Route[] {
  const { registry, views } = context
  const { state } = registry
  const occupantsOf = (place: string): Patient[] =>
    [...state.patients.values()]
      .map(({ entity }) => entity)
      .filter((patient) => patient.place === place && views.alarms.monitoringOf(patient.id).state !== 'discharged')
  const present = ({ entity, version }: Versioned<Bed>): z.input<typeof bedAnswer> => {
    const { id, unit, name, notInUse } = entity
    const place = bedPlace(entity)
    return {
      id,
      ...(unit === undefined ? {} : { unit }),
      name,
      place,
      ...(notInUse === undefined ? {} : { notInUse }),
      version,
      patients: occupantsOf(place).map(({ id, name }) => ({ id, name })),
    }
  }
  const bedOf = (bed: string): Versioned<Bed> => {
    const known = state.beds.get(bed)
    return found(known?.entity.removed === true ? undefined : known, `bed ${bed}`)
  }
  const refuseSamePlace = (wanted: Pick<Bed, 'unit' | 'name'>, own?: string): void => {
    const place = bedPlace(wanted)
    const same = [...state.beds.values()].some(
      ({ entity }) => entity.removed !== true && entity.id !== own && bedPlace(entity) === place,
    )
    if (same) throw new PulsewireError('PW_EXISTS', `there is a bed "${place}" already`)
  }
  const change = (bed: string, by: Author, version: number | undefined, make: (bed: Bed) => Bed) =>
    update(registry, () => state.beds.get(bed), make, { expectedVersion: version, by, what: `bed ${bed}` })

  return [
    route({
      method: 'GET',
      path: '/beds',
      tag: 'administration',
      summary: 'All beds, with who lies there',
      access: 'read-registry',
      response: z.object({ beds: z.array(bedAnswer) }),
      handle: () => {
        const beds = [...state.beds.values()].filter(({ entity }) => entity.removed !== true)
        return Promise.resolve({ beds: beds.map(present) })
      },
    }),
    route({
      method: 'POST',
      path: '/beds',
      tag: 'administration',
      summary: 'A new bed',
      access: 'configure',
      status: 201,
      body: z.strictObject({ id: id.optional(), unit, name }),
      response: bedAnswer,
      handle: async ({ body, call }) => {
        refuseSamePlace({ unit: body.unit, name: body.name })
        const bed: Bed = {
          kind: 'bed',
          id: body.id ?? newId(),
          ...(body.unit === undefined ? {} : { unit: body.unit }),
          name: body.name,
        }
        return present(await create(registry, bed, call.author))
      },
    }),
    route({
      method: 'PATCH',
      path: '/beds/:id',
      tag: 'administration',
      summary: 'Rename a bed; the place of who lies there goes with it',
      access: 'configure',
      params: idParams,
      body: z.strictObject({ unit: unit.nullable(), name: name.optional(), version: z.int().optional() }),
      response: bedAnswer,
      handle: async ({ params, body, call }) => {
        const before = bedOf(params.id).entity
        const renamed = ({ unit: known, ...bed }: Bed): Bed => {
          const wanted = body.unit === undefined ? known : (body.unit ?? undefined)
          return { ...bed, ...(wanted === undefined ? {} : { unit: wanted }), name: body.name ?? bed.name }
        }
        refuseSamePlace(renamed(before), params.id)
        const oldPlace = bedPlace(before)
        const changed = await change(params.id, call.author, body.version, renamed)
        const place = bedPlace(changed.entity)
        for (const { id } of place === oldPlace ? [] : occupantsOf(oldPlace)) {
          await movePatient(context, id, oldPlace, place, call.author)
        }
        return present(changed)
      },
    }),
    route({
      method: 'PUT',
      path: '/beds/:id/use',
      tag: 'administration',
      summary: 'Whether the bed may be used: null, or why not (cleaning, closed)',
      access: 'write-patients',
      params: idParams,
      body: z.strictObject({ notInUse: notInUse.nullable() }),
      response: bedAnswer,
      handle: async ({ params, body, call }) => {
        bedOf(params.id)
        const changed = await change(params.id, call.author, undefined, ({ kind, id, unit, name }) => {
          const inUse: Bed = { kind, id, ...(unit === undefined ? {} : { unit }), name }
          return body.notInUse === null ? inUse : { ...inUse, notInUse: body.notInUse }
        })
        return present(changed)
      },
    }),
    route({
      method: 'DELETE',
      path: '/beds/:id',
      tag: 'administration',
      summary: 'Remove a bed in which nobody lies',
      access: 'configure',
      params: idParams,
      status: 204,
      response: z.undefined(),
      handle: async ({ params, call }) => {
        const { patients, place } = present(bedOf(params.id))
        if (patients.length > 0) {
          throw new PulsewireError('PW_IN_USE', `${patients.map(({ name }) => name).join(', ')} lies in ${place}`)
        }
        await change(params.id, call.author, undefined, (bed) => ({ ...bed, removed: true }))
        return undefined
      },
    }),
    route({
      method: 'POST',
      path: '/patients/:id/swap',
      tag: 'patients',
      summary: 'Two patients change places',
      access: 'write-patients',
      params: patientId,
      body: z.strictObject({ with: idParams.shape.id }),
      response: z.object({
        patients: z.array(z.object({ id: z.string(), place: z.string().optional(), version: z.int() })),
      }),
      handle: async ({ params, body, call }) => {
        if (params.id === body.with) throw new PulsewireError('PW_REQUEST_INVALID', 'with: is the same patient')
        const placeOf = (patient: string) => found(state.patients.get(patient), `patient ${patient}`).entity.place
        const [one, other] = [placeOf(params.id), placeOf(body.with)]
        await movePatient(context, params.id, one, other, call.author)
        try {
          await movePatient(context, body.with, other, one, call.author)
        } catch (error) {
          // Not two in one bed: back to where the first lay.
          await movePatient(context, params.id, other, one, call.author)
          throw error
        }
        const patients = [params.id, body.with].map((patient) => {
          const { entity, version } = found(state.patients.get(patient), `patient ${patient}`)
          return { id: patient, ...(entity.place === undefined ? {} : { place: entity.place }), version }
        })
        return { patients }
      },
    }),
  ]
}

/** PW_CONFLICT where the patient no longer lies at `from`. */
async function movePatient(
  { registry }: ApiContext,
  patient: string,
  from: string | undefined,
  to: string | undefined,
  by: Author,
): Promise<void> {
  await update(
    registry,
    () => registry.state.patients.get(patient),
    ({ place, ...rest }) => {
      if (place !== from) throw new PulsewireError('PW_CONFLICT', `${rest.name} was moved to ${place ?? 'no place'}`)
      return { ...rest, ...(to === undefined ? {} : { place: to }) }
    },
    { expectedVersion: undefined, by, what: `patient ${patient}` },
  )
}
