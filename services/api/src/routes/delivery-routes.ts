import { ID_PATTERN, PulsewireError, patientOfDelivery, type Delivery, type ReceiptRecord } from '@pulsewire/contracts'
import { readConfirmToken } from '@pulsewire/delivery'
import { CONFIRM_KEY_SETTING, sharedSetting } from '@pulsewire/registry'
import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { ApiContext } from '../context.ts'
import { readDeliveries } from '../delivery-log.ts'
import { RawAnswer } from '../http/answers.ts'
import { instant } from '../http/instants.ts'
import { route, type Route } from '../http/route.ts'
import { found } from '../registry-writes.ts'
import { askPage, donePage, refusedPage } from './confirm-page.ts'
import { deliveryAnswer, presentDelivery } from './delivery-shapes.ts'

const DAY_MS = 86_400_000
const MOST = 1_000
/** Of the alarm manager and the log. */
const CLOCKS_DIFFER_MS = 10_000
const HTML = 'text/html; charset=utf-8'

const deliveryParams = z.object({ id: z.string().min(1).max(200) })
const tokenQuery = z.strictObject({ token: z.string().min(1).max(100).describe('as it stands in the message') })

export function deliveryRoutes(context: ApiContext): Route[] {
  const { log, registry, views, store, now, logger } = context
  const onError = (error: Error): void => logger.error({ err: error }, error.message)

  /** The delivery that a link names; PW_LINK_INVALID where it is none of ours. */
  const deliveryOf = async (id: string, token: string): Promise<Delivery> => {
    const key = await sharedSetting(registry, CONFIRM_KEY_SETTING, () => randomBytes(32).toString('base64url'))
    const createdAt = readConfirmToken(key, id, token, now())
    const patient = patientOfDelivery(id)
    if (createdAt === undefined || patient === undefined) throw new PulsewireError('PW_LINK_INVALID')
    const { deliveries } = await readDeliveries(log, { patient, from: createdAt, onError })
    return found(deliveries.get(id), `delivery ${id}`)
  }
  /** What stands against confirming it, in words. */
  const hindranceOf = ({ state, confirmedAt }: Delivery): string | undefined => {
    if (state === 'confirmed') return `It was confirmed already, at ${new Date(confirmedAt ?? 0).toISOString()}.`
    if (state === 'closed' || state === 'withdrawn')
      return 'The alarm was acknowledged, is over, or has rung again since.'
    return undefined
  }
  const isPage = (accept: string | undefined): boolean => accept?.includes('text/html') === true

  return [
    route({
      method: 'GET',
      path: '/deliveries',
      tag: 'delivery',
      summary: 'What was delivered, newest first: of an alarm, a channel, or all of the last day',
      access: 'read-ward',
      query: z.strictObject({
        alarm: z.string().max(200).optional(),
        channel: z.string().regex(ID_PATTERN).optional(),
        from: instant.optional(),
      }),
      response: z.object({ deliveries: z.array(deliveryAnswer) }),
      handle: async ({ query }) => {
        const { alarm, channel } = query
        const of =
          alarm === undefined
            ? undefined
            : found(views.alarms.get(alarm) ?? (await store.alarm(alarm)), `alarm ${alarm}`)
        const from = query.from ?? (of === undefined ? now() - DAY_MS : of.raisedAt - CLOCKS_DIFFER_MS)
        const { deliveries } = await readDeliveries(log, { patient: of?.patient, from, onError })
        const wanted = [...deliveries.values()].filter(
          (each) => (alarm ?? each.alarm) === each.alarm && (channel ?? each.channel) === each.channel,
        )
        return {
          deliveries: wanted
            .sort((a, b) => b.createdAt - a.createdAt)
            .slice(0, MOST)
            .map(presentDelivery),
        }
      },
    }),
    route({
      method: 'GET',
      path: '/deliveries/:id/confirm',
      tag: 'delivery',
      summary: 'The page behind the link in a message: asks whether it was seen, and confirms nothing by itself',
      access: 'public',
      params: deliveryParams,
      query: tokenQuery,
      alsoAs: ['text/html'],
      response: deliveryAnswer.pick({ id: true, state: true }),
      handle: async ({ params, query, call }) => {
        const delivery = await deliveryOf(params.id, query.token)
        if (!isPage(call.request.headers.accept)) return { id: delivery.id, state: delivery.state }
        const hindrance = hindranceOf(delivery)
        return new RawAnswer(HTML, hindrance === undefined ? askPage() : refusedPage(hindrance))
      },
    }),
    route({
      method: 'POST',
      path: '/deliveries/:id/confirm',
      tag: 'delivery',
      summary: 'Somebody has seen the message: by the token in it, once. The alarm is not acknowledged by it',
      access: 'public',
      params: deliveryParams,
      query: tokenQuery,
      body: z.strictObject({}).optional(),
      alsoAs: ['text/html'],
      status: 202,
      response: z.object({ id: z.string() }),
      handle: async ({ params, query, call }) => {
        const delivery = await deliveryOf(params.id, query.token)
        const hindrance = hindranceOf(delivery)
        const asPage = isPage(call.request.headers.accept)
        if (hindrance !== undefined) {
          if (asPage) return new RawAnswer(HTML, refusedPage(hindrance))
          throw new PulsewireError('PW_DELIVERY_STATE', hindrance)
        }
        const { patient } = delivery
        const receipt: ReceiptRecord = { type: 'confirm', patient, delivery: delivery.id, at: now(), by: 'link' }
        await log.append('receipts', [
          { key: patient, headers: { type: receipt.type }, value: Buffer.from(JSON.stringify(receipt)) },
        ])
        return asPage ? new RawAnswer(HTML, donePage()) : { id: delivery.id }
      },
    }),
  ]
}
