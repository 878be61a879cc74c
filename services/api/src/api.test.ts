import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PulsewireError, ROLES, type Role } from '@pulsewire/contracts'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { PERMISSIONS, type Permission } from './auth/access.ts'
import { exampleAlarm, PARTITIONS, startHarness, type Harness } from './testing/harness.ts'

interface Operation {
  readonly method: string
  readonly path: string
  readonly parameters: { name: string; in: string }[]
  readonly hasBody: boolean
  readonly permission: Permission | undefined
}

let harness: Harness
let operations: Operation[]
let document: Record<string, unknown>
let directory: string
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'pulsewire-static-'))
  writeFileSync(join(directory, 'index.html'), '<!doctype html>ward')
  mkdirSync(join(directory, 'assets'))
  writeFileSync(join(directory, 'assets', 'a-1234.js'), 'export {}')
  harness = await startHarness({ staticDirectory: directory, effectWithinMs: 1 })
  document = (await harness.call('GET', 'openapi.json', { token: null })).json
  operations = Object.entries(document['paths'] as Record<string, Record<string, Record<string, unknown>>>).flatMap(
    ([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        method: method.toUpperCase(),
        path: path.slice(1),
        parameters: operation['parameters'] as Operation['parameters'],
        hasBody: 'requestBody' in operation,
        permission: operation['x-permission'] as Permission | undefined,
      })),
  )
})
afterAll(async () => {
  await harness.stop()
  rmSync(directory, { recursive: true })
})
beforeEach(() => {
  harness.data.failure = undefined
})

describe('the OpenAPI document', () => {
  test('names every call of the contract, and every call that it names is there', async () => {
    const named = operations.map(({ method, path }) => `${method} /${path}`).sort()
    expect(named).toEqual(
      [
        'POST /session', 'GET /session', 'DELETE /session',
        'GET /patients', 'POST /patients', 'GET /patients/{id}', 'PATCH /patients/{id}',
        'GET /devices', 'POST /devices', 'GET /devices/{id}', 'PATCH /devices/{id}',
        'POST /devices/{id}/credential', 'PUT /devices/{id}/patient',
        'POST /patients/{id}/observations', 'PUT /patients/{id}/monitoring',
        'GET /users', 'POST /users', 'PATCH /users/{name}',
        'GET /patients/{id}/vitals', 'GET /patients/{id}/waveforms', 'GET /patients/{id}/findings',
        'GET /alarms', 'GET /alarms/{id}', 'POST /alarms/{id}/acknowledge', 'POST /alarms/{id}/pause', 'POST /alarms/{id}/comment',
        'GET /devices/{id}/gaps', 'GET /quarantine', 'GET /ledger', 'GET /live',
      ].sort(), // prettier-ignore
    )
    for (const { method, path } of operations) {
      const { status } = await harness.call(method, path.replaceAll(/\{\w+\}/g, 'x'), { token: null })
      expect([method, path, status]).toEqual([method, path, path === 'session' && method === 'POST' ? 400 : 401])
    }
  })

  test('is OpenAPI 3.1 with a schema for each answer, each body and each parameter', () => {
    expect(document).toMatchObject({ openapi: '3.1.0', servers: [{ url: '/api/v1' }] })
    const ids = new Set<unknown>()
    for (const methods of Object.values(document['paths'] as Record<string, Record<string, Record<string, unknown>>>)) {
      for (const operation of Object.values(methods)) {
        ids.add(operation['operationId'])
        const responses = operation['responses'] as Record<string, { content?: Record<string, { schema?: object }> }>
        const [status] = Object.keys(responses)
        if (status !== '204')
          expect(responses[status ?? '']?.content?.['application/json']?.schema).toHaveProperty('type')
        expect(responses['default']?.content).toHaveProperty(['application/problem+json'])
      }
    }
    expect(ids.size).toBe(operations.length)
    for (const { path, parameters } of operations)
      for (const [, name] of path.matchAll(/\{(\w+)\}/g))
        expect(parameters).toContainEqual(expect.objectContaining({ name, in: 'path', required: true }))
  })
})

