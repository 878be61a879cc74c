import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PulsewireError } from '@pulsewire/contracts'
import { createMemoryEventLog } from '@pulsewire/event-log'
import Fastify from 'fastify'
import { z } from 'zod'
import type { AuditRecord } from '../audit.ts'
import { createAuditTrail } from '../audit-trail.ts'
import { registerRoutes } from '../http/register.ts'
import { route } from '../http/route.ts'
import { appendAlarmEvent, exampleAlarm, startHarness, type Harness } from '../testing/harness.ts'

let harness: Harness
beforeAll(async () => {
  harness = await startHarness({ effectWithinMs: 5 })
})
afterAll(() => harness.stop())

interface Entry {
  readonly action: string
  readonly by: string
  readonly at: number
  readonly offset: number
  readonly target: Record<string, string>
  readonly entities?: { kind: string; id: string; fields: Record<string, { before?: unknown; after?: unknown }> }[]
}
const auditOf = async (query = ''): Promise<Entry[]> =>
  (await harness.call('GET', `audit${query}`)).json['audit'] as Entry[]

const SUBSCRIPTION = {
  endpoint: 'https://push.example/send/abc',
  keys: { p256dh: 'B'.repeat(87), auth: 'C'.repeat(22) },
}
/** A call of each route that changes something, which does what it says; in the order in which they need each other. */
const CHANGES: readonly (readonly [operation: string, path: string, body?: unknown])[] = [
  ['POST /patients', 'patients', { id: 'p1', name: 'A', place: 'Bed 1' }],
  ['POST /patients', 'patients', { id: 'p2', name: 'B' }],
  ['PATCH /patients/{id}', 'patients/p1', { place: 'Bed 2', limits: { heartRate: { low: 40 } } }],
  ['POST /patients/{id}/observations', 'patients/p1/observations', { vitals: { systolic: 118 } }],
  ['POST /patients/{id}/hand-over', 'patients/p1/hand-over', { to: 'ben' }],
  ['POST /patients/{id}/take-over', 'patients/p1/take-over', {}],
  ['PUT /patients/{id}/monitoring', 'patients/p1/monitoring', { state: 'standby' }],
  ['POST /patients/{id}/swap', 'patients/p1/swap', { with: 'p2' }],
  ['POST /devices', 'devices', { id: 'd1' }],
  ['PATCH /devices/{id}', 'devices/d1', { model: 'PW-1' }],
  ['POST /devices/{id}/credential', 'devices/d1/credential'],
  ['PUT /devices/{id}/patient', 'devices/d1/patient', { patient: 'p1' }],
  ['POST /users', 'users', { name: 'eve', password: 'a secret word', roles: ['viewer'] }],
  ['PATCH /users/{name}', 'users/eve', { password: 'another secret word', roles: ['clinician'] }],
  ['POST /beds', 'beds', { id: 'b1', name: 'Bed 1' }],
  ['PATCH /beds/{id}', 'beds/b1', { name: 'Bed 9' }],
  ['PUT /beds/{id}/use', 'beds/b1/use', { notInUse: 'cleaning' }],
  ['DELETE /beds/{id}', 'beds/b1'],
  ['POST /escalation-chains', 'escalation-chains', { id: 'c1', name: 'N', steps: ['x'], afterS: { high: 60, medium: 90 } }],
  ['PATCH /escalation-chains/{id}', 'escalation-chains/c1', { steps: ['y'] }],
  ['DELETE /escalation-chains/{id}', 'escalation-chains/c1'],
  ['PUT /limit-profiles/{name}', 'limit-profiles/adult', { limits: { heartRate: { low: 45 } } }],
  ['POST /alarms/{id}/acknowledge', 'alarms/ALARM/acknowledge'],
  ['POST /alarms/{id}/pause', 'alarms/ALARM/pause', { seconds: 60 }],
  ['POST /alarms/{id}/comment', 'alarms/ALARM/comment', { text: 'seen' }],
  ['POST /alarms/{id}/verdict', 'alarms/ALARM/verdict', { verdict: 'false' }],
  ['POST /alarms/pause', 'alarms/pause', {}],
  ['POST /patients/{id}/annotations', 'patients/p1/annotations', { text: 'walks' }],
  ['PATCH /patients/{id}/annotations/{annotation}', 'patients/p1/annotations/LAST', { version: 1, text: 'walked' }],
  ['DELETE /patients/{id}/annotations/{annotation}', 'patients/p1/annotations/LAST?version=2'],
  ['PUT /ward/shifts', 'ward/shifts', { timeZone: 'UTC', startsAt: ['07:00', '19:00'] }],
  ['POST /channels', 'channels', { id: 'pager', name: 'Pager', kind: 'webhook', address: 'https://pager.example/in' }],
  ['PATCH /channels/{id}', 'channels/pager', { step: 1 }],
  ['DELETE /channels/{id}', 'channels/pager'],
  ['POST /channels/web-push/subscriptions', 'channels/web-push/subscriptions', SUBSCRIPTION],
  ['DELETE /channels/web-push/subscriptions/{id}', 'channels/web-push/subscriptions/LAST'],
] // prettier-ignore
/** They write records of their own, or end the session with which the others are made: below. And what needs a notifier: delivery-routes.test.ts. */
const ELSEWHERE = [
  'POST /session',
  'DELETE /session',
  'PUT /session/password',
  'POST /deliveries/{id}/confirm',
  'POST /channels/{id}/test',
]

