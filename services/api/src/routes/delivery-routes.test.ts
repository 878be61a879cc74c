import type { Delivery, DeliveryEvent, ReceiptRecord } from '@pulsewire/contracts'
import { receiptRecord } from '@pulsewire/contracts'
import { confirmPath } from '@pulsewire/delivery'
import { CONFIRM_KEY_SETTING, openRegistryView } from '@pulsewire/registry'
import type { Tail } from '@pulsewire/event-log'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { appendAlarmEvent, exampleAlarm, startHarness, type Harness } from '../testing/harness.ts'
import { openLive } from '../testing/live-socket.ts'

let harness: Harness
let tail: Tail
let receipts: ReceiptRecord[]
/** What a notifier would answer to a test. */
let outcome: Partial<Delivery> | undefined
const WAIT = { timeout: 10_000 }
const T = Date.now() - 60_000
const alarm = exampleAlarm('p1', T)
const mail: Delivery = {
  id: 'mail.p1.1',
  channel: 'mail',
  via: 'email',
  patient: 'p1',
  alarm: alarm.id,
  cause: 'raised',
  step: 0,
  state: 'sent',
  attempts: 1,
  createdAt: T,
  nextAttemptAt: T,
  giveUpAt: T + 900_000,
  sentAt: T + 100,
  version: 1,
  earlier: [],
}

beforeEach(async () => {
  receipts = []
  outcome = { state: 'confirmed', sentAt: T }
  harness = await startHarness()
  tail = await harness.log.tail({
    topics: ['receipts'],
    handler: async ({ records }) => {
      for (const { value } of records) {
        const receipt = receiptRecord.parse(JSON.parse(Buffer.from(value ?? []).toString()))
        receipts.push(receipt)
        if (receipt.type !== 'test' || outcome === undefined) continue
        const { delivery: id, patient, channel } = receipt
        await deliver({ ...mail, id, patient, channel, alarm: 'test', cause: 'test', ...outcome }, 'confirmed')
      }
    },
  })
})
afterEach(async () => {
  await tail.stop()
  await harness.stop()
})

let version = 0
async function deliver(
  delivery: Delivery,
  event: DeliveryEvent['event'],
  more: Partial<DeliveryEvent> = {},
): Promise<void> {
  const said: DeliveryEvent = {
    patient: delivery.patient,
    version: ++version,
    at: T,
    event,
    deliveries: [delivery],
    ...more,
  }
  const value = Buffer.from(JSON.stringify(said))
  await harness.log.append('deliveries', [{ key: delivery.patient, headers: { event }, value }])
}
async function raise(): Promise<void> {
  await appendAlarmEvent(harness.log, { patient: 'p1', version: 1, at: T, event: 'raised', alarm })
  await vi.waitFor(async () => expect((await harness.call('GET', `alarms/${alarm.id}`)).status).toBe(200), WAIT)
}
const HOOK = { name: 'Pager', kind: 'webhook', address: 'https://pager.example/in' }