describe('roles', () => {
  const MAY: Record<Role, readonly string[]> = {
    admin: ['everything'],
    clinician: ['treat', 'associate', 'enter-observations', 'write-patients', 'read-ward', 'read-quarantine'],
    viewer: ['read-ward'],
    analyst: [],
    integration: ['associate', 'enter-observations', 'write-patients', 'write-devices', 'read-ward', 'read-quarantine'],
  }
  const ALL = ['signed-in', 'read-registry', 'read-series', 'read-accounting']

  test.each(ROLES)('%s: each call is allowed or refused as the one table says', async (role) => {
    for (const [permission, roles] of Object.entries(PERMISSIONS)) {
      const expected = role === 'admin' || ALL.includes(permission) || MAY[role].includes(permission)
      expect([permission, (roles as readonly Role[]).includes(role)]).toEqual([permission, expected])
    }
    const token = await harness.tokenOf(role)
    for (const { method, path, permission } of operations) {
      if (permission === undefined || (path === 'session' && method === 'DELETE')) continue
      const { status } = await harness.call(method, path.replaceAll(/\{\w+\}/g, 'nobody-at-all'), { token })
      const roles: readonly Role[] = PERMISSIONS[permission]
      expect([method, path, status === 403]).toEqual([method, path, !roles.includes(role)])
      expect(status).not.toBe(401)
    }
  })
})

