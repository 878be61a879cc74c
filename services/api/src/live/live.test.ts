import type { UplinkMessage } from '@pulsewire/contracts'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  appendAlarmEvent,
  appendJson,
  appendUplink,
  exampleAlarm,
  startHarness,
  type Harness,
} from '../testing/harness.ts'
import { block, vitals } from '../testing/uplinks.ts'
import { openLive, type LiveSocket } from '../testing/live-socket.ts'

let harness: Harness
const sockets: LiveSocket[] = []
beforeEach(async () => {
  harness = await startHarness({ maxBufferedBytes: 100_000 })
})
afterEach(async () => {
  for (const { socket } of sockets.splice(0)) socket.terminate()
  await harness.stop()
})

async function open(query: Record<string, string> = {}): Promise<LiveSocket> {
  const live = await openLive(harness.origin, { token: harness.token, ...query })
  sockets.push(live)
  return live
}

const send = (uplink: UplinkMessage, patient = 'p1', device = 'd1'): Promise<void> =>
  appendUplink(harness.log, uplink, { device, patient })

describe('what a live socket says', () => {
  test('hello comes first, with who is signed in and where the stream stands', async () => {
    const { messages } = await open()
    expect(messages[0]).toMatchObject({ type: 'hello', user: 'admin', roles: ['admin'], position: expect.any(String) })
  })

  test('that a device was refused, or something of it quarantined, without a word of what it sent', async () => {
    const live = await open({ patients: 'p1' })
    const refusal = { device: 'd1', at: Date.now(), code: 'PW_DEVICE_UNKNOWN', known: true }
    await appendJson(harness.log, 'findings', 'system', { kind: 'refusal' }, refusal)
    const reason = {
      device: 'd2',
      topic: 't',
      code: 'PW_PAYLOAD_INVALID',
      detail: 'Ada',
      receivedAt: Date.now(),
      bytes: 3,
      sha256: '',
    }
    await harness.log.append('quarantine', [
      { key: 'd2', headers: { reason: JSON.stringify(reason) }, value: Buffer.from('x') },
    ])
    await vi.waitFor(() => {
      const told = live.messages.filter((message) => 'trouble' in message)
      expect(told).toContainEqual(expect.objectContaining({ type: 'status', device: 'd1', trouble: true }))
      expect(told).toContainEqual({ type: 'status', device: 'd2', trouble: true })
    })
  })

  test('vitals, waveforms, statuses, findings, beats, derived series, observations and alarms come in their shapes', async () => {
    const live = await open()
    const at = Date.now()
    await send(vitals(72, at))
    await send(block(3, at, ['ecg.II']))
    await send({ kind: 'status', message: { state: 'online', battery: 80 } })
    const finding = {
      id: `p1.asystole.${at}`,
      type: 'asystole',
      patient: 'p1',
      status: 'open',
      onset: at,
      seenUntil: at,
      late: false,
      confidence: 1,
      quality: 1,
      message: 'Asystole',
      evidence: {},
      rule: { name: 'asystole', version: '1' },
    }
    await appendJson(harness.log, 'findings', 'p1', { kind: 'finding' }, finding)
    const beats = { patient: 'p1', device: 'd1', signal: 'ecg.II', from: at, to: at + 1000, beats: [[at + 10, 'N']] }
    await appendJson(harness.log, 'findings', 'p1', { kind: 'beats' }, beats)
    const derived = { patient: 'p1', device: 'd1', series: [{ code: 'heartRate.ecg', points: [[at, 71]] }] }
    await appendJson(harness.log, 'findings', 'p1', { kind: 'derived' }, derived)
    const observation = {
      type: 'observation',
      id: 'o',
      patient: 'p1',
      by: 'eve',
      at,
      observedAt: at,
      vitals: { systolic: 118 },
    }
    await appendJson(harness.log, 'staff-commands', 'p1', { type: 'observation' }, observation)
    const alarm = exampleAlarm('p1', at)
    await appendAlarmEvent(harness.log, { patient: 'p1', version: 1, at, event: 'raised', alarm })
    const monitoring = { state: 'standby' as const }
    await appendAlarmEvent(harness.log, { patient: 'p1', version: 2, at, event: 'monitoring', monitoring })

    await vi.waitFor(() => expect(live.data()).toHaveLength(10))
    const said = live.data()
    for (const message of said) expect(message.position).toEqual(expect.any(String))
    for (const expected of [
      { type: 'vitals', patient: 'p1', device: 'd1', time: at, late: false, vitals: { heartRate: 72 } },
      {
        type: 'waveform',
        signals: [{ name: 'ecg.II', unit: 'mV', rateHz: 250, segments: [{ start: at, samples: [1, 1, 1] }] }],
      },
      { type: 'status', device: 'd1', patient: 'p1', state: 'online', battery: 80 },
      { type: 'finding', finding },
      { type: 'beats', patient: 'p1', signal: 'ecg.II', beats: [[at + 10, 'N']] },
      { type: 'vitals', device: 'd1', vitals: { 'heartRate.ecg': 71 } },
      { type: 'vitals', device: 'staff', vitals: { systolic: 118 } },
      { type: 'action', action: observation },
      { type: 'alarm', event: 'raised', alarm },
      { type: 'status', patient: 'p1', monitoring },
    ]) {
      expect(said).toContainEqual(expect.objectContaining(expected))
    }
  })

  test('missing samples are null, and data that was old when it arrived is marked late', async () => {
    const live = await open()
    const at = Date.now() - 60_000
    const message = block(1, at, ['ppg']).message
    if (!('signals' in message)) throw new Error('not a block')
    const samples = Int16Array.of(-32768, 200)
    const signals = [{ name: 'ppg', unit: '1', scale: 0.1, offset: 100, samples }]
    await appendUplink(harness.log, { kind: 'waveform', message: { ...message, signals } } as UplinkMessage, {
      device: 'd1',
      patient: 'p1',
      receivedAt: Date.now(),
    })
    await vi.waitFor(() => expect(live.data()).toHaveLength(1))
    expect(live.data()[0]).toMatchObject({ late: true, signals: [{ segments: [{ samples: [null, 10] }] }] })
  })

  test('a change of the registry is told, and the system says each second that it lives', async () => {
    const live = await open()
    await harness.call('POST', 'patients', { body: { name: 'A' } })
    await vi.waitFor(() => expect(live.messages).toContainEqual({ type: 'status', registry: true }))
    expect(live.messages.find((message) => 'system' in message)).toMatchObject({
      serverTime: expect.any(Number),
      system: { ok: false, detectors: [], detail: expect.stringContaining('No analysis') },
    })
    const heartbeat = { worker: 'w', at: Date.now(), partitions: [0, 1, 2, 3] }
    await appendJson(harness.log, 'findings', 'w', { kind: 'heartbeat' }, heartbeat)
    await vi.waitFor(
      () => {
        const system = live.messages.findLast((message) => 'system' in message)?.['system']
        expect(system).toMatchObject({ ok: true, detectors: [{ worker: 'w' }] })
      },
      { timeout: 5_000 },
    )
  })
})

