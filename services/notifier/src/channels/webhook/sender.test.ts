import { newWebhookSecret, verifyWebhook } from '@pulsewire/delivery'
import { afterEach, expect, it } from 'vitest'
import { behaveHttp } from '../../testing/http-behaviour.ts'
import { startHttpReceiver, type HttpReceiver } from '../../testing/http-receiver.ts'
import { channelTo, subjectTo } from '../../testing/subjects.ts'
import { describeSender } from '../contract.ts'
import { createWebhookSender } from './sender.ts'

const secret = newWebhookSecret()
const opened: HttpReceiver[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((receiver) => receiver.close()))
})
async function receiverOf(): Promise<HttpReceiver> {
  const receiver = await startHttpReceiver()
  opened.push(receiver)
  return receiver
}
const sender = createWebhookSender({ now: Date.now })

describeSender('webhook', async () => {
  const receiver = await startHttpReceiver()
  return {
    sender,
    channel: channelTo({ via: 'webhook', address: receiver.url, secret }),
    behave: (behaviour) => behaveHttp(receiver, behaviour),
    ids: () => receiver.received.map(({ headers }) => String(headers['webhook-id'])),
    close: () => receiver.close(),
  }
})

it('is signed so that the receiver can tell whom it is from', async () => {
  const receiver = await receiverOf()
  const channel = channelTo({ via: 'webhook', address: receiver.url, secret })
  await sender.send(subjectTo(channel), AbortSignal.timeout(5_000))
  const [{ headers, body } = { headers: {}, body: Buffer.of() }] = receiver.received
  const signed = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
  expect(verifyWebhook(secret, signed, body.toString(), Date.now())).toBe(true)
  expect(JSON.parse(body.toString())).toMatchObject({
    type: 'alarm.raised',
    data: { patient: { id: 'p1', place: 'Bed 4' } },
  })
})

it('follows no redirect, and waits as long as the receiver asks', async () => {
  const receiver = await receiverOf()
  const subject = subjectTo(channelTo({ via: 'webhook', address: receiver.url, secret }))
  receiver.answer = () => 302
  expect(await sender.send(subject, AbortSignal.timeout(5_000))).toEqual({
    kind: 'refused',
    transient: false,
    detail: 'HTTP 302',
  })
  expect(receiver.received).toHaveLength(1)
})
