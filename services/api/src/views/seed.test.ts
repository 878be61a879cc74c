import { createMemoryEventLog } from '@pulsewire/event-log'
import { openRegistryView } from '@pulsewire/registry'
import { createMetrics, createSilentLogger } from '@pulsewire/runtime'
import { afterEach, expect, test, vi } from 'vitest'
import { startLiveHub } from '../live/hub.ts'
import { createFakeStore } from '../testing/fake-store.ts'
import {
  appendAlarmEvent,
  appendUplink,
  exampleAlarm,
  PARTITIONS,
  startHarness,
  type Harness,
} from '../testing/harness.ts'
import { vitals } from '../testing/uplinks.ts'
import { createProbe } from './probe.ts'
import { liveStart, seedAlarms, seedViews } from './seed.ts'
import { createViews } from './views.ts'

const running: Harness[] = []
afterEach(async () => {
  for (const harness of running.splice(0)) await harness.stop()
})

test('after a start, log and store together leave no hole in the latest values and the states of the devices', async () => {
  const log = createMemoryEventLog({ partitions: PARTITIONS })
  const first = await startHarness({ log })
  await first.call('POST', 'patients', { body: { id: 'p1', name: 'A' } })
  await first.call('POST', 'devices', { body: { id: 'd1' } })
  await first.call('PUT', 'devices/d1/patient', { body: { patient: 'p1' } })
  await first.api.stop()

  const at = Date.now()
  const fake = createFakeStore()
  fake.data.vitals.push({ patient: 'p1', device: 'd1', code: 'spo2', time: at - 5_000, value: 97 })
  fake.data.vitals.push({ patient: 'p1', device: 'd1', code: 'heartRate', time: at - 5_000, value: 60 })
  const body = { state: 'online', battery: 44 }
  fake.data.events.push({ device: 'd1', kind: 'status', time: at - 9_000, body })
  const alarm = exampleAlarm('p1', at)
  await appendAlarmEvent(log, { patient: 'p1', version: 1, at, event: 'raised', alarm })
  await appendUplink(log, vitals(72, at), { device: 'd1', patient: 'p1' }) // not recorded yet

  const second = await startHarness({ log, fake })
  running.push(second)
  expect((await second.call('GET', 'patients/p1')).json).toMatchObject({
    devices: [{ id: 'd1', state: 'online', battery: 44, lastSeenAt: at + 20 }],
    latest: { spo2: { value: 97 }, heartRate: { value: 72, time: at } },
  })
  expect((await second.call('GET', 'alarms?state=active')).json['alarms']).toEqual([alarm])
})

test('reading starts where the store stands, alarms where their snapshots do if that is earlier, never beyond the ends', async () => {
  const log = createMemoryEventLog({ partitions: 1 })
  const fake = createFakeStore()
  for (let i = 0; i < 5; i++) await appendUplink(log, vitals(70 + i), { device: 'd1' })
  await appendAlarmEvent(log, {
    patient: 'p1',
    version: 1,
    at: Date.now(),
    event: 'raised',
    alarm: exampleAlarm('p1', Date.now()),
  })
  fake.data.positions = [
    { topic: 'telemetry', partition: 0, offset: 3 },
    { topic: 'alarms', partition: 0, offset: 1 },
    { topic: 'findings', partition: 0, offset: 99 },
  ]
  const deps = { log, store: fake.store, logger: createSilentLogger(), now: Date.now }
  const startOf = async (alarmsFrom: number): Promise<Record<string, number>> => {
    const start = await liveStart({ ...deps, alarmsFrom: new Map([[0, alarmsFrom]]) })
    return Object.fromEntries(start.map(({ topic, offset }) => [topic, offset]))
  }
  expect(await startOf(0)).toEqual({ telemetry: 3, findings: 0, alarms: 0, 'staff-commands': 0 })
  expect((await startOf(1))['alarms']).toBe(1)
  expect((await startOf(99))['alarms']).toBe(1)
  await log.close()
})

