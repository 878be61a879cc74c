import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { UplinkMessage } from '@pulsewire/contracts'
import type { Source } from '../reading.ts'
import { startTestBroker, type TestBroker } from '../testing/index.ts'
import { startWearable } from '../wearable.ts'
import { systemClock } from './clock.ts'
import { startNode } from './node.ts'
import type { NodeOptions, RunningNode } from './node-types.ts'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

async function broker(): Promise<TestBroker> {
  const started = await startTestBroker()
  cleanups.push(() => started.stop().catch(() => undefined))
  return started
}

/** One event every 4 ms of source time, `count` of them. */
function ticking(count: number): Source {
  let index = 0
  return {
    next() {
      if (index >= count) return undefined
      const fromMs = index * 4
      index += 1
      return { fromMs, durationMs: 4, readings: [{ kind: 'event', offsetMs: fromMs, event: 'tick' }] }
    },
  }
}

function node(source: Source, at: TestBroker, options: Partial<NodeOptions> = {}): RunningNode {
  const started = startNode(source, {
    url: at.url,
    device: 'd1',
    credential: { username: 'd1', password: 's' },
    firstRetryMs: 20,
    maximumRetryMs: 60,
    ...options,
  })
  cleanups.push(() => started.stop({ drainMs: 0 }))
  return started
}

/** Key of each accounted message in order of arrival. */
const keys = (at: TestBroker): string[] =>
  at.received.flatMap(({ uplink: { message } }) =>
    message.seq === undefined ? [] : [`${message.boot} ${message.seq}`],
  )
/** A message that came more than once came the same, to the byte. */
function expectSameBytes(at: TestBroker): void {
  const payloads = new Map<string, Buffer>()
  for (const { uplink, payload } of at.received) {
    if (uplink.message.seq === undefined) continue
    const key = `${uplink.message.boot} ${uplink.message.seq}`
    expect(payloads.get(key)?.equals(payload) ?? true).toBe(true)
    payloads.set(key, payload)
  }
}
const unique = (list: readonly string[]): string[] => [...new Set(list)]

describe('a node', () => {
  it('signs in as its device, with a will that says offline, and says online first', async () => {
    const at = await broker()
    const wearable = startWearable({
      url: at.url, device: 'd1', credential: { username: 'd1', password: 'secret' }, scenario: 'healthy', seed: 1,
    }) // prettier-ignore
    cleanups.push(() => wearable.stop({ drainMs: 0 }))
    await vi.waitFor(() => expect(at.received.length).toBeGreaterThan(2), { timeout: 5_000 })
    const [hello] = at.connects
    expect(hello?.clientId).toBe('d1')
    expect(hello?.username).toBe('d1')
    expect(String(hello?.password)).toBe('secret')
    expect(hello?.will).toMatchObject({ topic: 'bsn/v1/d1/status', qos: 1, retain: true })
    expect(at.received[0]).toMatchObject({ retain: true, uplink: { kind: 'status', message: { state: 'online' } } })
    const block = at.received.find(({ uplink }) => uplink.kind === 'waveform')
    expect(block?.encoding).toBe('cbor')
    expect(block?.uplink.message.sent).toBeGreaterThanOrEqual((block?.uplink.message.at ?? Infinity) + 999)
  })

  it('says offline when it is stopped, and lets its will say it when it is killed', async () => {
    const at = await broker()
    const polite = node(ticking(5), at)
    await polite.finished
    await polite.stop()
    expect(at.received.at(-1)).toMatchObject({ retain: true, uplink: { message: { state: 'offline' } } })
    expect(at.wills).toHaveLength(0)
    const rude = node(ticking(1e9), at)
    await vi.waitFor(() => expect(rude.stats.connected).toBe(true))
    await rude.kill()
    await vi.waitFor(() => expect(at.wills).toEqual([expect.objectContaining({ state: 'offline' })]))
  })

  it('counts samples by elapsed time: the time of a block is its number times its length', async () => {
    const at = await broker()
    const startAt = 1_760_000_000_123
    const running = node(ticking(50), at, { startAt })
    await running.finished
    const times = at.received.flatMap(({ uplink }) => (uplink.kind === 'event' ? [uplink.message.at] : []))
    expect(times).toEqual(Array.from({ length: 50 }, (_, index) => startAt + index * 4))
  })
})

