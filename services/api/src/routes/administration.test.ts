import { LIMIT_PROFILES } from '@pulsewire/contracts'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { appendAlarmEvent, appendJson, startHarness, type Harness } from '../testing/harness.ts'

let harness: Harness
beforeAll(async () => {
  harness = await startHarness({
    station: {
      live: () => ({ ok: true, detail: '' }),
      ready: () => Promise.resolve({ ok: true, parts: {} }),
      metrics: () => Promise.resolve(''),
      listeners: () => Promise.resolve({ mqttPort: 11_883 }),
    },
  })
})
afterAll(() => harness.stop())

const newPatient = async (fields: object): Promise<string> =>
  String((await harness.call('POST', 'patients', { body: { name: 'M. Reyes', ...fields } })).json['id'])
const patient = async (id: string) => (await harness.call('GET', `patients/${id}`)).json
const listed = async (what: string, key: string) =>
  (await harness.call('GET', what)).json[key] as Record<string, unknown>[]

describe('beds', () => {
  const bedOf = async (place: string) => (await listed('beds', 'beds')).find((bed) => bed['place'] === place)

  test('show who lies there; who is discharged leaves a free bed', async () => {
    const bed = await harness.call('POST', 'beds', { body: { unit: 'Ward 3', name: 'Bed 1' } })
    expect([bed.status, bed.json]).toMatchObject([201, { place: 'Ward 3 Bed 1', patients: [], version: 1 }])
    const id = await newPatient({ place: 'Ward 3 Bed 1' })
    expect(await bedOf('Ward 3 Bed 1')).toMatchObject({ patients: [{ id, name: 'M. Reyes' }] })
    await appendAlarmEvent(harness.log, {
      patient: id,
      version: 1,
      at: Date.now(),
      event: 'monitoring',
      monitoring: { state: 'discharged' },
    })
    await vi.waitFor(async () => expect(await bedOf('Ward 3 Bed 1')).toMatchObject({ patients: [] }))
  })

  test('have one name each; a removed one makes room for a new one', async () => {
    const body = { name: 'Bed 2' }
    const { json } = await harness.call('POST', 'beds', { body })
    expect((await harness.call('POST', 'beds', { body })).json['code']).toBe('PW_EXISTS')
    const id = await newPatient({ place: 'Bed 2' })
    const remove = () => harness.call('DELETE', `beds/${String(json['id'])}`)
    expect((await remove()).json).toMatchObject({ code: 'PW_IN_USE', detail: 'M. Reyes lies in Bed 2' })
    await harness.call('PATCH', `patients/${id}`, { body: { place: null } })
    expect((await remove()).status).toBe(204)
    expect((await remove()).status).toBe(404)
    expect((await harness.call('POST', 'beds', { body })).status).toBe(201)
  })

  test('take who lies there along to their new name, and may be closed', async () => {
    const { json } = await harness.call('POST', 'beds', { body: { name: 'Bed 3' } })
    const path = `beds/${String(json['id'])}`
    const id = await newPatient({ place: 'Bed 3' })
    const renamed = await harness.call('PATCH', path, { body: { unit: 'ICU', name: 'Bed 3', version: 1 } })
    expect(renamed.json).toMatchObject({ place: 'ICU Bed 3', patients: [{ id }] })
    expect(await patient(id)).toMatchObject({ place: 'ICU Bed 3' })
    expect((await harness.call('PATCH', path, { body: { name: 'x', version: 1 } })).json['code']).toBe('PW_CONFLICT')
    const cleaning = await harness.call('PUT', `${path}/use`, { body: { notInUse: 'cleaning' } })
    expect(cleaning.json).toMatchObject({ notInUse: 'cleaning' })
    const used = await harness.call('PUT', `${path}/use`, { body: { notInUse: null } })
    expect(used.json).not.toHaveProperty('notInUse')
  })

  test('of two patients are swapped in one go', async () => {
    const [a, b] = [await newPatient({ place: 'A' }), await newPatient({})]
    const swapped = await harness.call('POST', `patients/${a}/swap`, { body: { with: b } })
    expect(swapped.json['patients']).toMatchObject([{ id: a }, { id: b, place: 'A' }])
    expect(await patient(a)).not.toHaveProperty('place')
    expect((await harness.call('POST', `patients/${a}/swap`, { body: { with: a } })).status).toBe(400)
    expect((await harness.call('POST', `patients/${a}/swap`, { body: { with: 'nobody' } })).status).toBe(404)
  })
})