describe('errors', () => {
  test('every path that is not there, every body that is none: a problem document with its code', async () => {
    const expectProblem = async (
      answer: Promise<{ status: number; headers: Headers; json: unknown }>,
      status: number,
      code: string,
    ) => {
      const { headers, json, status: is } = await answer
      expect([is, headers.get('content-type')]).toEqual([status, 'application/problem+json; charset=utf-8'])
      expect(json).toMatchObject({ code, status, title: expect.any(String), type: expect.stringContaining(code) })
    }
    const { call } = harness
    await expectProblem(call('GET', 'nothing'), 404, 'PW_NOT_FOUND')
    await expectProblem(call('GET', '/nothing'), 404, 'PW_NOT_FOUND')
    await expectProblem(call('PUT', 'patients', { body: {} }), 404, 'PW_NOT_FOUND')
    await expectProblem(call('POST', 'patients', { body: '{"name":' }), 400, 'PW_REQUEST_INVALID')
    await expectProblem(
      call('POST', 'patients', { body: '{"__proto__":{"a":1},"name":"x"}' }),
      400,
      'PW_REQUEST_INVALID',
    )
    await expectProblem(call('POST', 'patients'), 400, 'PW_REQUEST_INVALID')
    await expectProblem(
      call('POST', 'patients', { body: 'a=b', headers: { 'content-type': 'text/plain' } }),
      415,
      'PW_UNSUPPORTED_MEDIA_TYPE',
    )
    await expectProblem(call('POST', 'patients', { body: { name: 'x'.repeat(300_000) } }), 413, 'PW_PAYLOAD_TOO_LARGE')
    await expectProblem(call('GET', 'patients/%ff'), 400, 'PW_REQUEST_INVALID')
    await expectProblem(call('GET', `patients/${'x'.repeat(400)}`), 404, 'PW_NOT_FOUND')
    await expectProblem(call('GET', 'patients', { token: null }), 401, 'PW_UNAUTHENTICATED')
    harness.data.failure = new Error('secret detail of the store')
    await expectProblem(call('GET', 'ledger'), 500, 'PW_INTERNAL')
    expect((await call('GET', 'ledger')).text).not.toContain('secret detail')
    await expectProblem(call('GET', 'alarms/x'), 500, 'PW_INTERNAL')
  })

  test('who does not speak HTTP is told so, and nobody else is disturbed', async () => {
    const socket = connect(harness.api.port, '127.0.0.1')
    socket.write('\u0010\u0020MQTT\r\n\r\n')
    const text = await new Promise<string>((resolve) => {
      let all = ''
      socket.on('data', (data) => (all += data.toString()))
      socket.on('close', () => resolve(all))
    })
    expect(text).toContain('HTTP/1.1 400')
    expect(text).toContain('PW_REQUEST_INVALID')
    expect((await harness.call('GET', '/healthz')).status).toBe(200)
  })

  test('no query, no body and no path makes a call fail inside', async () => {
    harness.data.alarms.push(exampleAlarm('p1', Date.now()))
    await harness.call('POST', 'patients', { body: { id: 'p1', name: 'A' } })
    const text = fc.oneof(
      fc.string(),
      fc.constantFrom(
        'p1',
        'x',
        '0',
        '-1',
        '1e9',
        String(Date.now()),
        '2026-11-23T00:00:00Z',
        'beat',
        'wfdb',
        '1d',
        'ecg.II',
        'heartRate',
        ',,,',
        '%',
        '\u0000',
        '🫀',
      ),
    )
    const key = fc.constantFrom(
      'name',
      'id',
      'vitals',
      'patient',
      'from',
      'at',
      'until',
      'state',
      'roles',
      'password',
      'limits',
      'version',
      'text',
      'seconds',
      '__proto__',
      'constructor',
      'zzz',
    )
    const body = fc.oneof(fc.jsonValue(), fc.dictionary(key, fc.jsonValue({ maxDepth: 2 })))
    const calls = operations.filter(({ method, path }) => !(path === 'session' && method === 'DELETE'))
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...calls),
        text,
        fc.array(text, { maxLength: 8 }),
        body,
        fc.constantFrom('*/*', 'text/csv', 'application/vnd.apache.parquet', ';;;'),
        async ({ method, path, parameters, hasBody }, id, values, anyBody, accept) => {
          const query = new URLSearchParams()
          for (const [index, value] of values.entries()) {
            const names = parameters.filter((parameter) => parameter.in === 'query')
            query.append(names[index % (names.length + 1)]?.name ?? value, value)
          }
          const target = `${path.replaceAll(/\{\w+\}/g, encodeURIComponent(id) || 'p1')}?${query.toString()}`
          const given = hasBody ? { body: anyBody } : {}
          const { status, text: said } = await harness.call(method, target, { headers: { accept }, ...given })
          if (status >= 500) throw new Error(`${method} ${target} ${JSON.stringify(anyBody)}: ${status} ${said}`)
        },
      ),
      { numRuns: 200 },
    )
  })
})

describe('operation', () => {
  test('healthy, ready and measured, without a session', async () => {
    const { call } = harness
    expect((await call('GET', '/healthz', { token: null })).json).toEqual({ ok: true })
    const ready = await call('GET', '/readyz', { token: null })
    expect([ready.status, ready.json]).toEqual([
      200,
      { ok: true, log: 'ok', registry: 'ok', store: 'ok', recording: 'ok' },
    ])
    expect((await call('GET', '/metrics', { token: null })).text).toContain('pulsewire_api_sent_total')
    expect(harness.api.health()).toEqual({ ok: true, detail: 'ok' })
  })

  test('not ready while the store does not answer, with the reason', async () => {
    harness.data.failure = new PulsewireError('PW_STORE_UNAVAILABLE', 'the disk is gone')
    const { status, json } = await harness.call('GET', '/readyz')
    expect([status, json]).toMatchObject([503, { ok: false, store: 'the disk is gone', log: 'ok' }])
  })

  test('a store that is away at the start keeps nobody from the alarms', async () => {
    const { createFakeStore } = await import('./testing/fake-store.ts')
    const fake = createFakeStore()
    fake.data.failure = new PulsewireError('PW_STORE_UNAVAILABLE')
    const other = await startHarness({ fake })
    expect((await other.call('GET', 'alarms?state=active')).json).toEqual({ alarms: [] })
    expect(other.api.health().ok).toBe(false)
    await other.stop()
  })
})