describe('an outage only delays', () => {
  it('a broker that is away: everything comes, once, in order', async () => {
    const at = await broker()
    const running = node(ticking(300), at)
    await vi.waitFor(() => expect(keys(at).length).toBeGreaterThan(30))
    await at.stop()
    const during = running.stats.produced
    await vi.waitFor(() => expect(running.stats.spooled).toBeGreaterThan(50), { timeout: 5_000 })
    await at.start()
    await running.finished
    expect(running.stats.produced).toBeGreaterThan(during + 50)
    expect(unique(keys(at))).toEqual(Array.from({ length: 300 }, (_, seq) => `${running.stats.boot} ${seq}`))
    expect(running.stats).toMatchObject({ spooled: 0, dropped: 0 })
  })

  it('a broker that was never there yet', async () => {
    const at = await broker()
    await at.stop()
    const running = node(ticking(100), at)
    await vi.waitFor(() => expect(running.stats.ended).toBe(true), { timeout: 5_000 })
    await at.start()
    await running.finished
    expect(keys(at)).toEqual(Array.from({ length: 100 }, (_, seq) => `${running.stats.boot} ${seq}`))
  })

  it('what was not acknowledged comes again, the same to the byte', async () => {
    const at = await broker()
    at.cutAfter = 20
    const running = node(ticking(100), at, { window: 10 })
    await running.finished
    const all = keys(at)
    expect(running.stats.connects).toBe(2)
    expect(all.length).toBeGreaterThan(unique(all).length)
    expect(unique(all)).toEqual(Array.from({ length: 100 }, (_, seq) => `${running.stats.boot} ${seq}`))
    expectSameBytes(at)
  })

  it('no more than the window is in flight', async () => {
    const at = await broker()
    at.holdAcks = true
    const running = node(ticking(100), at, { window: 7, speed: Infinity })
    await vi.waitFor(() => expect(keys(at)).toHaveLength(7))
    await vi.waitFor(() => expect(running.stats.spooled).toBe(100))
    expect(running.stats.inFlight).toBe(7)
  })

  it('a spool on disk outlives the process that filled it', async () => {
    const at = await broker()
    await at.stop()
    const spoolDirectory = mkdtempSync(join(tmpdir(), 'pulsewire-node-'))
    cleanups.push(async () => rmSync(spoolDirectory, { recursive: true, force: true }))
    const produced: UplinkMessage[] = []
    const options = { spoolDirectory, onProduced: (uplink: UplinkMessage) => produced.push(uplink) }
    const first = node(ticking(40), at, options)
    await vi.waitFor(() => expect(first.stats.produced).toBe(40), { timeout: 5_000 })
    await first.kill()
    await at.start()
    const second = node(ticking(10), at, options)
    await second.finished
    expect(keys(at)).toEqual(produced.map(({ message }) => `${message.boot} ${message.seq}`))
    expect(unique(produced.map(({ message }) => String(message.boot)))).toHaveLength(2)
  })

  it('what was in flight when the process died comes again from the disk, the same to the byte', async () => {
    const at = await broker()
    const spoolDirectory = mkdtempSync(join(tmpdir(), 'pulsewire-node-'))
    cleanups.push(async () => rmSync(spoolDirectory, { recursive: true, force: true }))
    at.holdAcks = true
    const first = startWearable({
      url: at.url, device: 'd1', credential: { username: 'd1', password: 's' }, scenario: 'healthy', seed: 1, spoolDirectory,
    }) // prettier-ignore
    await vi.waitFor(() => expect(keys(at).length).toBeGreaterThan(3), { timeout: 5_000 })
    await first.kill()
    at.holdAcks = false
    const before = keys(at).length
    const second = node(ticking(3), at, { spoolDirectory })
    await second.finished
    expect(keys(at).length).toBeGreaterThanOrEqual(2 * before + 3)
    expect(unique(keys(at))).toHaveLength(keys(at).length - before)
    expectSameBytes(at)
  })

  it('faster than life it is the broker that sets the pace, and nothing is given up', async () => {
    const at = await broker()
    const running = node(ticking(12_000), at, { speed: Infinity, spoolCapacity: 2_500 })
    await running.finished
    expect(unique(keys(at))).toHaveLength(12_000)
    expect(running.stats.dropped).toBe(0)
  })

  it('a bad link breaks again and again, and still loses nothing', async () => {
    const at = await broker()
    let index = 0
    const source: Source = {
      next() {
        if (index >= 120) return undefined
        const fromMs = index * 10
        index += 1
        const link = index < 100 && index % 30 === 0 ? 'down' : 'good'
        return { fromMs, durationMs: 10, link, readings: [{ kind: 'event', offsetMs: fromMs, event: 'tick' }] }
      },
    }
    const running = node(source, at)
    await running.finished
    expect(running.stats.connects).toBeGreaterThan(2)
    expect(unique(keys(at))).toHaveLength(120)
  })
})