describe('the audit trail', () => {
  test('has a record of every change that can be made by any route', async () => {
    const document = (await harness.call('GET', '/api/v1/openapi.json')).json as { paths: Record<string, object> }
    const changing = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods)
        .filter((method) => method !== 'get')
        .map((method) => `${method.toUpperCase()} ${path}`),
    )
    expect(new Set([...CHANGES.map(([operation]) => operation), ...ELSEWHERE])).toEqual(new Set(changing))

    const alarm = exampleAlarm('p1', Date.now())
    await appendAlarmEvent(harness.log, { patient: 'p1', version: 1, at: Date.now(), event: 'raised', alarm })
    // LAST in a path: the id that the answer before told.
    let last = ''
    for (const [operation, path, body] of CHANGES) {
      const method = operation.slice(0, operation.indexOf(' '))
      const address = path.replace('ALARM', encodeURIComponent(alarm.id)).replace('LAST', last)
      const { status, text, json } = await harness.call(method, address, { body })
      expect([operation, path, status >= 200 && status < 300 ? 'done' : text]).toEqual([operation, path, 'done'])
      last = typeof json['id'] === 'string' ? json['id'] : last
    }
    const actions = (await auditOf('?by=admin')).map(({ action }) => action.replaceAll(/:(\w+)/g, '{$1}')).toReversed()
    expect(actions).toEqual([
      'POST /session'.replace('POST /session', 'sign-in'),
      ...CHANGES.map(([operation]) => operation),
    ])
  })

  test('tells of each field what it was and what it is, and never a secret', async () => {
    const [moved] = await auditOf('?what=PATCH%20%2Fpatients%2F:id%22')
    expect(moved?.entities).toEqual([
      {
        kind: 'patient',
        id: 'p1',
        fields: expect.objectContaining({
          place: { before: 'Bed 1', after: 'Bed 2' },
          'limits.heartRate': { after: { low: 40 } },
        }),
      },
    ])
    const [user] = await auditOf('?what=PATCH%20%2Fusers')
    expect(user?.entities?.[0]?.fields).toMatchObject({
      roles: { before: ['viewer'], after: ['clinician'] },
      passwordHash: { before: '…', after: '…' },
    })
    const all = JSON.stringify(await auditOf())
    for (const secret of ['secret word', 'argon2', 'correct horse']) expect(all).not.toContain(secret)
    expect(all).not.toMatch(/"secretSha256":\{"after":"[0-9a-f]/)
  })

  test('has sign-ins, refused ones too, own passwords and sign-outs', async () => {
    await harness.call('POST', 'session', { token: null, body: { user: 'eve', password: 'wrong' } })
    const signIn = await harness.call('POST', 'session', {
      token: null,
      body: { user: 'eve', password: 'another secret word' },
    })
    const token = String(signIn.json['token'])
    const body = { currentPassword: 'another secret word', newPassword: 'a third secret word' }
    const changed = await harness.call('PUT', 'session/password', { token, body })
    await harness.call('DELETE', 'session', { token: String(changed.json['token']) })
    expect((await auditOf('?by=eve')).map(({ action }) => action).toReversed()).toEqual([
      'sign-in-refused',
      'sign-in',
      'PUT /session/password',
      'DELETE /session',
    ])
    expect(JSON.stringify(await auditOf('?by=eve'))).not.toContain('secret word')
  })

  test('has nothing of a change that was refused', async () => {
    const before = await auditOf('?limit=1')
    expect((await harness.call('POST', 'patients/p1/swap', { body: { with: 'none' } })).status).toBe(404)
    expect(await auditOf('?limit=1')).toEqual(before)
  })

  test('is paged from the newest backwards, by time, and complete as CSV', async () => {
    const all = await auditOf('?limit=1000')
    const paged: Entry[] = []
    for (let query = '?limit=7'; query !== '';) {
      const { json } = await harness.call('GET', `audit${query}`)
      paged.push(...(json['audit'] as Entry[]))
      query = json['next'] === undefined ? '' : `?limit=7&before=${Number(json['next'])}`
    }
    expect(paged).toEqual(all)
    const middle = all[10]?.at ?? 0
    const early = await auditOf(`?to=${middle}&limit=1000`)
    expect(early).toEqual(all.filter(({ at }) => at < middle))
    expect(await auditOf(`?from=${middle}&limit=1000`)).toEqual(all.filter(({ at }) => at >= middle))
    await harness.call('POST', 'patients', { body: { id: 'formula', name: '=HYPERLINK("x")' } })
    const csv = await harness.call('GET', 'audit', { headers: { accept: 'text/csv' } })
    expect(csv.headers.get('content-disposition')).toContain('audit.csv')
    const rows = csv.text.trimEnd().split('\r\n')
    expect(rows).toHaveLength(all.length + 2)
    expect(rows[0]).toBe('time,epochMs,by,action,target,change,entities,failed,from')
  })

  test('is for administrators', async () => {
    for (const role of ['clinician', 'viewer', 'analyst', 'integration'] as const) {
      expect((await harness.call('GET', 'audit', { token: await harness.tokenOf(role) })).status).toBe(403)
    }
  })
})

