import { request } from 'node:http'
import { connect as connectTcp, type Socket } from 'node:net'
import mqttPacket, { type Packet } from 'mqtt-packet'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { admit, signIn, type ApiClient } from '../support/api.ts'
import { connectDevice, type PlainDevice } from '../support/device.ts'
import { startStation, temporaryDirectory, type TestStation } from '../support/station.ts'

interface Credential {
  readonly username: string
  readonly password: string
}
type Ledger = Record<'accepted' | 'duplicates' | 'stored' | 'quarantined' | 'inLog', number>

const directory = temporaryDirectory()
let station: TestStation
let api: ApiClient
let owner: PlainDevice
let ownerPatient: string
let rogue: Credential
let roguePatient: string
const sockets: Socket[] = []
let ownerSeq = 0
let ownerStored = 0
let rogueSeq = 0

beforeAll(async () => {
  station = await startStation({ dataDirectory: directory.path })
  api = await signIn(station)
  const admitted = await admit(api, { patient: 'Olga Owner', device: 'owner' })
  ownerPatient = admitted.patient
  ;({ credential: rogue, patient: roguePatient } = await admit(api, { patient: 'Rory Rogue', device: 'rogue' }))
  owner = await connectDevice(station, admitted.credential)
}, 60_000)
afterAll(async () => {
  for (const socket of sockets) socket.destroy()
  await owner?.end()
  await station?.stop()
  directory.remove()
})

/** Waits for what must come to be: also on a machine that does other things. */
function soon<T>(look: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(look, { timeout: 8_000, interval: 50 })
}

/** The neighbour of the attacker is served: acknowledged, stored, and back from the API, in time. */
async function expectOwnerServed(): Promise<void> {
  const at = Date.now() - 1_000
  await owner.publish('vitals', { boot: 'o', seq: ownerSeq++, at, vitals: { heartRate: 61 } })
  ownerStored++
  const query = `/patients/${ownerPatient}/vitals?codes=heartRate&from=${at}&to=${at + 1}`
  await soon(async () => {
    const { series } = await api.call<{ series: Record<string, { points: unknown[] }> }>('GET', query)
    expect(series['heartRate']?.points).toEqual([[at, 61]])
  })
  expect(owner.client.connected).toBe(true)
}

/** Everything that was accepted is accounted for. */
async function expectLedgerWhole(): Promise<Ledger> {
  return soon(async () => {
    const ledger = await api.call<Ledger>('GET', '/ledger')
    expect(ledger.inLog).toBe(0)
    expect(ledger.accepted).toBe(ledger.duplicates + ledger.stored + ledger.quarantined)
    return ledger
  })
}

interface RawClient {
  readonly socket: Socket
  readonly received: Packet[]
  readonly closed: () => boolean
}

/** A client that says what it is told to, and nothing by itself. */
async function openRaw(...first: Buffer[]): Promise<RawClient> {
  const socket = connectTcp({ port: station.mqttPort, host: '127.0.0.1', noDelay: true })
  sockets.push(socket)
  const parser = mqttPacket.parser({ protocolVersion: 4 })
  const received: Packet[] = []
  let closed = false
  parser.on('packet', (packet: Packet) => received.push(packet))
  socket.on('data', (chunk) => parser.parse(chunk))
  socket.on('error', () => socket.destroy())
  socket.on('close', () => (closed = true))
  await new Promise((resolve) => socket.once('connect', resolve))
  for (const bytes of first) socket.write(bytes)
  return { socket, received, closed: () => closed }
}

function connectPacket(credential: Credential, more: { clientId?: string; will?: { topic: string; payload: Buffer } }) {
  const { will, clientId = credential.username } = more
  return mqttPacket.generate({
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: 4,
    clean: true,
    keepalive: 60,
    clientId,
    username: credential.username,
    password: Buffer.from(credential.password),
    ...(will === undefined ? {} : { will: { ...will, qos: 1, retain: true } }),
  })
}

async function signInRaw(more: Parameters<typeof connectPacket>[1] = {}): Promise<RawClient> {
  const client = await openRaw(connectPacket(rogue, more))
  await soon(() => expect(client.received[0]).toMatchObject({ cmd: 'connack', returnCode: 0 }))
  return client
}

