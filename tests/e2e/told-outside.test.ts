import { createHmac } from 'node:crypto'
import type { Alarm, Delivery } from '@pulsewire/contracts'
import {
  startHttpReceiver,
  startSmtpReceiver,
  type HttpReceiver,
  type SmtpReceiver,
} from '@pulsewire/notifier/receivers'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { admit, signIn, type ApiClient } from '../support/api.ts'
import { connectDevice, type PlainDevice } from '../support/device.ts'
import { startStation, temporaryDirectory, type TestStation } from '../support/station.ts'

// From the button of a device to those who are at no screen, and back: the whole station, real receivers.

const PUBLIC_URL = 'https://ward.example'
const WITHIN = { timeout: 30_000, interval: 100 }
const directory = temporaryDirectory()
let mails: SmtpReceiver
let hook: HttpReceiver
let dispatch: HttpReceiver
let station: TestStation
let api: ApiClient
let device: PlainDevice
let patient: string
let secret: string
let alarm: string

interface Hook {
  readonly type: string
  readonly data: { readonly headline: string; readonly alarm: { readonly id: string; readonly type: string } }
}

beforeAll(async () => {
  ;[mails, hook, dispatch] = await Promise.all([startSmtpReceiver(), startHttpReceiver(), startHttpReceiver()])
  station = await startStation({
    dataDirectory: directory.path,
    env: { PULSEWIRE_SMTP_URL: mails.url, PULSEWIRE_PUBLIC_URL: PUBLIC_URL },
  })
  api = await signIn(station)
  ;({ secret } = await api.call<{ secret: string }>('POST', '/channels', {
    kind: 'webhook',
    name: 'Pager gateway',
    address: hook.url,
  }))
  await api.call('POST', '/channels', { kind: 'email', name: 'Night team', address: 'night@ward.example' })
  await api.call('POST', '/channels', {
    kind: 'cap',
    name: 'Dispatch',
    address: dispatch.url,
    cap: {
      sender: 'ward@hospital.example',
      status: 'Exercise',
      scope: 'Restricted',
      restriction: 'Rescue services',
      envelope: 'none',
    },
  })
  const admitted = await admit(api, { patient: 'Ada Plain', device: 'plain-1', place: 'Bed 4' })
  patient = admitted.patient
  device = await connectDevice(station, admitted.credential)
  await device.publish('event', { boot: 'boot-1', seq: 0, at: Date.now(), event: 'patient-button' })
}, 60_000)
afterAll(async () => {
  await device?.end()
  await station?.stop()
  await Promise.all([mails?.close(), hook?.close(), dispatch?.close()])
  directory.remove()
})

const told = (): Hook[] => hook.received.map(({ body }) => JSON.parse(body.toString('utf8')) as Hook)

/** A mail's text: quoted-printable undone (RFC 2045), of which our links need the soft line breaks and `=`. */
function textOfMail(): string {
  return (mails.mails[0]?.source ?? '').replaceAll('=\r\n', '').replaceAll('=3D', '=')
}

async function deliveries(): Promise<Record<string, string>> {
  const answer = await api.call<Alarm & { deliveries: Delivery[] }>('GET', `/alarms/${alarm}`)
  return Object.fromEntries(answer.deliveries.map(({ channel, state }) => [channel, state]))
}

describe('a patient presses the button, and nobody looks at a screen', () => {
  it('tells a program, signed, as the documentation says', async () => {
    await vi.waitFor(() => expect(told().map(({ type }) => type)).toContain('alarm.raised'), WITHIN)
    const [first] = told()
    expect(first?.data).toMatchObject({ alarm: { type: 'patient-button', priority: 'high' }, patient: { id: patient } })
    expect(first?.data.headline).toContain('Bed 4')
    alarm = first?.data.alarm.id ?? ''
    const received = hook.received[0]
    const header = (name: string) => String(received?.headers[`webhook-${name}`])
    const key = Buffer.from(secret.replace('whsec_', ''), 'base64')
    const signed = `${header('id')}.${header('timestamp')}.${received?.body.toString('utf8') ?? ''}`
    expect(header('signature')).toBe(`v1,${createHmac('sha256', key).update(signed).digest('base64')}`)
  })

  it('tells emergency services in CAP', async () => {
    await vi.waitFor(() => expect(dispatch.received.length).toBeGreaterThan(0), WITHIN)
    const text = dispatch.received[0]?.body.toString('utf8') ?? ''
    expect(text).toContain('<msgType>Alert</msgType>')
    expect(text).toContain('<areaDesc>Bed 4</areaDesc>')
    expect(text).not.toContain('Ada Plain')
  })

  it('tells a person by e-mail, whose link asks first, confirms once, and acknowledges nothing', async () => {
    await vi.waitFor(() => expect(mails.mails).toHaveLength(1), WITHIN)
    expect(mails.mails[0]?.to).toEqual(['night@ward.example'])
    const link = /https:\/\/ward\.example\/\S+\/confirm\?token=[\w.-]+/.exec(textOfMail())?.[0] ?? ''
    const here = link.replace(PUBLIC_URL, station.url)
    const page = { headers: { accept: 'text/html' } }
    const asked = await fetch(here, page)
    expect([asked.status, asked.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/html')])
    expect(Object.values(await deliveries())).toContain('sent')

    expect((await fetch(here, { method: 'POST' })).status).toBe(202)
    await vi.waitFor(async () => expect(Object.values(await deliveries())).not.toContain('sent'), WITHIN)
    expect(new Set(Object.values(await deliveries()))).toEqual(new Set(['confirmed']))
    expect((await fetch(here, { method: 'POST' })).status).toBe(409)
    expect(await api.call('GET', `/alarms/${alarm}`)).toMatchObject({ state: 'active' })
  })

  it('tells programs, in order, that somebody has acknowledged it', async () => {
    await api.call('POST', `/alarms/${alarm}/acknowledge`)
    await vi.waitFor(() => expect(told().at(-1)?.type).toMatch(/^alarm\.(acknowledged|ended)$/), WITHIN)
    expect(told().every(({ data }) => data.alarm.id === alarm)).toBe(true)
    await vi.waitFor(() => expect(dispatch.received.length).toBeGreaterThan(1), WITHIN)
    expect(dispatch.received.at(-1)?.body.toString('utf8')).toMatch(/<references>\S+/)
  })
})
