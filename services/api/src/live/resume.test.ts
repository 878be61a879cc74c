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
    await vi.waitFor(() => expect(resumed[2]?.data().length).toBeGreaterThan(250), { timeout: 10_000 })
    writing.abort()
    await writer
    for (const live of resumed) {
      await vi.waitFor(() => expect(live.data()).toHaveLength(count), { timeout: 10_000 })
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
    const fast = await open({ signals: '' })
    slow.socket.pause()
    const over = exampleAlarm('p2', Date.now())
    await appendAlarmEvent(harness.log, { patient: 'p2', version: 1, at: Date.now(), event: 'raised', alarm: over })
    const blocks = 200 // 16 MB: more than the kernel buffers on the way
    for (let i = 1; i <= blocks; i++) {
      await send(block(40_000, Date.now(), ['ecg.II']))
      await send(vitals(i))
      // Each arrives while the slow one still reads nothing.
      await vi.waitFor(() => expect(fast.data().filter(({ type }) => type === 'vitals')).toHaveLength(i), {
        interval: 1,
        timeout: 5_000,
      })
    }

    const alarmEnded = { ...over, state: 'ended' as const, endedAt: Date.now() }
    await appendAlarmEvent(harness.log, {
      patient: 'p2',
      version: 2,
      at: Date.now(),
      event: 'ended',
      alarm: alarmEnded,
    })
    await vi.waitFor(() => expect(fast.data().at(-1)).toMatchObject({ event: 'ended' }))
    slow.socket.resume()
    await vi.waitFor(() => expect(slow.messages.some((message) => 'dropped' in message)).toBe(true), {
      timeout: 10_000,
    })
    const at = slow.messages.findIndex((message) => 'dropped' in message)
    const dropped = Number(slow.messages[at]?.['dropped'])
    const received = slow.messages.slice(0, at).filter(({ type }) => type === 'waveform' || type === 'vitals').length
    expect(dropped + received).toBe(2 * blocks + 1) // and the end of the alarm
    expect(dropped).toBeGreaterThan(0)
    await vi.waitFor(() =>
      expect(slow.messages.slice(at)).toContainEqual(expect.objectContaining({ type: 'alarm', alarm })),
    )
    // What ended while it was away does not stay on its screen.
    await vi.waitFor(() => {
      const last = slow.messages.findLast(
        (message) => (message['alarm'] as { id?: string } | undefined)?.id === over.id,
      )
      expect(last).toMatchObject({ event: 'ended', alarm: { state: 'ended' } })
    })
    await send(vitals(99))
    await vi.waitFor(() => expect(slow.messages.slice(at).some((message) => message.type === 'vitals')).toBe(true))
  })
})
