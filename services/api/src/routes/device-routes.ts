import {
  deviceEntity,
  ID_PATTERN,
  PROOF_DEVICE,
  PulsewireError,
  type Association,
  type Device,
} from '@pulsewire/contracts'
import { associate, newDeviceSecret, patientAt, type Versioned } from '@pulsewire/registry'
import { z } from 'zod'
import type { ApiContext } from '../context.ts'
import { bodyInstant } from '../http/instants.ts'
import { route, type Route } from '../http/route.ts'
import { create, found, newId, update, type Author } from '../registry-writes.ts'
import { credentialAnswer, deviceAnswer, deviceId } from './shapes.ts'

/** A `from` may be ahead of our clock by so much (a nurse's screen is not exact), ms. */
const AHEAD_MS = 60_000
const MOST_STRANGERS = 10
const { id, model } = deviceEntity.shape

export function deviceRoutes(context: ApiContext): Route[] {
  const { registry, views, now } = context
  const present = ({ entity, version }: Versioned<Device>): z.input<typeof deviceAnswer> => {
    const { id, model, createdAt, disabled } = entity
    const status = views.devices.statusOf(id)
    const lastSeenAt = views.devices.lastSeenAt(id)
    return {
      id,
      ...(model === undefined ? {} : { model }),
      createdAt,
      ...(disabled === undefined ? {} : { disabled }),
      patient: patientAt(registry.state, id, now()) ?? null,
      version,
      ...(lastSeenAt === undefined ? {} : { lastSeenAt }),
      ...(status === undefined ? {} : { status }),
    }
  }
  const deviceOf = (id: string): Versioned<Device> => found(registry.state.devices.get(id), `device ${id}`)

  return [
    route({
      method: 'GET',
      path: '/devices',
      tag: 'devices',
      summary: 'All devices; the one with which the system proves itself is none of them',
      access: 'read-registry',
      response: z.object({ devices: z.array(deviceAnswer) }),
      handle: () => {
        const devices = [...registry.state.devices.values()].filter(({ entity }) => entity.id !== PROOF_DEVICE)
        return Promise.resolve({ devices: devices.map(present) })
      },
    }),
    route({
      method: 'POST',
      path: '/devices',
      tag: 'devices',
      summary: 'A new device: answers its credential, this once',
      access: 'write-devices',
      status: 201,
      body: z.strictObject({ id: id.optional(), model }).default({}),
      response: deviceAnswer.extend({ credential: credentialAnswer }),
      handle: async ({ body, call }) => {
        const { secret, sha256 } = newDeviceSecret()
        const device: Device = {
          kind: 'device',
          id: body.id ?? newId(),
          ...(body.model === undefined ? {} : { model: body.model }),
          secretSha256: sha256,
          createdAt: now(),
        }
        const created = await create(registry, device, call.author)
        return { ...present(created), credential: { username: device.id, password: secret } }
      },
    }),
    route({
      method: 'GET',
      path: '/devices/:id',
      tag: 'devices',
      summary: 'One device, with who wore it when',
      access: 'read-registry',
      params: deviceId,
      response: deviceAnswer.extend({
        history: z.array(z.object({ patient: z.string().nullable(), from: z.number() })),
      }),
      handle: async ({ params }) => {
        await Promise.resolve()
        const history = registry.state.associations.get(params.id)?.entity.spans ?? []
        return { ...present(deviceOf(params.id)), history }
      },
    }),
    route({
      method: 'PATCH',
      path: '/devices/:id',
      tag: 'devices',
      summary: 'Change a device, or disable it',
      access: 'write-devices',
      params: deviceId,
      body: z.strictObject({
        model: model.nullable(),
        disabled: z.boolean().optional(),
        version: z.int().optional(),
      }),
      response: deviceAnswer,
      handle: async ({ params, body, call }) => {
        const changed = await update(
          registry,
          () => registry.state.devices.get(params.id),
          ({ model, ...device }) => {
            const named = body.model === undefined ? model : (body.model ?? undefined)
            return {
              ...device,
              ...(named === undefined ? {} : { model: named }),
              ...(body.disabled === undefined ? {} : { disabled: body.disabled }),
            }
          },
          { expectedVersion: body.version, by: call.author, what: `device ${params.id}` },
        )
        return present(changed)
      },
    }),
    route({
      method: 'POST',
      path: '/devices/:id/credential',
      tag: 'devices',
      summary: 'A new credential: the one before is no longer good',
      access: 'write-devices',
      params: deviceId,
      response: z.object({ id: z.string(), credential: credentialAnswer }),
      handle: async ({ params, call }) => {
        const { secret, sha256 } = newDeviceSecret()
        await update(
          registry,
          () => registry.state.devices.get(params.id),
          (device) => ({ ...device, secretSha256: sha256 }),
          { expectedVersion: undefined, by: call.author, what: `device ${params.id}` },
        )
        return { id: params.id, credential: { username: params.id, password: secret } }
      },
    }),
    route({
      method: 'GET',
      path: '/devices/:id/trouble',
      tag: 'devices',
      summary: 'Why the device is not heard as it wants to be, newest first: of late; older in /quarantine',
      access: 'read-quarantine',
      params: deviceId,
      response: z.object({
        device: z.string(),
        trouble: z.array(
          z.object({
            at: z.number(),
            what: z.enum(['refused', 'quarantined']),
            code: z.string(),
            detail: z.string().optional(),
            topic: z.string().optional(),
          }),
        ),
        strangers: z
          .array(z.object({ name: z.string(), at: z.number() }))
          .describe('names of no device that tried to sign in: it may be this one'),
      }),
      handle: async ({ params }) => {
        await Promise.resolve()
        deviceOf(params.id)
        const { trouble } = views
        // One that has been registered since is no stranger any more.
        const strangers = trouble.strangers().filter(({ name }) => !registry.state.devices.has(name))
        return { device: params.id, trouble: [...trouble.of(params.id)], strangers: strangers.slice(0, MOST_STRANGERS) }
      },
    }),
    route({
      method: 'PUT',
      path: '/devices/:id/patient',
      tag: 'devices',
      summary: 'Who wears the device from when (default now) until what is known to begin later; null = nobody',
      access: 'associate',
      params: deviceId,
      body: z.strictObject({ patient: z.string().regex(ID_PATTERN).nullable(), from: bodyInstant.optional() }),
      response: z.object({
        device: z.string(),
        patient: z.string().nullable().describe('who wears it now'),
        history: z.array(z.object({ patient: z.string().nullable(), from: z.number() })),
      }),
      handle: async ({ params, body, call }) => {
        const { patient } = body
        const from = body.from ?? now()
        if (from > now() + AHEAD_MS) throw new PulsewireError('PW_REQUEST_INVALID', 'from: lies in the future')
        deviceOf(params.id)
        if (patient !== null) found(registry.state.patients.get(patient), `patient ${patient}`)
        const history = await wear(context, params.id, patient, from, call.author)
        return {
          device: params.id,
          patient: patientAt(registry.state, params.id, Math.max(from, now())) ?? null,
          history,
        }
      },
    }),
  ]
}

async function wear(
  { registry }: ApiContext,
  device: string,
  patient: string | null,
  from: number,
  by: Author,
): Promise<Association['spans']> {
  const nobody: Association = { kind: 'association', id: device, spans: [] }
  const what = `device ${device}`
  const splice = ({ spans, ...rest }: Association): Association => ({ ...rest, spans: associate(spans, patient, from) })
  if (!registry.state.associations.has(device)) {
    try {
      return (await create(registry, splice(nobody), by)).entity.spans
    } catch (error) {
      if (!registry.state.associations.has(device)) throw error
    }
  }
  const read = (): Versioned<Association> | undefined => registry.state.associations.get(device)
  return (await update(registry, read, splice, { expectedVersion: undefined, by, what })).entity.spans
}
