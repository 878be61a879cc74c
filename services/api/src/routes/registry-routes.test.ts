import { openRegistryView, verifyDeviceSecret } from '@pulsewire/registry'
import { DEFAULT_LIMITS, LIMIT_PROFILES } from '@pulsewire/contracts'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { appendUplink, startHarness, type Harness } from '../testing/harness.ts'

let harness: Harness
beforeAll(async () => {
  harness = await startHarness()
})
afterAll(() => harness.stop())

const newPatient = async (name = 'M. Reyes'): Promise<string> =>
  String((await harness.call('POST', 'patients', { body: { name } })).json['id'])

describe('patients', () => {
  test('what was registered is there at once, with the limits in force', async () => {
    const body = { name: 'L. Okafor', dateOfBirth: '1967-02-28', sex: 'female', place: 'Bed 7' }
    const created = await harness.call('POST', 'patients', { body })
    expect(created.status).toBe(201)
    const expected = {
      ...body,
      version: 1,
      limits: DEFAULT_LIMITS,
      monitoring: { state: 'on' },
      devices: [],
      latest: {},
    }
    expect(created.json).toMatchObject(expected)
    const id = String(created.json['id'])
    expect(id).toMatch(/^[A-Za-z0-9_-]{12}$/)
    expect((await harness.call('GET', `patients/${id}`)).json).toEqual(created.json)
    expect((await harness.call('GET', 'patients')).json['patients']).toContainEqual(created.json)
  })

  test('an id may be brought, once', async () => {
    const body = { id: 'ward-4', name: 'A' }
    expect((await harness.call('POST', 'patients', { body })).json).toMatchObject({ id: 'ward-4' })
    const again = await harness.call('POST', 'patients', { body })
    expect([again.status, again.json['code']]).toEqual([409, 'PW_EXISTS'])
  })

  test('a profile puts all limits to its own, before those that are named beside it', async () => {
    const spo2 = { low: 84 }
    await harness.call('POST', 'patients', { body: { id: 'p9', name: 'C', limitProfile: 'child' } })
    expect((await harness.call('GET', 'patients/p9')).json).toMatchObject({
      limitProfile: 'child',
      limits: LIMIT_PROFILES.child,
    })
    const body = { limitProfile: 'copd', limits: { spo2 } }
    const changed = await harness.call('PATCH', 'patients/p9', { body })
    expect(changed.json).toMatchObject({ limitProfile: 'copd', limits: { ...LIMIT_PROFILES.copd, spo2 } })
    const wrong = await harness.call('PATCH', 'patients/p9', { body: { limitProfile: 'giant' } })
    expect(wrong.json['errors']).toMatchObject([{ field: 'limitProfile' }])
  })

  test('a change names what it changes; null removes; limits of other vitals stay', async () => {
    const id = await newPatient()
    const set = {
      place: 'Bed 1',
      limits: { heartRate: { low: 40, high: 140 }, glucose: {} },
      spo2Scale: 2,
      escalation: ['nurse', 'team'],
    }
    const changed = await harness.call('PATCH', `patients/${id}`, { body: set })
    expect(changed.json).toMatchObject({
      name: 'M. Reyes',
      place: 'Bed 1',
      version: 2,
      spo2Scale: 2,
      escalation: ['nurse', 'team'],
    })
    expect(changed.json['limits']).toEqual({ ...DEFAULT_LIMITS, heartRate: { low: 40, high: 140 }, glucose: {} })
    const removed = await harness.call('PATCH', `patients/${id}`, { body: { place: null, name: 'B' } })
    expect(removed.json).toMatchObject({ name: 'B', version: 3, limits: { heartRate: { low: 40, high: 140 } } })
    expect(removed.json).not.toHaveProperty('place')
  })

  test('of two changes from the same version, one wins and the other is told', async () => {
    const id = await newPatient()
    const change = (place: string) => harness.call('PATCH', `patients/${id}`, { body: { place, version: 1 } })
    const answers = await Promise.all([change('A'), change('B'), change('C')])
    expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([200, 409, 409])
    expect(answers.find(({ status }) => status === 409)?.json['code']).toBe('PW_CONFLICT')
  })

  test('changes without a version all take effect, also at the same moment', async () => {
    const id = await newPatient()
    const bodies = [{ place: 'Bed 9' }, { sex: 'male' }, { spo2Scale: 2 }]
    const answers = await Promise.all(bodies.map((body) => harness.call('PATCH', `patients/${id}`, { body })))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    expect((await harness.call('GET', `patients/${id}`)).json).toMatchObject({
      place: 'Bed 9',
      sex: 'male',
      spo2Scale: 2,
      version: 4,
    })
  })

  test('what is wrong is named', async () => {
    const wrong = await harness.call('POST', 'patients', {
      body: { name: '', dateOfBirth: '28.2.67', bed: 7, limits: { heartRate: { low: 9, high: 1 } } },
    })
    expect(wrong.status).toBe(400)
    expect(wrong.headers.get('content-type')).toContain('application/problem+json')
    expect(wrong.json).toMatchObject({ code: 'PW_REQUEST_INVALID', status: 400, class: 'permanent' })
    const fields = (wrong.json['errors'] as { field: string }[]).map(({ field }) => field)
    expect(fields.sort()).toEqual(['bed', 'dateOfBirth', 'limits.heartRate', 'name'])
    expect((await harness.call('PATCH', 'patients/nobody', { body: { place: 'x' } })).json['code']).toBe('PW_NOT_FOUND')
    expect((await harness.call('GET', 'patients/nobody')).status).toBe(404)
    expect((await harness.call('GET', 'patients?bed=7')).json['errors']).toMatchObject([{ field: 'bed' }])
  })
})

