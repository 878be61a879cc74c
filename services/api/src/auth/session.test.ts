import { createMemoryEventLog } from '@pulsewire/event-log'
import { createMetrics, createSilentLogger } from '@pulsewire/runtime'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startApi } from '../index.ts'
import { createFakeStore } from '../testing/fake-store.ts'
import { ADMIN_PASSWORD, PARTITIONS, startHarness, type Harness } from '../testing/harness.ts'

let harness: Harness
const others: Harness[] = []
beforeAll(async () => {
  harness = await startHarness()
})
afterAll(() => harness.stop())
afterEach(async () => {
  for (const other of others.splice(0)) await other.api.stop()
})

const signIn = (to: Harness, user = 'admin', password = ADMIN_PASSWORD, headers = {}) =>
  to.call('POST', 'session', { token: null, body: { user, password }, headers })

describe('signing in', () => {
  test('answers token, user, roles and end, and sets a cookie that scripts and other sites do not get', async () => {
    const answer = await signIn(harness)
    expect(answer.status).toBe(200)
    expect(answer.json).toMatchObject({ token: expect.any(String), user: 'admin', roles: ['admin'] })
    expect(Number(answer.json['expiresAt'])).toBeGreaterThan(Date.now())
    const cookie = answer.headers.get('set-cookie') ?? ''
    for (const attribute of ['HttpOnly', 'SameSite=Strict', 'Path=/', 'Max-Age=']) expect(cookie).toContain(attribute)
    expect((await harness.call('GET', 'session')).json).toMatchObject({ user: 'admin', roles: ['admin'] })
  })

  test('a wrong password and an unknown user are told alike', async () => {
    const [wrong, unknown] = [await signIn(harness, 'admin', 'wrong'), await signIn(harness, 'nobody', 'wrong')]
    expect(wrong.json).toEqual(unknown.json)
    expect([wrong.status, wrong.json['code']]).toEqual([401, 'PW_SIGN_IN_FAILED'])
  })

  test('guessing is slowed down, for the user who is guessed alone', async () => {
    const limited = await startHarness({ signInsPerMinute: 4 })
    try {
      const codes = []
      for (let i = 0; i < 6; i++) codes.push((await signIn(limited, 'nurse', 'x')).status)
      expect(codes).toEqual([401, 401, 401, 401, 429, 429])
      const refused = await signIn(limited, 'nurse', 'x')
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
      expect(refused.json).toMatchObject({ code: 'PW_TOO_MANY_REQUESTS', class: 'transient' })
      expect((await signIn(limited)).status).toBe(200)
    } finally {
      await limited.stop()
    }
  })

  test('who is behind a proxy is told by a proxy that is trusted, and by nobody else', async () => {
    const behind = (harness: Harness, address: string) =>
      signIn(harness, 'nurse', 'x', { 'x-forwarded-for': address }).then(({ status }) => status)
    for (const [trustProxy, last] of [
      [['127.0.0.0/8'], 401],
      [[], 429],
    ] as const) {
      const limited = await startHarness({ signInsPerMinute: 2, trustProxy })
      try {
        const guesses = [await behind(limited, '192.0.2.1'), await behind(limited, '192.0.2.1')]
        expect([...guesses, await behind(limited, '192.0.2.2')]).toEqual([401, 401, last])
      } finally {
        await limited.stop()
      }
    }
  })

  test('where no password is given, one is made up at the first start, and only there', async () => {
    const log = createMemoryEventLog({ partitions: PARTITIONS })
    const deps = { log, store: createFakeStore().store, logger: createSilentLogger(), metrics: createMetrics('api') }
    const first = await startApi(deps, { host: '127.0.0.1', port: 0 })
    const second = await startApi({ ...deps, metrics: createMetrics('api') }, { host: '127.0.0.1', port: 0 })
    expect(first.generatedAdminPassword).toMatch(/^[\w-]{20}$/)
    expect(second).not.toHaveProperty('generatedAdminPassword')
    await Promise.all([first.stop(), second.stop()])
    await log.close()
  })
})

