import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openLive } from '../testing/live-socket.ts'
import { type Harness, startHarness } from '../testing/harness.ts'

let harness: Harness
beforeEach(async () => {
  harness = await startHarness()
  await harness.call('POST', 'patients', { body: { id: 'p1', name: 'Ada' } })
})
afterEach(async () => harness.stop())

const events = async (query = '') => harness.call('GET', `patients/p1/events${query}`)

describe('events of a patient', () => {
  it('what staff did and what happened to the devices come in order of time', async () => {
    const at = Date.now() - 60_000
    const common = { patient: 'p1', device: 'd1' }
    harness.data.events.push(
      { ...common, kind: 'status', time: at, body: { state: 'online', battery: 80 } },
      { ...common, kind: 'event', time: at + 1, body: { event: 'patient-button' } },
      { ...common, kind: 'status', time: at + 2, body: { state: 'offline' } },
    )
    await harness.call('POST', 'patients/p1/observations', { body: { vitals: { systolic: 118 } } })
    await harness.call('PUT', 'patients/p1/monitoring', { body: { state: 'standby' } })
    const { json } = await events()
    expect(json['devices']).toEqual([
      { time: at + 1, device: 'd1', what: 'patient-button' },
      { time: at + 2, device: 'd1', what: 'offline' },
    ])
    expect(json['actions']).toMatchObject([
      { type: 'observation', by: 'admin', vitals: { systolic: 118 } },
      { type: 'monitoring', by: 'admin', state: 'standby' },
    ])
  })

  it('all events come, however many the store has', async () => {
    const at = Date.now() - 60_000
    for (let index = 0; index < 12_000; index++) {
      harness.data.events.push({
        patient: 'p1',
        device: 'd1',
        kind: 'event',
        time: at + Math.floor(index / 2),
        body: { event: `e${index}` },
      })
    }
    const { json } = await events(`?from=${at}`)
    const told = (json['devices'] as { what: string }[]).map(({ what }) => what)
    expect(told).toEqual(Array.from({ length: 12_000 }, (_, index) => `e${index}`))
  })

  it('refuses a range of years, and who may not look at the ward', async () => {
    expect((await events('?from=2020-01-01&to=2022-01-01')).json['code']).toBe('PW_REQUEST_INVALID')
    const token = await harness.tokenOf('analyst')
    expect((await harness.call('GET', 'patients/p1/events', { token })).status).toBe(403)
  })

  it('limits that were changed are told with the old value, by whom and when; a change of something else is not', async () => {
    const change = async (body: object) => harness.call('PATCH', 'patients/p1', { body })
    await change({ limits: { heartRate: { low: 45, high: 130 } } })
    await change({ place: 'Bed 4' })
    await change({ limitProfile: 'copd' })
    const { json } = await harness.call('GET', 'patients/p1/limits/history')
    expect(json['changes']).toMatchObject([
      {
        by: 'admin',
        profile: 'copd',
        changes: [
          { code: 'heartRate', side: 'low', before: 45, after: 50 },
          { code: 'heartRate', side: 'high', before: 130, after: 120 },
          { code: 'spo2', side: 'low', before: 90, after: 86 },
        ],
      },
      {
        changes: [
          { code: 'heartRate', side: 'low', before: 50, after: 45 },
          { code: 'heartRate', side: 'high', before: 120, after: 130 },
        ],
      },
    ])
  })

  it('is told live to those who watch the patient', async () => {
    const live = await openLive(harness.origin, { token: harness.token, patients: 'p1' })
    await harness.call('POST', 'patients/p1/annotations', { body: { text: 'walks' } })
    await expect
      .poll(() => live.data())
      .toMatchObject([{ type: 'action', action: { type: 'annotation', patient: 'p1', annotation: { text: 'walks' } } }])
    live.socket.close()
  })
})
