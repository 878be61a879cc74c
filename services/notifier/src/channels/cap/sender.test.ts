import type { TargetOf } from '@pulsewire/contracts'
import { expect, it } from 'vitest'
import { behaveHttp } from '../../testing/http-behaviour.ts'
import { startHttpReceiver } from '../../testing/http-receiver.ts'
import { channelTo, subjectTo } from '../../testing/subjects.ts'
import { describeSender } from '../contract.ts'
import { createCapSender } from './sender.ts'

const targetTo = (address: string, change: Partial<TargetOf<'cap'>> = {}): TargetOf<'cap'> => ({
  via: 'cap',
  address,
  sender: 'ward3@hospital.example',
  status: 'Exercise',
  scope: 'Restricted',
  envelope: 'none',
  ...change,
})

describeSender('CAP', async () => {
  const receiver = await startHttpReceiver()
  return {
    sender: createCapSender(),
    channel: channelTo(targetTo(receiver.url)),
    behave: (behaviour) => behaveHttp(receiver, behaviour),
    ids: () => receiver.received.map(({ body }) => /<identifier>([^<]+)</.exec(body.toString())?.[1] ?? ''),
    close: () => receiver.close(),
  }
})

it('posts bare CAP, or CAP in an envelope, with the receiver’s token', async () => {
  const receiver = await startHttpReceiver()
  const sender = createCapSender()
  const signal = AbortSignal.timeout(5_000)
  await sender.send(subjectTo(channelTo(targetTo(receiver.url))), signal)
  await sender.send(
    subjectTo(channelTo(targetTo(receiver.url, { envelope: 'edxl-de', secret: 'a-token-of-theirs' }))),
    signal,
  )
  const [bare, enveloped] = receiver.received
  expect(bare?.headers['content-type']).toBe('application/cap+xml; charset=utf-8')
  expect(bare?.headers.authorization).toBeUndefined()
  expect(enveloped?.headers.authorization).toBe('Bearer a-token-of-theirs')
  expect(enveloped?.body.toString()).toMatch(
    /<edxlDistribution[\s\S]*<alert xmlns="urn:oasis:names:tc:emergency:cap:1\.2">/,
  )
  await receiver.close()
})