const quarantineCodes = async (): Promise<string[]> => {
  const { quarantine } = await api.call<{ quarantine: { code: string }[] }>('GET', '/quarantine?device=rogue')
  return quarantine.map(({ code }) => code)
}

describe('a device with a credential and bad intentions', () => {
  it('hears nothing of others, of the broker, or by shared subscriptions', async () => {
    const client = await signInRaw()
    const topics = [
      '#',
      '+/+/+/+',
      '$SYS/#',
      '$share/g/#',
      '$share/g/bsn/v1/owner/#',
      'bsn/v1/owner/notice',
      'bsn/v1/+/#',
    ]
    const subscriptions = topics.map((topic) => ({ topic, qos: 1 as const }))
    client.socket.write(mqttPacket.generate({ cmd: 'subscribe', messageId: 1, subscriptions }))
    await soon(() => expect(client.received.at(-1)).toMatchObject({ cmd: 'suback', granted: topics.map(() => 128) }))
    client.socket.destroy()
  })

  it('breaks its own connection with what is not MQTT, and nobody else’s', async () => {
    const attacks = {
      'a packet of type 15': Buffer.from([0xf0, 0]),
      'QoS 3': Buffer.from([0x36, 5, 0, 1, 0x61, 0, 1]),
      'a topic longer than its packet': Buffer.from([0x32, 5, 0xff, 0xff, 0x61, 0, 1]),
      'a remaining length without end': Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 0x01]),
      'a wildcard as topic': mqttPacket.generate({
        cmd: 'publish', topic: 'a', payload: 'x', qos: 1, messageId: 1, dup: false, retain: false,
      }).fill('#', 4, 5), // prettier-ignore
      'CONNECT again': connectPacket(rogue, {}),
    }
    for (const [name, bytes] of Object.entries(attacks)) {
      const client = await signInRaw()
      client.socket.write(bytes)
      await soon(() => expect([name, client.closed()]).toEqual([name, true]))
    }
    const half = await signInRaw()
    half.socket.end(Buffer.from([0x32, 0x7f, 0x00, 0x10, 0x62]))
    await expectOwnerServed()
  })

  it('leaves no will on another’s topic, and a garbage will is quarantined', async () => {
    const before = (await quarantineCodes()).length
    for (const will of [
      { topic: 'bsn/v1/owner/status', payload: Buffer.from('{"state":"offline"}') },
      { topic: 'bsn/v1/rogue/status', payload: Buffer.from([0xff, 0x00, 0x13]) },
    ]) {
      const client = await signInRaw({ will })
      client.socket.destroy()
      await soon(async () => expect((await quarantineCodes()).length).toBeGreaterThan(before))
    }
    await soon(async () => {
      expect((await quarantineCodes()).slice(before)).toEqual(['PW_TOPIC_FOREIGN', 'PW_PAYLOAD_NOT_CBOR'])
    })
    const { status } = await api.call<{ status?: { state: string } }>('GET', '/devices/owner')
    expect(status?.state).not.toBe('offline')
  })

  it('may send blocks and times that are absurd: they are kept or quarantined, and its neighbour does not notice', async () => {
    const device = await connectDevice(station, rogue)
    const now = Date.now()
    const samples = Array.from({ length: 1_000 }, (_, i) => ((i * 37) % 2_000) - 1_000)
    const signal = (name: string, more = {}) => ({ name, unit: 'mV', scale: 0.005, offset: 0, samples, ...more })
    const blocks: Record<string, unknown>[] = [
      { rateHz: 0.1, signals: [signal('ecg.II')] },
      { rateHz: 5_000, signals: Array.from({ length: 32 }, (_, i) => signal(`ecg.L${i}`)) },
      { rateHz: 250, signals: [signal('ecg.II', { scale: 1e308, offset: -1e308 })] },
      { rateHz: 250, signals: [signal('ppg', { scale: 5e-324, unit: 'm\nV<script>' })] },
      { rateHz: 250, signals: [signal('ecg.II')], at: 0, sent: 0 },
      { rateHz: 250, signals: [signal('ecg.II')], at: 4_102_444_800_000, sent: 4_102_444_800_000 },
      { rateHz: 250, signals: [signal('ecg.II')], at: 946_684_800_001 },
      { rateHz: 250, signals: [signal('ecg.II')], seq: Number.MAX_SAFE_INTEGER, boot: 'edge' },
      { rateHz: 250, signals: [signal('ecg.II')], seq: 0, boot: 'edge' },
      { rateHz: 1e9, signals: [signal('ecg.II')] },
      { rateHz: 250, signals: [signal('ecg.II'), signal('ecg.II')] },
    ]
    for (const block of blocks) {
      await device.publish('waveform', { boot: 'r', seq: rogueSeq++, at: now - 500, sent: now, ...block })
    }
    const quality = { heartRate: 0.5, constructor: 1, 'no such code': 0 }
    await device.publish('vitals', { boot: 'r', seq: rogueSeq++, at: now, sent: now, vitals: { spo2: 97 }, quality })
    await device.publishRaw(
      'bsn/v1/rogue/vitals',
      '{"boot":"r","seq":99,"at":1,"vitals":{"__proto__":{"heartRate":1}}}',
    )
    await expectOwnerServed()
    await expectLedgerWhole()
    expect(device.notices.filter(({ kind }) => kind === 'quarantined').length).toBeGreaterThanOrEqual(3)

    const everything = await api.fetch(`/patients/${roguePatient}/waveforms?from=0&to=4102444800000`)
    const { signals } = (await everything.json()) as { signals: { segments: { start: number }[] }[] }
    expect(signals.length).toBeGreaterThan(30)
    // Whatever a clock says, nothing was measured in the future (G6).
    for (const { segments } of signals)
      for (const { start } of segments) expect(start).toBeLessThanOrEqual(Date.now() + 5_000)
    const { gaps } = await api.call<{ gaps: unknown[] }>('GET', '/devices/rogue/gaps')
    expect(gaps).toContainEqual({ boot: 'edge', from: 1, to: Number.MAX_SAFE_INTEGER - 1 })
    await device.end()
  })

  it('fills the quarantine with large garbage, and reading it stays cheap', async () => {
    const device = await connectDevice(station, rogue)
    const garbage = Buffer.alloc(250_000, 0x20)
    await Promise.all(Array.from({ length: 60 }, () => device.publishRaw('bsn/v1/rogue/vitals', garbage)))
    await expectLedgerWhole()
    const ids = new Set<string>()
    for (let from: number | undefined = 0; from !== undefined;) {
      const answer: Response = await api.fetch(`/quarantine?device=rogue&from=${from}`)
      const text = await answer.text()
      expect(text.length).toBeLessThan(14_000_000)
      const page = JSON.parse(text) as { quarantine: { id: string; bytes: number }[]; next?: number }
      for (const { id, bytes } of page.quarantine) if (bytes === garbage.length) ids.add(id)
      from = page.next
    }
    expect(ids.size).toBe(60)
    await device.end()
    await expectOwnerServed()
  })

  it('says HTML and control characters in an event, which come back as text', async () => {
    const device = await connectDevice(station, rogue)
    const detail = '<img src=x onerror=alert(1)>\u0000\u001b[31m\r\n"}'
    await device.publish('event', { boot: 'r', seq: rogueSeq++, at: Date.now(), event: 'patient-button', detail })
    await soon(async () => {
      const { alarms } = await api.call<{ alarms: { type: string; patient: string }[] }>('GET', '/alarms?state=active')
      expect(alarms.some(({ type, patient }) => type === 'patient-button' && patient === roguePatient)).toBe(true)
    })
    const answer = await api.fetch('/alarms')
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/)
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
    expect(answer.headers.get('content-security-policy')).toContain("script-src 'self'")
    await device.end()
  })
})