describe('devices', () => {
  test('the credential is told once, and is what a broker checks', async () => {
    const created = await harness.call('POST', 'devices', { body: { id: 'patch-1', model: 'PW-1' } })
    expect(created.status).toBe(201)
    expect(created.json).toMatchObject({
      id: 'patch-1',
      model: 'PW-1',
      patient: null,
      version: 1,
      credential: { username: 'patch-1' },
    })
    const { password } = created.json['credential'] as { password: string }
    const view = await openRegistryView(harness.log)
    const device = () => view.state.devices.get('patch-1')?.entity ?? { secretSha256: '' }
    expect(verifyDeviceSecret(device(), password)).toBe(true)

    const renewed = await harness.call('POST', 'devices/patch-1/credential')
    const next = (renewed.json['credential'] as { password: string }).password
    await view.catchUp()
    expect([verifyDeviceSecret(device(), password), verifyDeviceSecret(device(), next)]).toEqual([false, true])
    await view.close()

    const listed = await harness.call('GET', 'devices')
    expect(listed.text).not.toContain(password)
    expect(listed.text).not.toContain('secret')
    expect((await harness.call('POST', 'devices', { body: { id: 'patch-1' } })).json['code']).toBe('PW_EXISTS')
    expect((await harness.call('POST', 'devices/none/credential')).status).toBe(404)
  })

  test('without an id, and even without a body, one is made up', async () => {
    expect((await harness.call('POST', 'devices', { body: {} })).json['id']).toMatch(/^[A-Za-z0-9_-]{12}$/)
    expect((await harness.call('POST', 'devices')).status).toBe(201)
  })

  test('a device can be renamed and disabled, by version where wanted', async () => {
    await harness.call('POST', 'devices', { body: { id: 'patch-2', model: 'old' } })
    const changed = await harness.call('PATCH', 'devices/patch-2', {
      body: { model: null, disabled: true, version: 1 },
    })
    expect(changed.json).toMatchObject({ disabled: true, version: 2 })
    expect(changed.json).not.toHaveProperty('model')
    expect((await harness.call('PATCH', 'devices/patch-2', { body: { model: 'new', version: 1 } })).json['code']).toBe(
      'PW_CONFLICT',
    )
    expect((await harness.call('GET', 'devices/patch-2')).json).toMatchObject({ version: 2, history: [] })
    expect((await harness.call('GET', 'devices/none')).status).toBe(404)
  })

  test('who wears it: from now, from a moment in the past, nobody; the history is kept', async () => {
    await harness.call('POST', 'devices', { body: { id: 'patch-3' } })
    const [a, b] = [await newPatient('A'), await newPatient('B')]
    const wear = (body: object) => harness.call('PUT', 'devices/patch-3/patient', { body })
    expect((await wear({ patient: a })).json).toMatchObject({ device: 'patch-3', patient: a })
    const past = Date.now() - 3_600_000
    const spliced = await wear({ patient: b, from: new Date(past).toISOString() })
    expect(spliced.json).toMatchObject({ patient: a, history: [{ patient: b, from: past }, { patient: a }] })
    expect((await wear({ patient: null })).json).toMatchObject({ patient: null })
    expect((await harness.call('GET', 'devices/patch-3')).json['history']).toHaveLength(3)
    expect((await wear({ patient: 'nobody' })).status).toBe(404)
    expect((await wear({ patient: a, from: Date.now() + 3_600_000 })).json['code']).toBe('PW_REQUEST_INVALID')
    expect((await wear({})).json['errors']).toMatchObject([{ field: 'patient' }])
    expect((await harness.call('PUT', 'devices/none/patient', { body: { patient: a } })).status).toBe(404)
  })

  test('two people who put the same device on at once both have their say in the history', async () => {
    await harness.call('POST', 'devices', { body: { id: 'patch-4' } })
    const [a, b] = [await newPatient('A'), await newPatient('B')]
    const from = Date.now() - 1_000
    const wear = (patient: string, at: number) =>
      harness.call('PUT', 'devices/patch-4/patient', { body: { patient, from: at } })
    const answers = await Promise.all([wear(a, from), wear(b, from + 500)])
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    const { history } = (await harness.call('GET', 'devices/patch-4')).json
    expect(history).toEqual([
      { patient: a, from },
      { patient: b, from: from + 500 },
    ])
  })

  test('what a device says shows with the device and with who wears it', async () => {
    await harness.call('POST', 'devices', { body: { id: 'patch-5' } })
    const patient = await newPatient()
    await harness.call('PUT', 'devices/patch-5/patient', { body: { patient } })
    const at = Date.now()
    const to = { device: 'patch-5', patient, receivedAt: at + 5 }
    await appendUplink(harness.log, { kind: 'status', message: { state: 'online', battery: 61, firmware: '2.0' } }, to)
    await appendUplink(
      harness.log,
      { kind: 'vitals', message: { boot: 'b', seq: 1, at, vitals: { heartRate: 72, consciousness: 'A' } } },
      to,
    )
    await appendUplink(
      harness.log,
      { kind: 'vitals', message: { boot: 'b', seq: 0, at: at - 9, vitals: { heartRate: 60 } } },
      to,
    )
    await vi.waitFor(async () => {
      const { json } = await harness.call('GET', `patients/${patient}`)
      expect(json).toMatchObject({
        devices: [{ id: 'patch-5', state: 'online', battery: 61, lastSeenAt: at + 5 }],
        latest: {
          heartRate: { value: 72, unit: '/min', time: at, device: 'patch-5' },
          consciousness: { value: 'A' },
        },
      })
    })
    expect((await harness.call('GET', 'devices/patch-5')).json).toMatchObject({
      patient,
      lastSeenAt: at + 5,
      status: { state: 'online', battery: 61, firmware: '2.0', time: at + 5 },
    })
  })
})