test('alarms are as their snapshots and the events after those have them, however long ago they were raised', async () => {
  const log = createMemoryEventLog({ partitions: 1 })
  const fake = createFakeStore()
  const at = Date.now()
  const [old, over, fresh] = ['p1', 'p2', 'p3'].map((patient) => exampleAlarm(patient, at - 90_000_000))
  if (old === undefined || over === undefined || fresh === undefined) throw new Error('three alarms were wanted')
  const event = (alarm: typeof old, version: number, name: 'raised' | 'ended'): Promise<void> => {
    const state = name === 'ended' ? ({ state: 'ended', endedAt: at } as const) : {}
    return appendAlarmEvent(log, { patient: alarm.patient, version, at, event: name, alarm: { ...alarm, ...state } })
  }
  await event(old, 1, 'raised')
  await event(over, 1, 'raised')
  await event(over, 2, 'ended')
  const snapshot = async (patient: string, version: number, alarms: (typeof old)[]): Promise<void> => {
    const byId = Object.fromEntries(alarms.map((alarm) => [alarm.id, alarm]))
    const monitoring = { state: 'standby' }
    const state = { patient, version, alarms: byId, suppressed: {}, ended: {}, causes: {}, monitoring }
    const value = Buffer.from(JSON.stringify({ version: 1, alarmsFrom: 2, state }))
    await log.append('alarm-state', [{ key: patient, headers: {}, value }])
  }
  await snapshot('p1', 1, [old])
  await snapshot('p2', 2, [])
  await event(fresh, 1, 'raised')
  // The store has what came before the last of p2 alone.
  fake.data.positions = [{ topic: 'alarms', partition: 0, offset: 2 }]

  const views = createViews(1)
  const logger = createSilentLogger()
  const alarmsFrom = await seedAlarms({ log, views, logger })
  expect(alarmsFrom).toEqual(new Map([[0, 2]]))
  const from = await liveStart({ log, store: fake.store, logger, now: Date.now, alarmsFrom })
  const hub = await startLiveHub({ log, views, logger, metrics: createMetrics('api'), from })
  expect(await hub.reached([{ topic: 'alarms', partition: 0, offset: 4 }], 5_000)).toBe(true)
  expect(views.alarms.current()).toEqual([old, fresh])
  expect(views.alarms.get(over.id)?.state).toBe('ended')
  expect(views.alarms.monitoringOf('p1')).toEqual({ state: 'standby' })
  await event(old, 2, 'ended')
  expect(await hub.reached([{ topic: 'alarms', partition: 0, offset: 5 }], 5_000)).toBe(true)
  expect(views.alarms.current()).toEqual([fresh])
  await hub.stop()
  await log.close()
})

test('a recorder that stands still while messages wait is noticed, and that it goes on again', async () => {
  const log = createMemoryEventLog({ partitions: 1 })
  const view = await openRegistryView(log)
  const { store, data } = createFakeStore()
  let now = 1_000_000
  const probe = createProbe({ log, view, store, now: () => now })
  expect(await probe()).toEqual({ log: 'ok', registry: 'ok', store: 'ok', recording: 'ok', ok: true })
  await appendUplink(log, vitals(70), { device: 'd1' })
  now += 14_000
  expect((await probe()).recording).toBe('ok')
  now += 2_000
  expect(await probe()).toMatchObject({ ok: false, recording: expect.stringContaining('1 messages wait') })
  data.positions = [{ topic: 'telemetry', partition: 0, offset: 1 }]
  expect((await probe()).ok).toBe(true)
  await view.close()
  await log.close()
})

test('a store that never answers is told apart from one that does', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  try {
    const log = createMemoryEventLog({ partitions: 1 })
    const view = await openRegistryView(log)
    const { store } = createFakeStore()
    const stuck = { ...store, positions: () => new Promise<never>(() => undefined) }
    const probe = createProbe({ log, view, store: stuck, now: Date.now })
    const result = probe()
    await vi.advanceTimersByTimeAsync(2_000)
    expect(await result).toMatchObject({ ok: false, log: 'ok', store: 'no answer within 2000 ms' })
    await view.close()
    await log.close()
  } finally {
    vi.useRealTimers()
  }
})

test('a store that takes long does not hold up the start, and what it says at last is taken in', async () => {
  const log = createMemoryEventLog({ partitions: PARTITIONS })
  const registry = await openRegistryView(log)
  const views = createViews(PARTITIONS)
  let answer = (): void => undefined
  const hanging = new Promise<void>((resolve) => (answer = resolve))
  const { store } = createFakeStore()
  const value = { patient: 'p1', device: 'd1', code: 'heartRate', time: 1, value: 60 }
  const slow = {
    ...store,
    positions: () => hanging.then(() => []),
    latest: () => hanging.then(() => [value]),
  }
  const deps = { store: slow, logger: createSilentLogger(), now: Date.now, storeWithinMs: 20 }
  const starts = await liveStart({ ...deps, log, alarmsFrom: new Map() })
  expect(starts.length).toBeGreaterThan(0)
  await seedViews({ ...deps, registry, views })
  expect(views.latest.of('p1').size).toBe(0)
  answer()
  await vi.waitFor(() => expect(views.latest.of('p1').get('heartRate')).toEqual(value))
  await registry.close()
  await log.close()
})