describe('somebody without a credential', () => {
  it('with a stolen client id gets nowhere, and its owner stays connected', async () => {
    for (const [credential, code] of [
      [{ username: 'owner', password: 'guess' }, 4],
      [rogue, 2],
    ] as const) {
      const thief = await openRaw(connectPacket(credential, { clientId: 'owner' }))
      await soon(() => expect(thief.received[0]).toMatchObject({ cmd: 'connack', returnCode: code }))
      await soon(() => expect(thief.closed()).toBe(true))
    }
    await expectOwnerServed()
  })

  it('opens connections by the thousand and says nothing: they are bounded, and devices still come in', async () => {
    const halfConnect = Buffer.from([0x10, 0x20, 0x00, 0x04, 0x4d])
    const silent = await Promise.all(Array.from({ length: 1_200 }, () => openRaw(halfConnect)))
    await soon(() => expect(silent.filter(({ closed }) => closed()).length).toBeGreaterThanOrEqual(200))
    const device = await connectDevice(station, rogue)
    await device.end()
    await expectOwnerServed()
    for (const { socket } of silent) socket.destroy()
  })

  it('guesses passwords under made-up names: signing in is bounded, everything else goes on', async () => {
    const guess = (user: string, password = 'guess'): Promise<number> =>
      fetch(`${station.url}/api/v1/session`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ user, password }),
      }).then(({ status }) => status)
    expect(await guess('admin', 'x'.repeat(100_000))).toBe(400)
    expect(await guess('admin', 'x'.repeat(1_000_000))).toBe(413)
    const guesses = Promise.all(Array.from({ length: 140 }, (_, i) => guess(`user-${i}`)))
    await expectOwnerServed()
    expect(new Set(await guesses)).toEqual(new Set([401, 429]))
    expect((await signIn(station)).token).not.toBe('')
  })

  it('reads no file beyond the dashboard’s', async () => {
    for (const path of [
      '/../../../../etc/passwd',
      '/%2e%2e/%2e%2e/%2e%2e/etc/passwd',
      '/assets/..%2f..%2f..%2fpackage.json',
      '/..%5c..%5cpackage.json',
      '/%00',
      '/%',
    ]) {
      const { status, text } = await rawGet(path)
      expect([path, status]).toEqual([path, expect.toSatisfy((code: number) => code >= 400 && code < 500)])
      expect(text).not.toMatch(/root:|"workspaces"/)
    }
  })
})

