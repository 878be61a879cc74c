import {
  ID_PATTERN,
  SYSTEM_PATIENT,
  deliveryId,
  type Channel,
  type Delivery,
  type ReceiptRecord,
} from '@pulsewire/contracts'
import { TEST_WITHIN_MS, newWebhookSecret } from '@pulsewire/delivery'
import type { Versioned } from '@pulsewire/registry'
import { z } from 'zod'
import type { ApiContext } from '../context.ts'
import { eventOf } from '../delivery-log.ts'
import { Answered } from '../http/answers.ts'
import { parseInput, route, type Route } from '../http/route.ts'
import { create, found, newId, update } from '../registry-writes.ts'
import { changedTarget, channelAnswer, channelChange, newChannel, presentChannel, targetOf } from './channel-shapes.ts'
import { deliveryAnswer, presentDelivery } from './delivery-shapes.ts'

/** A test is known to have failed by then. */
const TEST_KNOWN_WITHIN_MS = TEST_WITHIN_MS + 3_000

const channelId = z.object({ id: z.string().regex(ID_PATTERN) })

/** The ways on which alarms leave the house. A secret is told once, where it is made. */
export function channelRoutes(context: ApiContext): Route[] {
  const { registry, log, now, logger } = context
  const channelOf = (id: string): Versioned<Channel> => {
    const known = registry.state.channels.get(id)
    return found(known?.entity.removed === true ? undefined : known, `channel ${id}`)
  }

  return [
    route({
      method: 'GET',
      path: '/channels',
      tag: 'delivery',
      summary: 'Where alarms are told besides the screens',
      access: 'configure',
      response: z.object({ channels: z.array(channelAnswer) }),
      handle: () => {
        const channels = [...registry.state.channels.values()].filter(({ entity }) => entity.removed !== true)
        return Promise.resolve({ channels: channels.map(presentChannel) })
      },
    }),
    route({
      method: 'POST',
      path: '/channels',
      tag: 'delivery',
      summary: 'A new channel; the secret of a webhook is in this answer alone',
      access: 'configure',
      status: 201,
      body: newChannel,
      response: channelAnswer.extend({ secret: z.string().optional() }),
      handle: async ({ body, call }) => {
        const {
          id = newId(),
          kind: _kind,
          address: _address,
          secret: _secret,
          confirmsLater: _later,
          cap: _cap,
          ...rules
        } = body
        const target = targetOf(body)
        const { id: checked } = parseInput(channelId, { id }, 'body')
        const at = now()
        const channel: Channel = {
          kind: 'channel',
          id: checked,
          ...withoutUndefined(rules),
          target,
          createdAt: at,
          from: at,
        }
        const made = presentChannel(await create(registry, channel, call.author))
        return { ...made, ...(target.via === 'webhook' ? { secret: target.secret } : {}) }
      },
    }),
    route({
      method: 'PATCH',
      path: '/channels/:id',
      tag: 'delivery',
      summary: 'Changes a channel; null removes a filter',
      access: 'configure',
      params: channelId,
      body: channelChange,
      response: channelAnswer,
      handle: async ({ params, body, call }) => {
        channelOf(params.id)
        const {
          version,
          address: _address,
          secret: _secret,
          confirmsLater: _later,
          cap: _cap,
          disabled,
          ...rules
        } = body
        const changed = await update(
          registry,
          () => registry.state.channels.get(params.id),
          (channel): Channel => {
            const merged = { ...channel, ...withoutUndefined(rules) }
            const { patients, places, addressedTo, ...rest } = merged
            return {
              ...rest,
              ...(patients === null || patients === undefined ? {} : { patients }),
              ...(places === null || places === undefined ? {} : { places }),
              ...(addressedTo === null || addressedTo === undefined ? {} : { addressedTo }),
              ...(disabled === undefined ? {} : { disabled }),
              // What was missed while it was off is not told afterwards.
              ...(disabled === false && channel.disabled === true ? { from: now() } : {}),
              target: changedTarget(channel.target, body),
            }
          },
          { expectedVersion: version, by: call.author, what: `channel ${params.id}` },
        )
        return presentChannel(changed)
      },
    }),
    route({
      method: 'DELETE',
      path: '/channels/:id',
      tag: 'delivery',
      summary: 'Gives a channel up: what waits for it is not sent any more',
      access: 'configure',
      params: channelId,
      status: 204,
      response: z.undefined(),
      handle: async ({ params, call }) => {
        channelOf(params.id)
        await update(
          registry,
          () => registry.state.channels.get(params.id),
          (channel) => ({ ...channel, removed: true, target: withoutSecret(channel.target) }),
          { expectedVersion: undefined, by: call.author, what: `channel ${params.id}` },
        )
        return undefined
      },
    }),
    route({
      method: 'POST',
      path: '/channels/:id/test',
      tag: 'delivery',
      summary: 'Sends a test now and says what came of it; 202 = no notifier has answered yet',
      access: 'configure',
      params: channelId,
      body: z.strictObject({}).optional(),
      response: z.object({ delivery: deliveryAnswer.optional() }),
      handle: async ({ params, call }) => {
        channelOf(params.id)
        const id = deliveryId(params.id, SYSTEM_PATIENT, `test-${newId()}`)
        const by = call.session?.user ?? ''
        const delivery = await outcomeOf(context, id, async () => {
          const test: ReceiptRecord = {
            type: 'test',
            patient: SYSTEM_PATIENT,
            channel: params.id,
            delivery: id,
            at: now(),
            by,
          }
          const value = Buffer.from(JSON.stringify(test))
          await log.append('receipts', [{ key: SYSTEM_PATIENT, headers: { type: test.type }, value }])
        })
        if (delivery === undefined) logger.warn({ delivery: id }, 'no notifier has said what came of a test')
        return delivery === undefined || delivery.state === 'pending'
          ? new Answered(202, delivery === undefined ? {} : { delivery: presentDelivery(delivery) })
          : { delivery: presentDelivery(delivery) }
      },
    }),
  ]
}

/** Asks for a test, and answers the delivery once it is through or has failed; as it then stands where that takes too long. */
async function outcomeOf(
  { log, logger }: ApiContext,
  id: string,
  ask: () => Promise<void>,
): Promise<Delivery | undefined> {
  let last: Delivery | undefined
  let settle: () => void = () => undefined
  const settled = new Promise<void>((resolve) => (settle = resolve))
  const timer = setTimeout(settle, TEST_KNOWN_WITHIN_MS)
  const onError = (error: Error): void => logger.error({ err: error }, error.message)
  const tail = await log.tail({
    topics: ['deliveries'],
    handler: ({ records }) => {
      const told = records
        .flatMap((record) => eventOf(record, onError)?.deliveries ?? [])
        .filter((each) => each.id === id)
      last = told.at(-1) ?? last
      if (last !== undefined && last.state !== 'pending') settle()
    },
    onError,
  })
  try {
    await ask()
    await settled
  } finally {
    clearTimeout(timer)
    await tail.stop()
  }
  return last
}

/** What is given up keeps no secret of somebody else's. */
function withoutSecret(target: Channel['target']): Channel['target'] {
  if (target.via === 'webhook') return { ...target, secret: newWebhookSecret() }
  if (target.via !== 'cap') return target
  const { secret: _secret, ...rest } = target
  return rest
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> }
function withoutUndefined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as Defined<T>
}
