import { newVapidKeys } from '@pulsewire/delivery'
import { expect, it } from 'vitest'
import { behaveHttp } from '../../testing/http-behaviour.ts'
import { startPushReceiver } from '../../testing/push-receiver.ts'
import { channelTo, subjectTo } from '../../testing/subjects.ts'
import { describeSender } from '../contract.ts'
import { createWebPushSender } from './sender.ts'

const vapidKeys = newVapidKeys()
const sender = createWebPushSender({ vapidKeys, contact: 'mailto:it@hospital.example', confirmKey: 'key' })

async function setUp() {
  const receiver = await startPushReceiver(vapidKeys.publicKey)
  const channel = channelTo({ via: 'web-push', address: receiver.url, keys: receiver.keys, user: 'amal' })
  return { receiver, channel }
}

describeSender('Web Push', async () => {
  const { receiver, channel } = await setUp()
  return {
    sender,
    channel,
    behave: (behaviour) => behaveHttp(receiver, behaviour),
    ids: () =>
      receiver.messages().map((message) => /deliveries\/([^/]+)\/confirm/.exec(JSON.stringify(message))?.[1] ?? ''),
    close: () => receiver.close(),
  }
})

it('can be read by the browser that subscribed, and by nobody else', async () => {
  const { receiver, channel } = await setUp()
  expect(await sender.send(subjectTo(channel), AbortSignal.timeout(5_000))).toEqual({ kind: 'accepted' })
  expect(receiver.messages()).toMatchObject([
    { title: 'HIGH Bed 4: Asystole: call the team', tag: 'p1.asystole.1', patient: 'p1', priority: 'high' },
  ])
  expect(receiver.received[0]?.headers['urgency']).toBe('high')
  expect(receiver.received[0]?.body.includes('Asystole')).toBe(false)
  await receiver.close()
})

it('tells when the browser has ended its subscription', async () => {
  const { receiver, channel } = await setUp()
  receiver.answer = () => 410
  expect(await sender.send(subjectTo(channel), AbortSignal.timeout(5_000))).toMatchObject({
    transient: false,
    gone: true,
  })
  await receiver.close()
})