describe('filters', () => {
  test('a socket gets only the patients and signals that it asked for', async () => {
    const live = await open({ patients: 'p1', signals: 'ppg' })
    const nothingOfWaves = await open({ patients: 'p1', signals: '' })
    await send(vitals(70), 'p2')
    await send(block(2, Date.now(), ['ecg.II']))
    await send(block(2))
    await send(vitals(71))
    await vi.waitFor(() => expect(live.data()).toHaveLength(2))
    await vi.waitFor(() => expect(nothingOfWaves.data()).toHaveLength(1))
    expect(live.data()[0]).toMatchObject({ type: 'waveform', signals: [{ name: 'ppg' }] })
    expect(live.data()[1]).toMatchObject({ type: 'vitals', vitals: { heartRate: 71 } })
  })
})

describe('who may listen', () => {
  test('nobody without a session, and no analyst; a cookie serves our own pages alone', async () => {
    await expect(openLive(harness.origin, {})).rejects.toThrow('HTTP 401')
    await expect(openLive(harness.origin, { token: 'x' })).rejects.toThrow('HTTP 401')
    await expect(openLive(harness.origin, { token: await harness.tokenOf('analyst') })).rejects.toThrow('HTTP 403')
    const cookie = `pulsewire_session=${harness.token}`
    await expect(openLive(harness.origin, {}, { cookie, origin: 'http://evil.example' })).rejects.toThrow('HTTP 403')
    sockets.push(await openLive(harness.origin, {}, { cookie, origin: harness.origin }))
    sockets.push(await openLive(harness.origin, {}, { authorization: `Bearer ${harness.token}` }))
  })

  test('the end of the session closes the socket', async () => {
    const token = await harness.tokenOf('viewer')
    const live = await openLive(harness.origin, { token })
    sockets.push(live)
    await harness.call('DELETE', 'session', { token })
    expect(await live.closed).toBe(4401)
  })

  test('a user who is disabled hears no more', async () => {
    const token = await harness.tokenOf('viewer')
    const live = await openLive(harness.origin, { token })
    sockets.push(live)
    await harness.call('PATCH', 'users/the-viewer', { body: { disabled: true } })
    expect(await live.closed).toBe(4401)
  })

  test('a plain GET is told to connect by WebSocket', async () => {
    expect((await harness.call('GET', 'live')).json).toMatchObject({ code: 'PW_REQUEST_INVALID' })
  })
})

test('an unreadable record is stepped over: what comes after it comes', async () => {
  const live = await open()
  await harness.log.append('telemetry', [{ key: 'p1', headers: { kind: 'vitals' }, value: Buffer.from('garbage') }])
  await harness.log.append('findings', [{ key: 'p1', headers: { kind: 'finding' }, value: Buffer.from('{') }])
  await harness.log.append('alarms', [{ key: 'p1', headers: {}, value: Buffer.from('[]') }])
  await send(vitals(72))
  await vi.waitFor(() => expect(live.data()).toHaveLength(1))
})

test('a stop says goodbye to the sockets', async () => {
  const live = await open()
  await harness.api.stop()
  expect([1001, 1005]).toContain(await live.closed)
})

describe('how many sockets', () => {
  test('a user may have only so many, others are not in the way, and one that closes makes room', async () => {
    const few = await startHarness({ maxSocketsPerUser: 2 })
    try {
      const openAs = (token: string): Promise<LiveSocket> => openLive(few.origin, { token })
      const first = await openAs(few.token)
      await openAs(few.token)
      await expect(openAs(few.token)).rejects.toThrow('HTTP 429')
      const other = await openAs(await few.tokenOf('viewer'))
      expect(other.messages[0]).toMatchObject({ type: 'hello' })
      first.socket.close()
      await vi.waitFor(async () => expect((await openAs(few.token)).messages[0]).toMatchObject({ type: 'hello' }))
    } finally {
      await few.stop()
    }
  })
})
