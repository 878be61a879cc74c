import { createHash } from 'node:crypto'
import { ALARM_PRIORITIES, PulsewireError, pushTarget, type Channel } from '@pulsewire/contracts'
import { newVapidKeys } from '@pulsewire/delivery'
import { VAPID_SETTING, sharedSetting } from '@pulsewire/registry'
import { z } from 'zod'
import type { ApiContext } from '../context.ts'
import { route, type Route } from '../http/route.ts'
import { create, found, update } from '../registry-writes.ts'

/** One user's phones and tablets. */
const MOST_OF_A_USER = 10

const vapidKeys = z.object({ publicKey: z.string(), privateKey: z.string() })
const subscriptionId = z.object({ id: z.string().regex(/^push-[0-9a-f]{24}$/) })

/** A browser's own subscription to alarms: any user of the ward for themselves. */
export function pushRoutes({ registry, now }: ApiContext): Route[] {
  const ownOf = (user: string): Channel[] =>
    [...registry.state.channels.values()]
      .map(({ entity }) => entity)
      .filter(({ target, removed }) => target.via === 'web-push' && target.user === user && removed !== true)

  return [
    route({
      method: 'GET',
      path: '/channels/web-push/key',
      tag: 'delivery',
      summary: 'The key that a browser subscribes with (applicationServerKey)',
      access: 'read-ward',
      response: z.object({ publicKey: z.string() }),
      handle: async () => {
        const keys = await sharedSetting(registry, VAPID_SETTING, () => JSON.stringify(newVapidKeys()))
        return { publicKey: vapidKeys.parse(JSON.parse(keys)).publicKey }
      },
    }),
    route({
      method: 'POST',
      path: '/channels/web-push/subscriptions',
      tag: 'delivery',
      summary: 'Notifies this browser of alarms from now on; said again, it changes what it wants',
      access: 'read-ward',
      status: 201,
      body: z.strictObject({
        endpoint: pushTarget.shape.address,
        keys: pushTarget.shape.keys,
        priorities: z.array(z.enum(ALARM_PRIORITIES)).min(1).max(3).default(['high']),
      }),
      response: z.object({ id: z.string() }),
      handle: async ({ body, call }) => {
        const user = call.session?.user ?? ''
        const id = `push-${createHash('sha256').update(body.endpoint).digest('hex').slice(0, 24)}`
        const at = now()
        const wanted: Channel = {
          kind: 'channel',
          id,
          name: `Phone of ${user}`,
          step: 0,
          confirmWithinS: 60,
          priorities: body.priorities,
          technical: false,
          includeName: false,
          target: { via: 'web-push', address: body.endpoint, keys: body.keys, user },
          createdAt: at,
          from: at,
        }
        if (registry.state.channels.has(id)) {
          // A phone that changes hands has another user from now on.
          const again = (known: Channel): Channel =>
            known.removed === true || known.disabled === true
              ? wanted
              : { ...wanted, createdAt: known.createdAt, from: known.from }
          const read = () => registry.state.channels.get(id)
          await update(registry, read, again, { expectedVersion: undefined, by: call.author, what: `channel ${id}` })
          return { id }
        }
        if (ownOf(user).length >= MOST_OF_A_USER) {
          throw new PulsewireError('PW_TOO_MANY_REQUESTS', `${user} has ${MOST_OF_A_USER} browsers subscribed already`)
        }
        await create(registry, wanted, call.author)
        return { id }
      },
    }),
    route({
      method: 'DELETE',
      path: '/channels/web-push/subscriptions/:id',
      tag: 'delivery',
      summary: "Ends a browser's subscription: one's own, an administrator's any",
      access: 'read-ward',
      params: subscriptionId,
      status: 204,
      response: z.undefined(),
      handle: async ({ params, call }) => {
        const { user = '', roles = [] } = call.session ?? {}
        const channel = found(registry.state.channels.get(params.id)?.entity, `subscription ${params.id}`)
        const isOwn = channel.target.via === 'web-push' && channel.target.user === user
        if (!isOwn && !roles.includes('admin'))
          throw new PulsewireError('PW_FORBIDDEN', 'it is the subscription of somebody else')
        await update(
          registry,
          () => registry.state.channels.get(params.id),
          (known) => ({ ...known, removed: true }),
          { expectedVersion: undefined, by: call.author, what: `channel ${params.id}` },
        )
        return undefined
      },
    }),
  ]
}