describe('channels', () => {
  test('are an administrator’s, and tell their secret once', async () => {
    const made = await harness.call('POST', 'channels', { body: { ...HOOK, id: 'pager' } })
    expect(made.status).toBe(201)
    expect(made.json).toMatchObject({ id: 'pager', step: 0, priorities: ['high', 'medium'], hasSecret: true })
    expect(made.json['secret']).toMatch(/^whsec_/)
    const list = await harness.call('GET', 'channels')
    expect(list.text).not.toContain(String(made.json['secret']))
    for (const role of ['clinician', 'viewer', 'integration', 'analyst'] as const) {
      expect((await harness.call('GET', 'channels', { token: await harness.tokenOf(role) })).status).toBe(403)
    }
  })

  test('say which field is wrong', async () => {
    const wrong: readonly [string, object, string][] = [
      ['address', { ...HOOK, address: 'ftp://pager.example' }, 'must be an http:// or https:// address'],
      ['address', { ...HOOK, address: 'https://me:secret@pager.example' }, 'must hold no user name or password'],
      ['address', { ...HOOK, kind: 'email', address: 'nobody' }, 'must be an e-mail address'],
      ['secret', { ...HOOK, secret: 'too short' }, 'must be whsec_'],
      ['sender', { ...HOOK, kind: 'cap' }, 'expected string'],
      ['kind', { ...HOOK, kind: 'web-push' }, 'a browser subscribes itself'],
      ['id', { ...HOOK, id: 'a b' }, ''],
    ]
    for (const [field, body, words] of wrong) {
      const { status, json } = await harness.call('POST', 'channels', { body })
      expect(status).toBe(400)
      const [first] = json['errors'] as { field: string; message: string }[]
      expect(first?.field).toBe(field)
      expect(first?.message).toContain(words)
    }
  })

  test('are changed field by field, and given up', async () => {
    await harness.call('POST', 'channels', { body: { ...HOOK, id: 'pager', places: ['Ward 3'] } })
    const changed = await harness.call('PATCH', 'channels/pager', {
      body: { step: 2, places: null, address: 'https://other.example/', disabled: true, version: 1 },
    })
    expect(changed.json).toMatchObject({ step: 2, address: 'https://other.example/', disabled: true, version: 2 })
    expect(changed.json).not.toHaveProperty('places')
    expect((await harness.call('PATCH', 'channels/pager', { body: { step: 1, version: 1 } })).status).toBe(409)
    expect((await harness.call('PATCH', 'channels/pager', { body: { address: 'nonsense' } })).status).toBe(400)
    expect((await harness.call('DELETE', 'channels/pager')).status).toBe(204)
    expect((await harness.call('GET', 'channels')).json['channels']).toEqual([])
    expect((await harness.call('POST', 'channels/pager/test')).status).toBe(404)
  })

  test('are tried, and say what came of it', async () => {
    await harness.call('POST', 'channels', { body: { ...HOOK, id: 'pager' } })
    const worked = await harness.call('POST', 'channels/pager/test', { body: {} })
    const { audit } = (await harness.call('GET', 'audit?what=%2Ftest')).json
    expect(audit).toMatchObject([{ by: 'admin', action: 'POST /channels/:id/test', target: { id: 'pager' } }])
    expect(worked.json).toMatchObject({ delivery: { channel: 'pager', state: 'confirmed' } })
    outcome = { state: 'failed', error: 'HTTP 404' }
    const failed = await harness.call('POST', 'channels/pager/test')
    expect(failed.json).toMatchObject({ delivery: { state: 'failed', error: 'HTTP 404' } })
  })

  test('keep no secret in the audit trail', async () => {
    const made = await harness.call('POST', 'channels', { body: { ...HOOK, id: 'pager' } })
    await harness.call('PATCH', 'channels/pager', { body: { secret: `whsec_${'B'.repeat(32)}` } })
    const audit = await harness.call('GET', 'audit')
    expect(audit.text).toContain('pager')
    expect(audit.text).not.toContain(String(made.json['secret']))
    expect(audit.text).not.toContain('B'.repeat(32))
  })
})

describe('a browser', () => {
  const subscription = {
    endpoint: 'https://push.example/send/abc',
    keys: { p256dh: 'B'.repeat(87), auth: 'C'.repeat(22) },
  }
  test('subscribes itself, for its own user, and ends that again', async () => {
    const nurse = await harness.tokenOf('viewer')
    const key = await harness.call('GET', 'channels/web-push/key', { token: nurse })
    expect(Buffer.from(String(key.json['publicKey']), 'base64url')).toHaveLength(65)
    expect((await harness.call('GET', 'channels/web-push/key', { token: nurse })).json).toEqual(key.json)
    const made = await harness.call('POST', 'channels/web-push/subscriptions', { token: nurse, body: subscription })
    expect(made.status).toBe(201)
    const again = await harness.call('POST', 'channels/web-push/subscriptions', { token: nurse, body: subscription })
    expect(again.json).toEqual(made.json)
    const list = await harness.call('GET', 'channels')
    expect(list.json['channels']).toMatchObject([
      { kind: 'web-push', user: 'the-viewer', address: 'https://push.example' },
    ])
    expect(list.text).not.toContain('abc')
    const path = `channels/web-push/subscriptions/${String(made.json['id'])}`
    expect((await harness.call('DELETE', path, { token: await harness.tokenOf('clinician') })).status).toBe(403)
    expect((await harness.call('DELETE', path, { token: nurse })).status).toBe(204)
    expect((await harness.call('GET', 'channels')).json['channels']).toEqual([])
  })
  test('is told what is wrong with its subscription', async () => {
    const body = { ...subscription, endpoint: 'http://push.example/abc' }
    const { status, text } = await harness.call('POST', 'channels/web-push/subscriptions', { body })
    expect(status).toBe(400)
    expect(text).toContain('must be an https:// address')
  })
})