describe('a user with a session', () => {
  it('gets no more than the role allows, nor is used by another’s page', async () => {
    const roles = ['viewer', 'analyst'] as const
    for (const role of roles) {
      await api.call('POST', '/users', { name: role, password: `${role}-password`, roles: [role] })
    }
    const [viewer, analyst] = await Promise.all(roles.map((role) => signIn(station, role, `${role}-password`)))
    const { alarms } = await api.call<{ alarms: { id: string }[] }>('GET', '/alarms')
    const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }
    const escalation = { ...post, body: JSON.stringify({ name: 'x', password: 'long enough', roles: ['admin'] }) }
    const patch = { ...escalation, method: 'PATCH', body: '{"roles":["admin"]}' }
    expect((await viewer?.fetch(`/alarms/${alarms[0]?.id}/acknowledge`, post))?.status).toBe(403)
    expect((await viewer?.fetch('/quarantine'))?.status).toBe(403)
    expect((await viewer?.fetch('/users/viewer', patch))?.status).toBe(403)
    expect((await analyst?.fetch('/users', escalation))?.status).toBe(403)
    expect((await analyst?.fetch('/devices', post))?.status).toBe(403)

    const cookie = `pulsewire_session=${api.token}`
    for (const headers of [{ origin: 'http://evil.example' }, { 'sec-fetch-site': 'cross-site' }, {}]) {
      const init = { ...escalation, headers: { ...post.headers, cookie, ...headers } }
      expect((await fetch(`${station.url}/api/v1/users`, init)).status).toBe(403)
    }
    // A session that was planted in the browser beforehand is not the one that signing in gives.
    const planted = await fetch(`${station.url}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie: `pulsewire_session=${viewer?.token}` },
      body: JSON.stringify({ user: 'analyst', password: 'analyst-password' }),
    })
    expect(planted.headers.get('set-cookie')).not.toContain(viewer?.token)
  })

  it('fuzzes each route of the contract and gets an answer that names the problem, never a 500', async () => {
    const { paths } = (await (await fetch(`${station.url}/api/v1/openapi.json`)).json()) as {
      paths: Record<string, Record<string, unknown>>
    }
    const ids = [
      roguePatient,
      '__proto__',
      'constructor',
      '%00',
      '%ff',
      '..%2f..%2fetc',
      '%F0%9F%92%A9',
      'x'.repeat(301),
    ]
    const queries = [
      '?from=0&to=9e15&every=1ms',
      '?from=0&to=4102444800000&every=1ms&fn=count',
      '?from=0&to=4102444800000&every=1d&tz=Etc/Unknown',
      '?from=0&to=4102444800000&format=wfdb',
      '?codes=constructor,toString&limit=1',
      '?from=1&from=2',
      '?__proto__=1',
      '?limit=0',
    ]
    const bodies = ['{"__proto__":{"admin":true}}', '{bad', '[]', '['.repeat(50_000), '{"name":"\\u0000<script>"}', '']
    const calls: [string, string, string | undefined][] = []
    for (const [template, operations] of Object.entries(paths)) {
      for (const method of Object.keys(operations).map((name) => name.toUpperCase())) {
        if (method === 'DELETE') continue
        for (const id of template.includes('{') ? ids : ['']) {
          const path = template.replace('/api/v1', '').replaceAll(/\{[^}]+\}/g, id)
          if (method === 'GET') for (const query of queries) calls.push([method, path + query, undefined])
          else for (const body of bodies) calls.push([method, path, body])
        }
      }
    }
    expect(calls.length).toBeGreaterThan(500)
    for (const [method, path, body] of calls) {
      const headers = body === undefined ? {} : { 'content-type': 'application/json' }
      const init = { method, headers, ...(body === undefined ? {} : { body }) }
      const answer = await api.fetch(path, { ...init, signal: AbortSignal.timeout(5_000) })
      await answer.arrayBuffer()
      const what = `${method} ${path} ${body?.slice(0, 40) ?? ''}`
      expect([what, answer.status]).toEqual([what, expect.toSatisfy((status: number) => status < 500)])
      if (answer.status >= 400) expect(answer.headers.get('content-type'), what).toMatch(/^application\/problem\+json/)
    }
    expect('admin' in {}).toBe(false)
    await expectOwnerServed()
  }, 30_000)

  it('closes only its own live socket with a huge frame', async () => {
    const good = await api.live()
    const socket = new WebSocket(`${station.url.replace('http', 'ws')}/api/v1/live`, {
      headers: { authorization: `Bearer ${api.token}` },
    })
    const closed = new Promise<number>((resolve) => socket.on('close', resolve))
    await new Promise((resolve) => socket.once('open', resolve))
    socket.send(Buffer.alloc(1_000_000))
    expect(await closed).toBe(1009)
    const seen = good.messages.length
    await expectOwnerServed()
    await soon(() => expect(good.messages.length).toBeGreaterThan(seen))
    good.close()
  })
})

describe('after all of it', () => {
  it('no process has ended, and no acknowledged message is missing', async () => {
    await expectLedgerWhole()
    expect(ownerStored).toBeGreaterThan(5)
    const query = `/patients/${ownerPatient}/vitals?codes=heartRate&from=${Date.now() - 600_000}&to=${Date.now()}`
    const { series } = await api.call<{ series: Record<string, { points: unknown[] }> }>('GET', query)
    expect(series['heartRate']?.points).toHaveLength(ownerStored)
    expect((await api.call<{ gaps: unknown[] }>('GET', '/devices/owner/gaps')).gaps).toEqual([])
    expect(station.stderr()).not.toContain('it is started again')
    expect((await fetch(`${station.url}/readyz`)).status).toBe(200)
  })
})

/** A GET of exactly this path: `fetch` would tidy it first. */
function rawGet(path: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port: station.httpPort, path, headers: { accept: '*/*' } }
    request(options, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
    })
      .on('error', reject)
      .end()
  })
}
