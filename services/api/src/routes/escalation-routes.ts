import { DEFAULT_ESCALATION } from '@pulsewire/alarms'
import { PulsewireError, escalateAfterS, escalationChainEntity, type EscalationChain } from '@pulsewire/contracts'
import type { RegistryState, Versioned } from '@pulsewire/registry'
import { z } from 'zod'
import type { ApiContext } from '../context.ts'
import { route, type Route } from '../http/route.ts'
import { create, found, newId, update } from '../registry-writes.ts'
import { idParams } from './shapes.ts'

const { id, name, steps, afterS } = escalationChainEntity.shape

const chainAnswer = z.object({
  id: z.string(),
  name: z.string(),
  steps,
  afterS,
  version: z.int(),
  patients: z.array(z.string()).describe('whose alarms follow it'),
})

/** PW_NOT_FOUND where `chain` is to be followed and there is none of that id. */
export function assertChain(state: RegistryState, chain: string | null | undefined): void {
  if (chain !== null && chain !== undefined) chainOf(state, chain)
}

function chainOf(state: RegistryState, chain: string): Versioned<EscalationChain> {
  const known = state.escalationChains.get(chain)
  return found(known?.entity.removed === true ? undefined : known, `escalation chain ${chain}`)
}

/** Chains that are defined once and chosen for patients. */
export function escalationRoutes({ registry }: ApiContext): Route[] {
  const { state } = registry
  const followersOf = (chain: string): string[] =>
    [...state.patients.values()].filter(({ entity }) => entity.escalationChain === chain).map(({ entity }) => entity.id)
  const present = ({ entity, version }: Versioned<EscalationChain>): z.input<typeof chainAnswer> => {
    const { id, name, steps, afterS } = entity
    return { id, name, steps, afterS, version, patients: followersOf(id) }
  }
  const refuseSameName = (name: string, own?: string): void => {
    const same = [...state.escalationChains.values()].some(
      ({ entity }) => entity.removed !== true && entity.id !== own && entity.name === name,
    )
    if (same) throw new PulsewireError('PW_EXISTS', `there is a chain "${name}" already`)
  }

  return [
    route({
      method: 'GET',
      path: '/escalation-chains',
      tag: 'administration',
      summary:
        'Whom unacknowledged alarms call, one after the other: the chains of this installation, and the usual one',
      access: 'read-registry',
      response: z.object({
        chains: z.array(chainAnswer),
        usual: z.object({ steps, afterS: escalateAfterS }).describe('of patients for whom nothing else is set'),
      }),
      handle: () => {
        const { chain, afterMs } = DEFAULT_ESCALATION
        const usual = { steps: [...chain], afterS: { high: afterMs.high / 1000, medium: afterMs.medium / 1000 } }
        const chains = [...state.escalationChains.values()].filter(({ entity }) => entity.removed !== true)
        return Promise.resolve({ chains: chains.map(present), usual })
      },
    }),
    route({
      method: 'POST',
      path: '/escalation-chains',
      tag: 'administration',
      summary: 'A new chain',
      access: 'configure',
      status: 201,
      body: z.strictObject({ id: id.optional(), name, steps, afterS }),
      response: chainAnswer,
      handle: async ({ body: { id: given, ...fields }, call }) => {
        refuseSameName(fields.name)
        return present(
          await create(registry, { kind: 'escalation-chain', id: given ?? newId(), ...fields }, call.author),
        )
      },
    }),
    route({
      method: 'PATCH',
      path: '/escalation-chains/:id',
      tag: 'administration',
      summary: 'Change a chain: for all who follow it, and for alarms that ring already',
      access: 'configure',
      params: idParams,
      body: z.strictObject({
        name: name.optional(),
        steps: steps.optional(),
        afterS: afterS.optional(),
        version: z.int().optional(),
      }),
      response: chainAnswer,
      handle: async ({ params, body: { version, ...fields }, call }) => {
        chainOf(state, params.id)
        if (fields.name !== undefined) refuseSameName(fields.name, params.id)
        const changed = await update(
          registry,
          () => state.escalationChains.get(params.id),
          (chain) => ({
            ...chain,
            name: fields.name ?? chain.name,
            steps: fields.steps ?? chain.steps,
            afterS: fields.afterS ?? chain.afterS,
          }),
          { expectedVersion: version, by: call.author, what: `escalation chain ${params.id}` },
        )
        return present(changed)
      },
    }),
    route({
      method: 'DELETE',
      path: '/escalation-chains/:id',
      tag: 'administration',
      summary: 'Remove a chain that no patient follows',
      access: 'configure',
      params: idParams,
      status: 204,
      response: z.undefined(),
      handle: async ({ params, call }) => {
        chainOf(state, params.id)
        const followers = followersOf(params.id)
        if (followers.length > 0) {
          throw new PulsewireError('PW_IN_USE', `${followers.length} patients follow it: choose another for them first`)
        }
        await update(
          registry,
          () => state.escalationChains.get(params.id),
          (chain) => ({ ...chain, removed: true }),
          { expectedVersion: undefined, by: call.author, what: `escalation chain ${params.id}` },
        )
        return undefined
      },
    }),
  ]
}