describe('what was delivered', () => {
  test('stands with its alarm', async () => {
    await raise()
    await deliver(mail, 'sent')
    const { json } = await harness.call('GET', `alarms/${alarm.id}`)
    expect(json['deliveries']).toMatchObject([{ id: 'mail.p1.1', state: 'sent' }])
    const list = await harness.call('GET', `deliveries?alarm=${alarm.id}`)
    expect(list.json['deliveries']).toHaveLength(1)
    expect((await harness.call('GET', 'deliveries?channel=other')).json['deliveries']).toEqual([])
    expect((await harness.call('GET', 'deliveries?alarm=none')).status).toBe(404)
  })
})

describe('the link in a message', () => {
  /** As the notifier makes it. */
  async function linkOf(delivery: Delivery): Promise<string> {
    // The first question makes the key.
    await harness.call('GET', `deliveries/${delivery.id}/confirm?token=x.y`, { token: null })
    const registry = await openRegistryView(harness.log)
    const key = registry.state.settings.get(CONFIRM_KEY_SETTING)?.entity.value ?? ''
    await registry.close()
    return confirmPath(key, delivery.id, delivery.createdAt)
  }
  const asPage = { token: null, headers: { accept: 'text/html' } } as const

  test('asks first, confirms without a session, once, and acknowledges nothing', async () => {
    await raise()
    await deliver(mail, 'sent')
    const link = await linkOf(mail)
    const page = await harness.call('GET', link, asPage)
    expect(page.text).toContain('Have you seen the alarm?')
    expect(receipts).toEqual([])
    const form = { ...asPage, headers: { ...asPage.headers, 'content-type': 'application/x-www-form-urlencoded' } }
    const done = await harness.call('POST', link, { ...form, body: '' })
    expect(done.text).toContain('Your receipt is noted')
    const { audit } = (await harness.call('GET', 'audit?what=confirm')).json
    expect(audit).toMatchObject([{ by: 'nobody', action: 'POST /deliveries/:id/confirm' }])
    expect(JSON.stringify(audit)).not.toContain('token')
    await vi.waitFor(
      () => expect(receipts).toMatchObject([{ type: 'confirm', delivery: 'mail.p1.1', by: 'link' }]),
      WAIT,
    )
    await deliver({ ...mail, state: 'confirmed', confirmedAt: T + 5_000, confirmedBy: 'link' }, 'confirmed')
    expect(await harness.call('POST', link, { token: null })).toMatchObject({
      status: 409,
      json: { code: 'PW_DELIVERY_STATE' },
    })
    expect((await harness.call('GET', link, asPage)).text).toContain('Nothing to confirm')
    expect((await harness.call('GET', `alarms/${alarm.id}`)).json).toMatchObject({ state: 'active' })
  })

  test('opens nothing where it is not ours', async () => {
    await deliver(mail, 'sent')
    const link = await linkOf(mail)
    const other = link.replace('mail.p1.1', 'mail.p1.2')
    for (const path of [other, link.replace('token=', 'token=1')]) {
      expect(await harness.call('POST', path, { token: null })).toMatchObject({
        status: 403,
        json: { code: 'PW_LINK_INVALID' },
      })
    }
    expect(receipts).toEqual([])
  })
})

describe('a screen', () => {
  test('says which alarms it showed, once for each ring and each way to be noticed', async () => {
    await raise()
    const live = await openLive(harness.origin, { token: harness.token })
    const receipt = { type: 'receipt', alarms: [{ id: alarm.id }, { id: 'unknown' }], visible: true, sound: 'off' }
    live.socket.send(JSON.stringify(receipt))
    live.socket.send(JSON.stringify(receipt))
    live.socket.send(JSON.stringify({ ...receipt, sound: 'on' }))
    await vi.waitFor(() => expect(receipts).toHaveLength(2), WAIT)
    expect(receipts).toMatchObject([
      { type: 'screen', patient: 'p1', alarm: alarm.id, user: 'admin', visible: true, sound: 'off' },
      { sound: 'on' },
    ])
    live.socket.close()
    await live.closed
  })

  test('is told what it said wrong, and stays connected', async () => {
    const live = await openLive(harness.origin, { token: harness.token })
    for (const text of ['{', '{"type":"news"}']) live.socket.send(text)
    await vi.waitFor(() => expect(live.messages.filter(({ type }) => type === 'problem')).toHaveLength(2), WAIT)
    expect(live.messages.find(({ type }) => type === 'problem')).toMatchObject({ code: 'PW_REQUEST_INVALID' })
    expect(live.socket.readyState).toBe(live.socket.OPEN)
    live.socket.close()
    await live.closed
  })
})