describe('what comes down', () => {
  const command = (id: string, type: string, expiresAt = Date.now() + 60_000): unknown => ({ id, type, expiresAt })

  it('is done once and answered each time', async () => {
    const at = await broker()
    const running = node(ticking(1e9), at)
    await vi.waitFor(() => expect(running.stats.connected).toBe(true))
    at.send('bsn/v1/d1/command', command('c1', 'identify'))
    at.send('bsn/v1/d1/command', command('c1', 'identify'))
    at.send('bsn/v1/d1/command', command('c2', 'explode'))
    at.send('bsn/v1/d1/command', command('c3', 'identify', Date.now() - 1000))
    const acks = (): unknown[] =>
      at.received.flatMap(({ uplink }) =>
        uplink.kind === 'command-ack' ? [[uplink.message.command, uplink.message.result]] : [],
      )
    await vi.waitFor(() => expect(acks()).toHaveLength(4))
    expect(acks()).toEqual([['c1', 'done'], ['c1', 'done'], ['c2', 'refused'], ['c3', 'expired']]) // prettier-ignore
    const identified = at.received.filter(
      ({ uplink }) => uplink.kind === 'event' && uplink.message.event === 'identified',
    )
    expect(identified).toHaveLength(1)
  })

  it('a clock notice: the times of a new session are right', async () => {
    const at = await broker()
    const dayMs = 86_400_000
    const running = node(ticking(1e9), at, { clock: { ...systemClock, now: () => Date.now() - dayMs } })
    await vi.waitFor(() => expect(at.received.length).toBeGreaterThan(3))
    const wrong = running.stats.boot
    at.send('bsn/v1/d1/notice', { kind: 'clock', code: 'PW_CLOCK_OFF', detail: 'a day behind', serverTime: Date.now() })
    await vi.waitFor(() => expect(running.stats.boot).not.toBe(wrong))
    await vi.waitFor(() => expect(at.received.at(-1)?.uplink.message.boot).toBe(running.stats.boot))
    for (const {
      uplink: { message, kind },
    } of at.received) {
      if (kind !== 'event') continue
      const offMs = Date.now() - (message.sent ?? 0)
      if (message.boot === wrong) expect(offMs).toBeGreaterThan(dayMs - 1000)
      else expect(Math.abs(offMs)).toBeLessThan(10_000)
    }
  })

  it('nothing that it cannot read moves it', async () => {
    const at = await broker()
    const running = node(ticking(1e9), at)
    await vi.waitFor(() => expect(running.stats.connected).toBe(true))
    at.send('bsn/v1/d1/command', 'rubbish')
    at.send('bsn/v1/d1/notice', { kind: 'clock' })
    const before = keys(at).length
    await vi.waitFor(() => expect(keys(at).length).toBeGreaterThan(before + 5))
    expect(running.stats).toMatchObject({ connected: true, connects: 1, commands: 0 })
  })
})

describe('a flat battery', () => {
  it('ends without a word: the broker publishes the will', async () => {
    const at = await broker()
    let index = 0
    const source: Source = {
      next() {
        const fromMs = index * 10
        index += 1
        return { fromMs, durationMs: 10, battery: 20 - index, readings: [] }
      },
    }
    const running = node(source, at, { startAt: Date.now() })
    await vi.waitFor(() => expect(at.wills).toEqual([expect.objectContaining({ state: 'offline' })]))
    expect(running.stats.ended).toBe(true)
  })
})