describe('users', () => {
  test('can be made, changed and shut out; nothing shows a password', async () => {
    const created = await harness.call('POST', 'users', {
      body: { name: 'eve', password: 'longenough', roles: ['viewer'] },
    })
    expect(created.status).toBe(201)
    expect(created.json).toEqual({ name: 'eve', roles: ['viewer'], version: 1 })
    expect(
      (await harness.call('POST', 'users', { body: { name: 'eve', password: 'longenough', roles: ['viewer'] } })).json[
        'code'
      ],
    ).toBe('PW_EXISTS')
    const changed = await harness.call('PATCH', 'users/eve', { body: { roles: ['clinician'], disabled: true } })
    expect(changed.json).toEqual({ name: 'eve', roles: ['clinician'], disabled: true, version: 2 })
    const listed = await harness.call('GET', 'users')
    expect(listed.json['users']).toContainEqual(changed.json)
    expect(listed.text).not.toContain('argon2')
    const signIn = await harness.call('POST', 'session', { token: null, body: { user: 'eve', password: 'longenough' } })
    expect(signIn.json['code']).toBe('PW_SIGN_IN_FAILED')
    expect((await harness.call('PATCH', 'users/none', { body: { disabled: true } })).status).toBe(404)
    expect(
      (await harness.call('POST', 'users', { body: { name: 'x y', password: 'short', roles: ['king'] } })).json[
        'errors'
      ],
    ).toHaveLength(3)
  })

  test('somebody stays administrator', async () => {
    for (const body of [{ disabled: true }, { roles: ['viewer'] }])
      expect((await harness.call('PATCH', 'users/admin', { body })).json['code']).toBe('PW_LAST_ADMIN')
  })
})