describe("a password of one's own", () => {
  const change = (token: string, body: object) => harness.call('PUT', 'session/password', { token, body })

  test('is changed by who knows the present one; other sessions end, this one goes on with a new token', async () => {
    const body = { name: 'nina', password: 'given by admin', roles: ['viewer'] }
    await harness.call('POST', 'users', { body })
    const [one, other] = [await signIn(harness, 'nina', body.password), await signIn(harness, 'nina', body.password)]
    expect(one.json).toMatchObject({ temporaryPassword: true })
    const token = String(one.json['token'])
    const currentPassword = body.password
    expect((await change(token, { currentPassword: 'x', newPassword: 'of my own' })).json['code']).toBe(
      'PW_PASSWORD_WRONG',
    )
    expect((await change(token, { currentPassword, newPassword: 'short' })).json['errors']).toHaveLength(1)
    expect((await change(token, { currentPassword, newPassword: currentPassword })).status).toBe(400)
    const changed = await change(token, { currentPassword, newPassword: 'of my own' })
    expect(changed.json).toMatchObject({ user: 'nina', token: expect.any(String) })
    expect(changed.json).not.toHaveProperty('temporaryPassword')
    expect(changed.headers.get('set-cookie')).toContain('pulsewire_session=')
    for (const old of [token, String(other.json['token'])])
      expect((await harness.call('GET', 'session', { token: old })).status).toBe(401)
    expect((await harness.call('GET', 'session', { token: String(changed.json['token']) })).status).toBe(200)
    expect((await signIn(harness, 'nina', 'of my own')).json).not.toHaveProperty('temporaryPassword')
  })

  test('is asked for again where an administrator gave a new one', async () => {
    await harness.call('PATCH', 'users/nina', { body: { password: 'given once more' } })
    expect((await signIn(harness, 'nina', 'given once more')).json).toMatchObject({ temporaryPassword: true })
  })

  test('that was made up and printed is a temporary one, that of the configuration is not', async () => {
    expect((await signIn(harness)).json).not.toHaveProperty('temporaryPassword')
    const log = createMemoryEventLog({ partitions: PARTITIONS })
    const deps = { log, store: createFakeStore().store, logger: createSilentLogger(), metrics: createMetrics('api') }
    const api = await startApi(deps, { host: '127.0.0.1', port: 0 })
    const response = await fetch(`http://127.0.0.1:${api.port}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ user: 'admin', password: api.generatedAdminPassword }),
    })
    expect(await response.json()).toMatchObject({ temporaryPassword: true })
    await api.stop()
    await log.close()
  })
})

describe('a session', () => {
  test('holds on every API of the same log, and its end does too', async () => {
    const other = await startHarness({ log: harness.log })
    others.push(other)
    const token = String((await signIn(harness)).json['token'])
    expect((await other.call('GET', 'session', { token })).status).toBe(200)
    expect((await harness.call('DELETE', 'session', { token })).status).toBe(204)
    expect((await harness.call('GET', 'session', { token })).json).toMatchObject({ code: 'PW_UNAUTHENTICATED' })
    await other.call('PATCH', 'users/admin', { body: { disabled: false } }) // the other view has then passed the sign-out
    expect((await other.call('GET', 'session', { token })).status).toBe(401)
    expect((await harness.call('GET', 'session')).status).toBe(200)
  })

  test('many that end at once all end', async () => {
    const tokens = await Promise.all(
      Array.from({ length: 8 }, async () => String((await signIn(harness)).json['token'])),
    )
    const ended = await Promise.all(tokens.map((token) => harness.call('DELETE', 'session', { token })))
    expect(new Set(ended.map(({ status }) => status))).toEqual(new Set([204]))
    const after = await Promise.all(tokens.map((token) => harness.call('GET', 'session', { token })))
    expect(new Set(after.map(({ status }) => status))).toEqual(new Set([401]))
  })

  test('ends with its time, with a new password, and with the user', async () => {
    let now = Date.now()
    const clocked = await startHarness({ now: () => now, sessionLifetimeMs: 60_000 })
    try {
      now += 59_000
      expect((await clocked.call('GET', 'session')).status).toBe(200)
      now += 2_000
      expect((await clocked.call('GET', 'session')).json).toMatchObject({ detail: 'the session has expired' })
    } finally {
      await clocked.stop()
    }
    const token = await harness.tokenOf('viewer')
    await harness.call('PATCH', 'users/the-viewer', { body: { password: 'another password' } })
    expect((await harness.call('GET', 'session', { token })).status).toBe(401)
    const again = String((await signIn(harness, 'the-viewer', 'another password')).json['token'])
    await harness.call('PATCH', 'users/the-viewer', { body: { disabled: true } })
    expect((await harness.call('GET', 'session', { token: again })).status).toBe(401)
  })

  test('has the roles of this moment, not those of the sign-in', async () => {
    const token = await harness.tokenOf('clinician')
    expect((await harness.call('GET', 'users', { token })).status).toBe(403)
    await harness.call('PATCH', 'users/the-clinician', { body: { roles: ['admin'] } })
    expect((await harness.call('GET', 'users', { token })).status).toBe(200)
  })

  test('a token that is not ours is refused: garbage, another key, no signature', async () => {
    const [, payload] = harness.token.split('.')
    const none = Buffer.from('{"alg":"none"}').toString('base64url')
    for (const token of ['x', `${harness.token}x`, `${none}.${payload}.`, harness.token.slice(0, -3)])
      expect((await harness.call('GET', 'patients', { token })).json['code']).toBe('PW_UNAUTHENTICATED')
  })
})

describe('the cookie', () => {
  const cookie = (): string => `pulsewire_session=${harness.token}`
  const post = (headers: Record<string, string>) =>
    harness.call('POST', 'patients', { token: null, body: { name: 'A' }, headers: { cookie: cookie(), ...headers } })

  test('is enough to read', async () => {
    expect((await harness.call('GET', 'patients', { token: null, headers: { cookie: cookie() } })).status).toBe(200)
  })

  test('changes something only from our own pages', async () => {
    expect((await post({ origin: harness.origin })).status).toBe(201)
    expect((await post({ 'sec-fetch-site': 'same-origin' })).status).toBe(201)
    for (const headers of [
      { origin: 'https://evil.example' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { origin: 'null' },
      {},
    ])
      expect([headers, (await post({ ...headers })).json['code']]).toEqual([headers, 'PW_FORBIDDEN'])
  })

  test('a foreign page cannot sign somebody in', async () => {
    expect((await signIn(harness, 'admin', ADMIN_PASSWORD, { origin: 'https://evil.example' })).status).toBe(403)
  })

  test('is for TLS alone where it is told so', async () => {
    const secure = await startHarness({ secureCookies: true })
    const answer = await signIn(secure)
    expect(answer.headers.get('set-cookie')).toContain('Secure')
    await secure.stop()
  })
})

test('every change leaves an audit record with who did what, without the secret', async () => {
  const { log } = harness
  const [before] = await log.ends('audit')
  await harness.call('POST', 'users', { body: { name: 'audited', password: 'the secret word', roles: ['viewer'] } })
  await harness.call('PATCH', 'users/audited', { body: { disabled: true } })
  await signIn(harness, 'audited', 'x')
  await harness.call('GET', 'users')
  const records: Record<string, unknown>[] = []
  for await (const batch of log.read('audit', 0, { from: before?.next ?? 0 }))
    for (const { value } of batch)
      records.push(JSON.parse(Buffer.from(value ?? []).toString()) as Record<string, unknown>)
  expect(records).toMatchObject([
    { by: 'admin', action: 'POST /users', change: { name: 'audited', roles: ['viewer'] }, from: '127.0.0.1' },
    { by: 'admin', action: 'PATCH /users/:name', target: { name: 'audited' }, change: { disabled: true } },
    { by: 'audited', action: 'sign-in-refused' },
  ])
  expect(JSON.stringify(records)).not.toContain('the secret word')
})
