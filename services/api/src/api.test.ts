import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { ROLES, type Role } from '@pulsewire/contracts'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { PERMISSIONS, type Permission } from './auth/access.ts'
import { operationTypes, type OpenApiDocument } from './generate/operations.ts'
import { exampleAlarm, startHarness, type Harness } from './testing/harness.ts'

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
beforeAll(async () => {
  harness = await startHarness({ effectWithinMs: 1 })
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
afterAll(() => harness.stop())
beforeEach(() => {
  harness.data.failure = undefined
})

describe('the OpenAPI document', () => {
  test('names every call of the contract, and every call that it names is there', async () => {
    const named = operations.map(({ method, path }) => `${method} /${path}`).sort()
    expect(named).toEqual(
      [
        'POST /session', 'GET /session', 'DELETE /session', 'PUT /session/password', 'GET /station', 'GET /audit',
        'GET /beds', 'POST /beds', 'PATCH /beds/{id}', 'DELETE /beds/{id}', 'PUT /beds/{id}/use', 'POST /patients/{id}/swap',
        'GET /escalation-chains', 'POST /escalation-chains', 'PATCH /escalation-chains/{id}', 'DELETE /escalation-chains/{id}',
        'GET /limit-profiles', 'PUT /limit-profiles/{name}', 'GET /devices/{id}/trouble',
        'GET /patients', 'POST /patients', 'GET /patients/{id}', 'PATCH /patients/{id}',
        'GET /devices', 'POST /devices', 'GET /devices/{id}', 'PATCH /devices/{id}',
        'POST /devices/{id}/credential', 'PUT /devices/{id}/patient',
        'POST /patients/{id}/observations', 'POST /patients/{id}/hand-over', 'POST /patients/{id}/take-over', 'PUT /patients/{id}/monitoring',
        'GET /patients/{id}/annotations', 'POST /patients/{id}/annotations',
        'PATCH /patients/{id}/annotations/{annotation}', 'DELETE /patients/{id}/annotations/{annotation}',
        'GET /patients/{id}/events', 'GET /patients/{id}/limits/history',
        'GET /users', 'POST /users', 'PATCH /users/{name}',
        'GET /patients/{id}/vitals', 'GET /patients/{id}/waveforms', 'GET /patients/{id}/findings',
        'GET /alarms', 'GET /alarms/{id}', 'POST /alarms/{id}/acknowledge', 'POST /alarms/{id}/pause', 'POST /alarms/{id}/comment', 'POST /alarms/pause', 'POST /alarms/{id}/verdict',
        'GET /reports/alarm-burden', 'GET /reports/alarm-burden/what-if', 'GET /reports/hand-over', 'GET /reports/ward', 'GET /ward/shifts', 'PUT /ward/shifts',
        'GET /channels', 'POST /channels', 'PATCH /channels/{id}', 'DELETE /channels/{id}', 'POST /channels/{id}/test',
        'GET /channels/web-push/key', 'POST /channels/web-push/subscriptions', 'DELETE /channels/web-push/subscriptions/{id}',
        'GET /deliveries', 'GET /deliveries/{id}/confirm', 'POST /deliveries/{id}/confirm',
        'GET /proof', 'GET /devices/{id}/gaps', 'GET /quarantine', 'GET /ledger', 'GET /live',
      ].sort(), // prettier-ignore
    )
    for (const { method, path } of operations) {
      const { status } = await harness.call(method, path.replaceAll(/\{\w+\}/g, 'x'), { token: null })
      const isRefused = (path === 'session' && method === 'POST') || path.endsWith('/confirm')
      const open = path === 'proof' ? 200 : isRefused ? 400 : 401
      expect([method, path, status]).toEqual([method, path, open])
    }
  })

  test('is OpenAPI 3.1 with a schema for each answer, each body and each parameter', () => {
    expect(document).toMatchObject({ openapi: '3.1.0', servers: [{ url: '/api/v1' }] })
    const components = (document['components'] as { schemas: Record<string, object> }).schemas
    const schemaOf = (schema: { $ref?: string } = {}) =>
      schema.$ref === undefined ? schema : (components[schema.$ref.replace('#/components/schemas/', '')] ?? {})
    const references = [...JSON.stringify(document).matchAll(/"#\/([^"]*)"/g)].map((match) => match[1] ?? '')
    for (const reference of new Set(references)) {
      expect(components).toHaveProperty([reference.replace('components/schemas/', '')])
    }
    const ids = new Set<unknown>()
    for (const methods of Object.values(document['paths'] as Record<string, Record<string, Record<string, unknown>>>)) {
      for (const operation of Object.values(methods)) {
        ids.add(operation['operationId'])
        const responses = operation['responses'] as Record<string, { content?: Record<string, { schema?: object }> }>
        const [status] = Object.keys(responses)
        if (status !== '204')
          expect(Object.keys(schemaOf(responses[status ?? '']?.content?.['application/json']?.schema))).toContainEqual(
            expect.stringMatching(/^(type|oneOf)$/),
          )
        expect(responses['default']?.content).toHaveProperty(['application/problem+json'])
      }
    }
    expect(ids.size).toBe(operations.length)
    for (const { path, parameters } of operations)
      for (const [, name] of path.matchAll(/\{(\w+)\}/g))
        expect(parameters).toContainEqual(expect.objectContaining({ name, in: 'path', required: true }))
  })
})

test('the calls as types, for the dashboard, are those of the document (npm run schemas)', async () => {
  const published = new URL('../../dashboard/src/api/operations.ts', import.meta.url)
  expect(await operationTypes(document as unknown as OpenApiDocument)).toBe(readFileSync(published, 'utf8'))
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
    await expectProblem(call('GET', `patients/${'x'.repeat(400)}`), 400, 'PW_REQUEST_INVALID')
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
