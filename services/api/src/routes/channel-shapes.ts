import {
  CHANNEL_KINDS,
  capTarget,
  channelRules,
  channelTarget,
  type Channel,
  type ChannelTarget,
} from '@pulsewire/contracts'
import { newWebhookSecret } from '@pulsewire/delivery'
import type { Versioned } from '@pulsewire/registry'
import { z } from 'zod'
import { parseInput } from '../http/route.ts'

const rules = channelRules.shape
const capOptions = capTarget.omit({ via: true, address: true, secret: true })

/** What somebody may say of a channel. */
const given = {
  address: z.string().max(2_000),
  secret: z.string().max(500),
  confirmsLater: z.boolean(),
  cap: capOptions,
}

export const newChannel = z.strictObject({
  id: z.string().optional(),
  kind: z.enum(['webhook', 'email', 'cap'], 'must be webhook, email or cap: a browser subscribes itself to web-push'),
  name: rules.name,
  address: given.address.describe('an address to post to, or an e-mail address'),
  secret: given.secret.optional().describe('webhook: whsec_…, made where it is missing; CAP: a bearer token'),
  confirmsLater: given.confirmsLater
    .optional()
    .describe('webhook: its 2xx confirms nothing, somebody does later by the link'),
  cap: given.cap.optional(),
  step: rules.step.default(0),
  confirmWithinS: rules.confirmWithinS.default(60),
  priorities: rules.priorities.default(['high', 'medium']),
  technical: rules.technical.default(false),
  patients: rules.patients,
  places: rules.places,
  addressedTo: rules.addressedTo,
  includeName: rules.includeName.default(false),
})
export type NewChannel = z.output<typeof newChannel>

export const channelChange = z.strictObject({
  name: rules.name.optional(),
  address: given.address.optional(),
  secret: given.secret.optional(),
  confirmsLater: given.confirmsLater.optional(),
  cap: given.cap.optional(),
  step: rules.step.optional(),
  confirmWithinS: rules.confirmWithinS.optional(),
  priorities: rules.priorities.optional(),
  technical: rules.technical.optional(),
  patients: rules.patients.nullable(),
  places: rules.places.nullable(),
  addressedTo: rules.addressedTo.nullable(),
  includeName: rules.includeName.optional(),
  disabled: z.boolean().optional(),
  version: z.int().optional(),
})
export type ChannelChange = z.output<typeof channelChange>

export const channelAnswer = z.object({
  id: z.string(),
  kind: z.enum(CHANNEL_KINDS),
  ...rules,
  address: z.string().describe('of a phone: its push service alone'),
  hasSecret: z.boolean(),
  confirmsLater: z.boolean().optional(),
  cap: capOptions.optional(),
  user: z.string().optional().describe('whose phone it is'),
  createdAt: z.number(),
  version: z.int(),
})

/** The whole target, checked: a bad address is told by its field. */
export function targetOf(body: NewChannel): ChannelTarget {
  const { kind, address, secret, confirmsLater, cap } = body
  const common = { via: kind, address }
  const own = {
    webhook: { secret: secret ?? newWebhookSecret(), ...(confirmsLater === undefined ? {} : { confirmsLater }) },
    email: {},
    cap: { ...cap, ...(secret === undefined ? {} : { secret }) },
  }[kind]
  return parseInput(channelTarget, { ...common, ...own }, 'body')
}

/** The target after a change. */
export function changedTarget(target: ChannelTarget, body: ChannelChange): ChannelTarget {
  const { address = target.address, secret, confirmsLater, cap } = body
  const changed = {
    ...target,
    address,
    ...(secret === undefined ? {} : { secret }),
    ...(confirmsLater === undefined ? {} : { confirmsLater }),
    ...cap,
  }
  return parseInput(channelTarget, changed, 'body')
}

/** A channel without its secret. */
export function presentChannel({ entity, version }: Versioned<Channel>): z.input<typeof channelAnswer> {
  const { id, name, step, confirmWithinS, priorities, technical, patients, places, addressedTo, includeName } = entity
  const { disabled, target, createdAt } = entity
  return {
    id,
    kind: target.via,
    name,
    step,
    confirmWithinS,
    priorities,
    technical,
    ...(patients === undefined ? {} : { patients }),
    ...(places === undefined ? {} : { places }),
    ...(addressedTo === undefined ? {} : { addressedTo }),
    includeName,
    ...(disabled === undefined ? {} : { disabled }),
    createdAt,
    version,
    ...presentTarget(target),
  }
}

function presentTarget(
  target: ChannelTarget,
): Pick<z.input<typeof channelAnswer>, 'address' | 'hasSecret' | 'confirmsLater' | 'user' | 'cap'> {
  switch (target.via) {
    case 'webhook': {
      const { address, confirmsLater } = target
      return { address, hasSecret: true, ...(confirmsLater === undefined ? {} : { confirmsLater }) }
    }
    case 'email':
      return { address: target.address, hasSecret: false }
    case 'web-push':
      // The rest of the address is what lets one send to that phone.
      return { address: new URL(target.address).origin, hasSecret: true, user: target.user }
    case 'cap': {
      const { via: _via, address, secret, ...cap } = target
      return { address, hasSecret: secret !== undefined, cap }
    }
  }
}