describe('accounting', () => {
  test('the ledger adds up: accepted = duplicates + stored + quarantined + in the log', async () => {
    const { log, data, call } = harness
    const before = (await call('GET', 'ledger')).json as Record<string, number>
    const record = (key: string) => ({ key, headers: {}, value: Buffer.from('x') })
    const stored = await log.append('telemetry', ['a', 'b', 'c', 'd'].map(record))
    await log.append('quarantine', [record('a')])
    const first = stored[0]
    if (first === undefined) throw new Error('nothing appended')
    data.ledger = {
      stored: 1 + (before['inLog'] ?? 0),
      duplicates: 0,
      quarantined: 0,
      positions: Array.from({ length: PARTITIONS }, (_, partition) => ({
        topic: 'telemetry' as const,
        partition,
        offset: partition === first.partition ? first.offset + 1 : 0,
      })),
    }
    const { json } = await call('GET', 'ledger')
    expect(json['accepted']).toBe((before['accepted'] ?? 0) + 5)
    expect(json).toMatchObject({ stored: data.ledger.stored, spooled: 0 })
    expect(Number(json['inLog'])).toBe(Number(json['accepted']) - first.offset - 1)
  })

  test('gaps of a device, and what was quarantined with its payload', async () => {
    const { data, call } = harness
    await call('POST', 'devices', { body: { id: 'gap-1' } })
    data.gaps.set('gap-1', [{ boot: 'b', from: 3, to: 9 }])
    expect((await call('GET', 'devices/gap-1/gaps')).json).toEqual({
      device: 'gap-1',
      gaps: [{ boot: 'b', from: 3, to: 9 }],
    })
    expect((await call('GET', 'devices/none/gaps')).status).toBe(404)
    const payload = Buffer.from('{"bad":')
    const entry = {
      id: 'quarantine/0/1',
      device: 'gap-1',
      topic: 'bsn/v1/gap-1/vitals',
      code: 'PW_PAYLOAD_NOT_JSON',
      detail: 'no',
      receivedAt: Date.now(),
      bytes: 7,
      sha256: 'ab',
    }
    data.quarantine.push({ ...entry, payload })
    expect((await call('GET', 'quarantine?device=gap-1')).json).toEqual({
      quarantine: [{ ...entry, payload: payload.toString('base64') }],
    })
    expect((await call('GET', 'quarantine?device=none&limit=5')).json).toEqual({ quarantine: [] })
  })
})

describe("the dashboard's files", () => {
  test('are served, pages of its own fall back to it, and the rest stays a problem', async () => {
    const page = { token: null, headers: { accept: 'text/html' } }
    const root = await harness.call('GET', '/', page)
    expect(root.text).toContain('ward')
    expect(root.headers.get('cache-control')).toBe('no-cache')
    expect((await harness.call('GET', '/patients/p1', page)).text).toContain('ward')
    expect((await harness.call('GET', '/assets/a-1234.js', page)).headers.get('cache-control')).toContain('immutable')
    expect((await harness.call('GET', '/api/v1/none', page)).json['code']).toBe('PW_NOT_FOUND')
    expect((await harness.call('GET', '/none.js', { token: null })).json['code']).toBe('PW_NOT_FOUND')
    expect((await harness.call('GET', '/..%2f..%2fetc%2fpasswd', { token: null })).status).toBeGreaterThanOrEqual(400)
  })

  test('come with a policy that lets only our own scripts run', async () => {
    const { headers } = await harness.call('GET', '/', { token: null, headers: { accept: 'text/html' } })
    expect(headers.get('content-security-policy')).toContain("script-src 'self'")
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    expect(headers.get('x-content-type-options')).toBe('nosniff')
  })
})
