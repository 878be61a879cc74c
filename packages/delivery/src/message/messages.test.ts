import type { Channel, Delivery, TargetOf } from '@pulsewire/contracts'
import { notice as noticeSchema } from '@pulsewire/contracts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { capMessage, edxlMessage, emailOf, pushMessage, testNotice, webhookBody, type Subject } from '../index.ts'
import { T0, alarmOf, channelOf } from '../testing/inputs.ts'
import { schemaErrors } from '../testing/schemas.ts'

function deliveryOf(channel: Channel, change: Partial<Delivery> = {}): Delivery {
  return {
    id: `${channel.id}.p1.7`,
    channel: channel.id,
    via: channel.target.via,
    patient: 'p1',
    alarm: alarmOf('a').id,
    cause: 'raised',
    step: 0,
    state: 'pending',
    attempts: 0,
    createdAt: T0,
    nextAttemptAt: T0,
    giveUpAt: T0 + 900_000,
    version: 7,
    earlier: [],
    ...change,
  }
}
function subjectOf(channel: Channel, change: Partial<Delivery> = {}, text = 'Asystole: call the team'): Subject {
  return {
    delivery: deliveryOf(channel, change),
    notice: { ...noticeSchema.parse(alarmOf('a')), message: text },
    channel,
    place: 'Bed 4',
    name: 'Maria Reyes',
    confirmUrl: 'https://ward.example/api/v1/deliveries/x/confirm?token=a.b&c',
    patientUrl: 'https://ward.example/#/patient/p1',
  }
}
const CAP = channelOf('cap', 'cap')
const EARLIER = [
  { id: 'cap.p1.3', at: T0 - 60_000 },
  { id: 'cap.p1.5', at: T0 - 30_500 },
]
const TARGET = CAP.target as TargetOf<'cap'>

describe('what a channel may know', () => {
  it('is the place, and not the name, unless it is set', () => {
    for (const via of ['webhook', 'email', 'web-push', 'cap'] as const) {
      const shown = (channel: Channel): string => {
        const subject = subjectOf(channel)
        if (via === 'webhook') return webhookBody(subject)
        if (via === 'email') return Object.values(emailOf(subject)).join()
        return via === 'cap' ? capMessage(subject, TARGET) : JSON.stringify(pushMessage(subject, '/confirm'))
      }
      expect(shown(channelOf(via, via)), via).toContain('Bed 4')
      expect(shown(channelOf(via, via)), via).not.toContain('Reyes')
      expect(shown(channelOf(via, via, { includeName: true })), via).toContain('Maria Reyes')
    }
  })
})

describe('an e-mail', () => {
  it('says what, where and since when, and has the link that confirms', () => {
    const { subject, text } = emailOf(subjectOf(channelOf('mail', 'email')))
    expect(subject).toBe('HIGH Bed 4: Asystole: call the team')
    expect(text).toContain('Since: 2026-09-21 14:13:15 UTC')
    expect(text).toContain('https://ward.example/api/v1/deliveries/x/confirm?token=a.b&c')
  })
  it('is not led astray by what stands in a message', () => {
    const { html } = emailOf(subjectOf(channelOf('mail', 'email'), {}, `<img src=x onerror="alert('1')">`))
    expect(html).not.toContain('<img')
    expect(html).toContain('token=a.b&amp;c')
  })
})

describe('a message to a machine', () => {
  it('names its type, its alarm and what it follows', () => {
    const body = JSON.parse(
      webhookBody(subjectOf(channelOf('hook', 'webhook'), { cause: 'ended', earlier: EARLIER })),
    ) as unknown
    expect(body).toMatchObject({
      type: 'alarm.ended',
      timestamp: '2026-09-21T14:13:20.000Z',
      data: { delivery: 'hook.p1.7', alarm: { type: 'asystole', priority: 'high' }, earlier: ['cap.p1.3', 'cap.p1.5'] },
    })
  })
})

it('a push fits into what push services take, however long the text', () => {
  const message = pushMessage(
    subjectOf(channelOf('push', 'web-push'), {}, 'x'.repeat(500)),
    `/api/v1/${'y'.repeat(300)}`,
  )
  expect(Buffer.byteLength(JSON.stringify(message))).toBeLessThan(3_000)
})

describe('CAP 1.2 and EDXL-DE 2.0', () => {
  const test = deliveryOf(CAP, { cause: 'test', patient: 'system', alarm: 'test', version: 0 })
  const variants: readonly Subject[] = [
    subjectOf(CAP),
    subjectOf(CAP, { cause: 'escalated', earlier: EARLIER }),
    subjectOf(CAP, { cause: 'ended', earlier: EARLIER }),
    { ...subjectOf(CAP), delivery: test, notice: testNotice(test) },
    { ...subjectOf(CAP), place: undefined, name: undefined },
  ]
  const targets: readonly TargetOf<'cap'>[] = [
    TARGET,
    { ...TARGET, status: 'Actual', scope: 'Restricted', restriction: 'Rescue services', senderName: 'Ward 3' },
    { ...TARGET, circle: '52.52,13.405 0.5', geocode: [{ name: 'INSEE', value: '75056' }] },
  ]

  it('are valid against the OASIS schemas, in every form that we send and whatever stands in an alarm’s words', async () => {
    const forms = variants.flatMap((subject) =>
      targets.flatMap((target) => [capMessage(subject, target), edxlMessage(subject, target)]),
    )
    const texts = fc.sample(fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }), 20)
    const words = texts.map((text) => edxlMessage({ ...subjectOf(CAP, {}, text), place: text }, TARGET))
    expect(await schemaErrors([...forms, ...words])).toEqual([])
  })

  it('are held against schemas that notice what is wrong', async () => {
    const right = capMessage(subjectOf(CAP), TARGET)
    const errors = await schemaErrors([
      right.replace('<scope>Private</scope>', '<scope>Secret</scope>'),
      edxlMessage(subjectOf(CAP), TARGET).replace('+00:00</sent>', 'Z</sent>'),
    ])
    expect(errors.join()).toMatch(/0\.xml.*scope/)
    expect(errors.join()).toMatch(/1\.xml.*sent/)
  })

  it('an update and a cancel refer to what went before, and an end is all clear', () => {
    const update = capMessage(subjectOf(CAP, { cause: 'acknowledged', earlier: EARLIER }), TARGET)
    expect(update).toContain('<msgType>Update</msgType>')
    expect(update).toContain(
      '<references>ward3@hospital.example,cap.p1.3,2026-09-21T14:12:20+00:00 ward3@hospital.example,cap.p1.5,2026-09-21T14:12:49+00:00</references>',
    )
    const cancel = capMessage(subjectOf(CAP, { cause: 'ended', earlier: EARLIER }), TARGET)
    expect(cancel).toContain('<msgType>Cancel</msgType>')
    expect(cancel).toContain('<responseType>AllClear</responseType>')
    expect(edxlMessage(subjectOf(CAP, { cause: 'ended', earlier: EARLIER }), TARGET)).toContain(
      '<distributionKind>Cancel</distributionKind>',
    )
  })

  it('are the same at each attempt', () => {
    const again = { state: 'pending', attempts: 4, error: 'HTTP 503' } as const
    expect(capMessage(subjectOf(CAP, again), TARGET)).toBe(capMessage(subjectOf(CAP), TARGET))
  })
})