describe('escalation chains', () => {
  test('are defined once, followed by patients, and go only when nobody follows them', async () => {
    const body = { name: 'Night', steps: ['nurse', 'night-team'], afterS: { high: 30, medium: 120 } }
    const { json, status } = await harness.call('POST', 'escalation-chains', { body })
    expect([status, json]).toMatchObject([201, { ...body, patients: [] }])
    expect((await harness.call('POST', 'escalation-chains', { body })).json['code']).toBe('PW_EXISTS')
    const chain = String(json['id'])
    const id = await newPatient({ escalationChain: chain })
    expect(await patient(id)).toMatchObject({ escalationChain: chain })
    expect((await harness.call('DELETE', `escalation-chains/${chain}`)).json['code']).toBe('PW_IN_USE')
    const changed = await harness.call('PATCH', `escalation-chains/${chain}`, { body: { steps: ['desk'], version: 1 } })
    expect(changed.json).toMatchObject({ name: 'Night', steps: ['desk'], patients: [id], version: 2 })
    await harness.call('PATCH', `patients/${id}`, { body: { escalationChain: null } })
    expect((await harness.call('DELETE', `escalation-chains/${chain}`)).status).toBe(204)
    expect(await listed('escalation-chains', 'chains')).toEqual([])
    const again = await harness.call('PATCH', `patients/${id}`, { body: { escalationChain: chain } })
    expect(again.status).toBe(404)
    const wrong = { ...body, steps: [], afterS: { high: 1, medium: 120 } }
    expect((await harness.call('POST', 'escalation-chains', { body: wrong })).json['errors']).toHaveLength(2)
  })

  test('tell the usual one', async () => {
    const { json } = await harness.call('GET', 'escalation-chains')
    expect(json['usual']).toEqual({ steps: ['nurse', 'team', 'physician'], afterS: { high: 60, medium: 300 } })
  })
})

describe('limit profiles', () => {
  const profile = async (name: string) =>
    (await listed('limit-profiles', 'profiles')).find((one) => one['name'] === name)
  const limits = { ...LIMIT_PROFILES.copd, spo2: { low: 84 } }
  const put = (body: object, name = 'copd') => harness.call('PUT', `limit-profiles/${name}`, { body })

  test('hold for who is put on them from now on, and where it is asked for who had exactly those before', async () => {
    const [same, own] = [await newPatient({ limitProfile: 'copd' }), await newPatient({ limitProfile: 'copd' })]
    await harness.call('PATCH', `patients/${own}`, { body: { limits: { spo2: { low: 80 } } } })
    expect(await profile('copd')).toMatchObject({ version: 0, patients: [same], ownLimits: [own] })

    expect((await put({ limits })).json).toMatchObject({ version: 1, changed: [], patients: [], limits })
    expect(await patient(same)).toMatchObject({ limits: LIMIT_PROFILES.copd })
    const later = await newPatient({ limitProfile: 'copd' })
    expect(await patient(later)).toMatchObject({ limits })

    const lower = { ...limits, spo2: { low: 82 } }
    const also = await put({ limits: lower, alsoPatients: true, version: 1 })
    expect(also.json).toMatchObject({ version: 2, changed: [later], patients: [later] })
    expect(await patient(later)).toMatchObject({ limits: lower })
    expect(await patient(own)).toMatchObject({ limits: { spo2: { low: 80 } } })
    expect((await put({ limits, version: 1 })).json['code']).toBe('PW_CONFLICT')
    expect((await put({ limits, version: 0 })).json['code']).toBe('PW_CONFLICT')
  })

  test('of adults are what a new patient without a profile begins with', async () => {
    expect((await put({ limits: { heartRate: { low: 45 } } }, 'adult')).status).toBe(200)
    const id = await newPatient({})
    expect(await patient(id)).toMatchObject({ limits: { heartRate: { low: 45 } } })
    expect((await put({ limits: { heartRate: { low: 9, high: 5 } } }, 'adult')).status).toBe(400)
    expect((await put({ limits: {} }, 'giant')).status).toBe(400)
  })
})

describe('setting a device up', () => {
  test('where it connects is told', async () => {
    expect((await harness.call('GET', 'station')).json).toEqual({ host: '127.0.0.1', mqttPort: 11_883 })
  })

  test('why it does not come is told: a wrong password, a wrong name, what was quarantined', async () => {
    await harness.call('POST', 'devices', { body: { id: 'patch-1' } })
    const at = Date.now()
    const refused = (device: string, known: boolean) =>
      appendJson(
        harness.log,
        'findings',
        'system',
        { kind: 'refusal' },
        { device, at, code: 'PW_DEVICE_UNKNOWN', known },
      )
    await refused('patch-1', true)
    await refused('patch1', false)
    const reason = {
      device: 'patch-1',
      topic: 'bsn/v1/patch-1/vitals',
      code: 'PW_PAYLOAD_INVALID',
      detail: 'vitals.spo2 must be <= 100',
      receivedAt: at + 1,
      bytes: 3,
      sha256: 'x',
    }
    await harness.log.append('quarantine', [
      { key: 'patch-1', headers: { reason: JSON.stringify(reason) }, value: Buffer.from('abc') },
      { key: 'patch-1', headers: { reason: 'nonsense' }, value: Buffer.from('abc') },
    ])
    await vi.waitFor(async () => {
      const { json } = await harness.call('GET', 'devices/patch-1/trouble')
      expect(json).toEqual({
        device: 'patch-1',
        trouble: [
          { at: at + 1, what: 'quarantined', code: reason.code, detail: reason.detail, topic: reason.topic },
          { at, what: 'refused', code: 'PW_DEVICE_UNKNOWN' },
        ],
        strangers: [{ name: 'patch1', at }],
      })
    })
    await harness.call('POST', 'devices', { body: { id: 'patch1' } })
    expect((await harness.call('GET', 'devices/patch-1/trouble')).json['strangers']).toEqual([])
  })
})
