import type { AlarmEventName } from '@pulsewire/contracts'
import { describe, expect, it } from 'vitest'
import { alarmFixture } from '../alarms/fixtures.ts'
import type { LiveMessage, PatientRow } from './messages.ts'
import { parseLiveMessage } from './messages.ts'
import { type WardAction, reduceWard } from './reducer.ts'
import { EMPTY_WARD, type WardState } from './state.ts'

const NOW = 1_790_000_000_000
const row = (change: Partial<PatientRow> = {}): PatientRow => ({
  id: 'p1',
  name: 'M. Reyes',
  limits: {},
  version: 1,
  monitoring: { state: 'on' },
  devices: [],
  latest: {},
  ...change,
})
const message = (value: LiveMessage, at = NOW): WardAction => ({ kind: 'message', message: value, at })
const vitals = (time: number, values: Record<string, number>): LiveMessage => ({
  type: 'vitals',
  patient: 'p1',
  device: 'd1',
  time,
  receivedAt: time,
  late: false,
  vitals: values,
})
const alarmLive = (change: Parameters<typeof alarmFixture>[0], event: AlarmEventName = 'raised'): LiveMessage => ({
  type: 'alarm',
  event,
  at: NOW,
  alarm: alarmFixture(change),
})
const run = (...actions: WardAction[]): WardState => actions.reduce(reduceWard, EMPTY_WARD)
const loaded: WardAction = { kind: 'patients-loaded', patients: [row()] }

describe('the state of the ward', () => {
  it('shows the newest value by its own time: late data never takes the place of what is newer', () => {
    const state = run(
      loaded,
      message(vitals(NOW, { heartRate: 80 })),
      message(vitals(NOW - 60_000, { heartRate: 40, spo2: 97 })),
    )
    expect(state.patients.get('p1')?.values['heartRate']?.value).toBe(80)
    expect(state.patients.get('p1')?.values['spo2']).toEqual({ value: 97, unit: '%', time: NOW - 60_000, device: 'd1' })
  })

  it('keeps what came live when the slower first load arrives', () => {
    const latest = { heartRate: { value: 60, unit: '/min', time: NOW - 5000, device: 'd1' } }
    const state = run(loaded, message(vitals(NOW, { heartRate: 80 })), {
      kind: 'patients-loaded',
      patients: [row({ latest })],
    })
    expect(state.patients.get('p1')?.values['heartRate']?.value).toBe(80)
  })

  it('does not bring back an alarm that changed while the list was on its way', () => {
    const state = run(message(alarmLive({ id: 'a', state: 'acknowledged' }, 'acknowledged')), {
      kind: 'alarms-loaded',
      startedAt: 0,
      alarms: [alarmFixture({ id: 'a' }), alarmFixture({ id: 'b' })],
    })
    expect(state.alarms.get('a')?.alarm.state).toBe('acknowledged')
    expect(state.alarms.get('b')?.alarm.state).toBe('active')
  })

  it('forgets alarms that a new list does not have, and those that end', () => {
    const first = run(message(alarmLive({ id: 'a' })), message(alarmLive({ id: 'b' })))
    const ended = reduceWard(first, message(alarmLive({ id: 'a', state: 'ended' }, 'ended')))
    expect([...ended.alarms.keys()]).toEqual(['b'])
    const reloaded = reduceWard(ended, { kind: 'alarms-loaded', startedAt: ended.heard, alarms: [] })
    expect(reloaded.alarms.size).toBe(0)
  })

  it('is lost after silence and live again with the next message', () => {
    const lost = reduceWard(run(message({ type: 'status', serverTime: NOW })), { kind: 'silence' })
    expect(lost.connection.phase).toBe('lost')
    expect(reduceWard(lost, message({ type: 'status', serverTime: NOW })).connection.phase).toBe('live')
  })

  it("knows the server's clock", () => {
    const state = run(
      message({ type: 'hello', serverTime: NOW + 7000, user: 'admin', roles: ['admin'], resumed: false }),
    )
    expect(state.connection.clockOffsetMs).toBe(7000)
    expect(state.user).toBe('admin')
  })

  it('tells which devices are on and off', () => {
    const state = run(
      { kind: 'patients-loaded', patients: [row({ devices: [{ id: 'd1', state: 'online', battery: 80 }] })] },
      message({ type: 'status', device: 'd1', patient: 'p1', state: 'offline', time: NOW }),
    )
    expect(state.patients.get('p1')?.devices).toEqual([{ id: 'd1', state: 'offline', battery: 80, lastSeenAt: NOW }])
  })

  it('knows until when the sound of a patient is paused', () => {
    const state = run(
      loaded,
      message(alarmLive({ priority: 'medium' })),
      message({ type: 'status', patient: 'p1', monitoring: { state: 'on', audioPausedUntil: NOW + 120_000 } }),
    )
    expect(state.patients.get('p1')?.monitoring).toEqual({ state: 'on', audioPausedUntil: NOW + 120_000 })
  })

  it('changes only the patient that a message is about, and nothing for a stranger', () => {
    const state = run({ kind: 'patients-loaded', patients: [row(), row({ id: 'p2' })] })
    const next = reduceWard(state, message(vitals(NOW, { heartRate: 80 })))
    expect(next.patients.get('p2')).toBe(state.patients.get('p2'))
    const stranger = reduceWard(state, message({ ...vitals(NOW, { heartRate: 1 }), patient: 'p9' } as LiveMessage))
    expect(stranger.patients).toBe(state.patients)
  })

  it('takes the message that was under way for the shortest time for the server’s clock', () => {
    const status = (lateMs: number, serverTime: number) =>
      message({ type: 'status', serverTime }, serverTime - 500 + lateMs)
    const delays = [5, 400, 3, 90, 30]
    const state = run(...delays.map((lateMs, i) => status(lateMs, NOW + i * 1000)))
    expect(state.connection.clockOffsetMs).toBe(500 - 3)
  })

  it('follows at once a clock that was set', () => {
    const at = (serverTime: number, offset: number) => message({ type: 'status', serverTime }, serverTime - offset)
    expect(run(at(NOW, 0), at(NOW + 1000, -60_000)).connection.clockOffsetMs).toBe(-60_000)
  })

  it('counts what the server left out and when the registry changed', () => {
    const state = run(message({ type: 'status', dropped: 12 }), message({ type: 'status', registry: true }))
    expect([state.connection.dropped, state.registry]).toEqual([12, 1])
  })
})

it('reads what it knows and leaves the rest alone', () => {
  expect(parseLiveMessage('{"type":"hello","serverTime":1}')).toMatchObject({ type: 'hello' })
  expect(parseLiveMessage('{"type":"news"}')).toBeUndefined()
  expect(parseLiveMessage('null')).toBeUndefined()
  expect(parseLiveMessage('{')).toBeUndefined()
})
