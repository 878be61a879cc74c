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

let seq = 0
function vitals(heartRate: number, at = Date.now()): UplinkMessage {
  return { kind: 'vitals', message: { boot: 'b', seq: seq++, at, vitals: { heartRate } } }
}
function block(samples: number, at = Date.now(), names = ['ecg.II', 'ppg']): UplinkMessage {
  const signals = names.map((name) => ({
    name,
    unit: 'mV',
    scale: 0.005,
    offset: 0,
    samples: new Int16Array(samples).fill(200),
  }))
  return { kind: 'waveform', message: { boot: 'b', seq: seq++, at, rateHz: 250, signals } }
}
const send = (uplink: UplinkMessage, patient = 'p1', device = 'd1'): Promise<void> =>
  appendUplink(harness.log, uplink, { device, patient })

describe('what a live socket says', () => {
  test('hello comes first, with who is signed in and where the stream stands', async () => {
    const { messages } = await open()
    expect(messages[0]).toMatchObject({ type: 'hello', user: 'admin', roles: ['admin'], position: expect.any(String) })
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

    await vi.waitFor(() => expect(live.data()).toHaveLength(9))
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

describe('resuming', () => {
  test('from any position, live or replayed, exactly what followed comes once: nothing lost, nothing repeated', async () => {
    const first = await open({ signals: 'ppg' })
    const patients = ['p1', 'p2', 'p3']
    for (let i = 0; i < 30; i++) await send(i % 5 === 0 ? block(4) : vitals(i), patients[i % 3])
    const at = Date.now()
    const points = [at, at + 1000, at + 2000].map((time) => [time, 60])
    await appendJson(
      harness.log,
      'findings',
      'p1',
      { kind: 'derived' },
      { patient: 'p1', series: [{ code: 'news2', points }] },
    )
    await vi.waitFor(() => expect(first.data()).toHaveLength(33))
    const sent = first.data()

    for (const cut of [0, 7, 15, 30, 31, 32]) {
      const since = cut === 0 ? first.messages[0]?.position : sent[cut - 1]?.position
      const again = await open({ signals: 'ppg', since: since ?? '' })
      await vi.waitFor(() => expect(again.data().length).toBeGreaterThanOrEqual(sent.length - cut))
      const key = (message: Record<string, unknown>): string => JSON.stringify({ ...message, position: undefined })
      expect(again.data().map(key).sort()).toEqual(sent.slice(cut).map(key).sort())
      // A position of the replay is as good as one of the stream.
      const half = again.data()[Math.floor((sent.length - cut) / 2)]
      const third = await open({ signals: 'ppg', since: half?.position ?? '' })
      const remaining = again.data().slice(Math.floor((sent.length - cut) / 2) + 1)
      await vi.waitFor(() => expect(third.data().length).toBeGreaterThanOrEqual(remaining.length))
      expect(third.data().map(key).sort()).toEqual(remaining.map(key).sort())
    }
  })

  test('while data keeps coming, the seam between replay and stream is exact and in order per patient', async () => {
    const watcher = await open()
    await send(vitals(0))
    await vi.waitFor(() => expect(watcher.data()).toHaveLength(1))
    const since = watcher.data()[0]?.position ?? ''
    for (let i = 1; i <= 100; i++) await send(vitals(i))
    const writing = new AbortController()
    let count = 100
    const writer = (async () => {
      while (!writing.signal.aborted) {
        await send(vitals(++count % 300))
        await new Promise((resolve) => setImmediate(resolve))
      }
    })()
    const resumed = await Promise.all([open({ since }), open({ since }), open({ since })])
    await vi.waitFor(() => expect(resumed[2]?.data().length).toBeGreaterThan(250))
    writing.abort()
    await writer
    for (const live of resumed) {
      await vi.waitFor(() => expect(live.data()).toHaveLength(count))
      const rates = live.data().map((message) => (message['vitals'] as { heartRate: number }).heartRate)
      expect(rates).toEqual(Array.from({ length: count }, (_, i) => (i + 1 <= 100 ? i + 1 : (i + 1) % 300)))
    }
  })

  test('a position that is none is refused; one that the log never reached starts at the newest, and says so', async () => {
    await expect(open({ since: 'nonsense' })).rejects.toThrow('HTTP 400')
    await expect(open({ since: '1_0_0_0_0' })).rejects.toThrow('HTTP 400')
    const live = await open({ since: '1_zz-0-0-0_0-0-0-0_0-0-0-0_0-0-0-0' })
    expect(live.messages[0]).toMatchObject({ type: 'hello', resumed: false })
  })

  test('an alarm event that every reader must ignore is neither streamed nor replayed', async () => {
    const live = await open()
    const alarm = exampleAlarm('p1', Date.now())
    const since = live.messages[0]?.position ?? ''
    await appendAlarmEvent(harness.log, { patient: 'p1', version: 1, at: Date.now(), event: 'raised', alarm })
    await appendAlarmEvent(harness.log, {
      patient: 'p1',
      version: 1,
      at: Date.now(),
      event: 'ended',
      alarm: { ...alarm, state: 'ended' },
    })
    await appendAlarmEvent(harness.log, {
      patient: 'p1',
      version: 2,
      at: Date.now(),
      event: 'escalated',
      alarm: { ...alarm, escalation: 1 },
    })
    await vi.waitFor(() => expect(live.data()).toHaveLength(2))
    const again = await open({ since })
    await vi.waitFor(() => expect(again.data()).toHaveLength(2))
    expect(again.data().map((message) => message['event'])).toEqual(['raised', 'escalated'])
  })
})

test('who is too far behind starts at the newest, is told how much it missed, and gets the alarms that stand', async () => {
  const other = await startHarness({ log: harness.log, maxReplayRecords: 10 })
  const early = await openLive(other.origin, { token: other.token })
  sockets.push(early)
  const alarm = exampleAlarm('p1', Date.now())
  await appendAlarmEvent(harness.log, { patient: 'p1', version: 1, at: Date.now(), event: 'raised', alarm })
  for (let i = 0; i < 20; i++) await send(vitals(i))
  await vi.waitFor(() => expect(early.data()).toHaveLength(21))
  const late = await openLive(other.origin, { token: other.token, since: early.messages[0]?.position ?? '' })
  sockets.push(late)
  await send(vitals(200))
  await vi.waitFor(() => expect(late.data()).toHaveLength(3))
  expect(late.messages[0]).toMatchObject({ type: 'hello', resumed: false })
  expect(late.data()).toMatchObject([{ dropped: 21 }, { type: 'alarm', alarm }, { vitals: { heartRate: 200 } }])
  for (const { socket } of sockets.splice(0)) socket.terminate()
  await other.api.stop()
})

describe('a slow browser', () => {
  test('is dropped to the newest data, told how much it missed, gets the alarms that stand, and holds up nobody', async () => {
    const alarm = exampleAlarm('p1', Date.now())
    await appendAlarmEvent(harness.log, { patient: 'p1', version: 1, at: Date.now(), event: 'raised', alarm })
    const slow = await open()
    const fast = await open()
    slow.socket.pause()
    const blocks = 250
    const started = Date.now()
    for (let i = 1; i <= blocks; i++) {
      await send(block(20_000, Date.now(), ['ecg.II']))
      await vi.waitFor(() => expect(fast.data()).toHaveLength(i), { interval: 1 })
    }
    const fastMs = Date.now() - started

    slow.socket.resume()
    await vi.waitFor(() => expect(slow.messages.some((message) => 'dropped' in message)).toBe(true), {
      timeout: 10_000,
    })
    const at = slow.messages.findIndex((message) => 'dropped' in message)
    const dropped = Number(slow.messages[at]?.['dropped'])
    const received = slow.messages.slice(0, at).filter((message) => message.type === 'waveform').length
    expect(dropped + received).toBe(blocks)
    expect(dropped).toBeGreaterThan(0)
    await vi.waitFor(() =>
      expect(slow.messages.slice(at)).toContainEqual(expect.objectContaining({ type: 'alarm', alarm })),
    )
    await send(vitals(99))
    await vi.waitFor(() => expect(slow.messages.slice(at).some((message) => message.type === 'vitals')).toBe(true))
    expect(fastMs).toBeLessThan(10_000)
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
