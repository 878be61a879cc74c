import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PulsewireError, SYSTEM_PATIENT } from '@pulsewire/contracts'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { PARTITIONS, startHarness, type Harness } from './testing/harness.ts'

let harness: Harness
let directory: string
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'pulsewire-static-'))
  writeFileSync(join(directory, 'index.html'), '<!doctype html>ward')
  mkdirSync(join(directory, 'assets'))
  writeFileSync(join(directory, 'assets', 'a-1234.js'), 'export {}')
  harness = await startHarness({ staticDirectory: directory })
})
afterAll(async () => {
  await harness.stop()
  rmSync(directory, { recursive: true })
})
beforeEach(() => {
  harness.data.failure = undefined
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

  test('the ledger tells what waits in the spools of brokers at the edge, as each said last', async () => {
    const { log, call } = harness
    const say = (broker: string, waiting: number, oldestAt?: number) =>
      log.append('findings', [
        {
          key: SYSTEM_PATIENT,
          headers: { kind: 'spool' },
          value: Buffer.from(JSON.stringify({ broker, at: 1_800_000_000_000, waiting, oldestAt })),
        },
      ])
    expect((await call('GET', 'ledger')).json).toMatchObject({ spooled: 0, spools: [] })
    const before = Date.now()
    await say('village', 5, 1_800_000_000_000)
    await say('ambulance', 9, 1_800_000_000_000)
    await say('ambulance', 7, 1_800_000_000_000)
    await vi.waitFor(async () => expect((await call('GET', 'ledger')).json).toMatchObject({ spooled: 12 }))
    const { json } = await call('GET', 'ledger')
    expect(json['spools']).toMatchObject([
      { broker: 'ambulance', waiting: 7, oldestAt: 1_800_000_000_000 },
      { broker: 'village', waiting: 5 },
    ])
    expect(JSON.stringify(json['spools'])).toMatch(new RegExp(`"reportedAt":${String(before).slice(0, 8)}`))
    await say('village', 0)
    await say('ambulance', 0)
    await vi.waitFor(async () => expect((await call('GET', 'ledger')).json).toMatchObject({ spooled: 0 }))
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