test('what was done before a change failed half-way is kept, with the error', async () => {
  const app = Fastify()
  const written: AuditRecord[] = []
  const never = () => Promise.reject(new Error('it is public'))
  const spec = { method: 'POST', path: '/x', tag: 't', summary: '', access: 'public', response: z.null() } as const
  const halfWay = route({
    ...spec,
    handle: ({ call }) => {
      call.author.wrote(undefined, { kind: 'bed', id: 'b1', name: 'Bed 1' })
      return Promise.reject(new PulsewireError('PW_CONFLICT'))
    },
  })
  registerRoutes(app, [halfWay], {
    sessions: { open: never, verify: never, holds: () => false, end: never },
    audit: (record) => Promise.resolve(void written.push(record)),
    now: () => 5,
    validateAnswers: false,
  })
  await app.inject({ method: 'POST', url: '/api/v1/x' })
  expect(written).toMatchObject([
    { at: 5, action: 'POST /x', failed: 'PW_CONFLICT', entities: [{ kind: 'bed', id: 'b1', fields: { name: { after: 'Bed 1' } } }] },
  ]) // prettier-ignore
  await app.close()
})

test('a page costs what it shows, however long the history: only its end is read, and a rare word in parts', async () => {
  const log = createMemoryEventLog({ partitions: 1 })
  const append = (count: number, by: string) =>
    log.append(
      'audit',
      Array.from({ length: count }, (_, i) => {
        const record = { at: Date.now(), by, action: 'PATCH /patients/:id', target: { id: `p${i}` }, from: '::1' }
        return { key: by, headers: {}, value: Buffer.from(JSON.stringify(record)) }
      }),
    )
  await append(1, 'rare')
  for (let i = 0; i < 25; i++) await append(1_000, 'usual')
  const ranges: number[] = []
  const watched = { ...log, read: (...args: Parameters<typeof log.read>) => (ranges.push((args[2].to ?? 0) - args[2].from), log.read(...args)) } // prettier-ignore
  const trail = createAuditTrail(watched, () => undefined)
  expect((await trail.page({}, 200)).entries).toHaveLength(200)
  expect(ranges).toEqual([500])
  const first = await trail.page({ by: 'rare' }, 10)
  expect(first).toEqual({ entries: [], next: 5_001 })
  const second = await trail.page({ by: 'rare', before: 5_001 }, 10)
  expect([second.entries.length, second.next]).toEqual([1, undefined])
  await log.close()
})
