import { afterEach, describe, expect, it, vi } from 'vitest'
import { decodeUplink } from '@pulsewire/codec'
import { startTestBroker, type TestBroker } from '@pulsewire/wearable/testing'
import { startFleet, type FleetOptions, type RunningFleet } from './fleet.ts'
import { createPacketTemplate, newBoot, stampedPacket, vitalsTemplate, waveformTemplates } from './payload.ts'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

async function broker(): Promise<TestBroker> {
  const started = await startTestBroker()
  cleanups.push(() => started.stop().catch(() => undefined))
  return started
}

const credentials = (count: number): { username: string; password: string }[] =>
  Array.from({ length: count }, (_, index) => ({ username: `fleet-${index}`, password: 's' }))

function fleet(at: TestBroker, options: Partial<FleetOptions> = {}): RunningFleet {
  const running = startFleet({
    url: at.url,
    credentials: credentials(5),
    vitalsPerSecond: 20,
    blocksPerSecond: 5,
    recordAcked: true,
    ...options,
  })
  cleanups.push(() => running.stop({ drainMs: 0 }))
  return running
}

const keyOf = (message: { boot?: string | undefined; seq?: number | undefined }, device: string): string =>
  `${device} ${message.boot} ${message.seq}`

describe('a stamped packet', () => {
  it('decodes to the message with what was stamped in, and the same samples', () => {
    const boot = newBoot()
    const stamp = { messageId: 513, boot, seq: 70_001, at: 1_760_000_000_123, sent: 1_760_000_001_200 }
    for (const template of [vitalsTemplate(), ...waveformTemplates(['II', 'V2'], 1000)]) {
      const prepared = createPacketTemplate('fleet-1', template)
      const packet = stampedPacket(prepared, stamp)
      expect(packet.readUInt16BE(prepared.messageIdAt)).toBe(513)
      const { uplink } = decodeUplink(template.kind, packet.subarray(prepared.head.length))
      expect(uplink.message).toMatchObject({ boot, seq: stamp.seq, at: stamp.at, sent: stamp.sent })
      if (uplink.kind === 'waveform') expect(uplink.message.signals[0]?.samples).toHaveLength(250)
    }
  })
})

describe('the fleet', () => {
  it('sends at its rate, each device with its own seq without holes, and blocks that meet', async () => {
    const at = await broker()
    const running = fleet(at)
    await running.connected(5_000)
    await vi.waitFor(() => expect(running.stats.published).toBeGreaterThan(120), { timeout: 5_000 })
    await running.stop()
    expect(running.stats.acked).toBe(running.stats.published)
    expect(running.stats.pubackMs.count).toBe(running.stats.acked)
    for (const { username } of credentials(5)) {
      const own = at.received.filter(({ device }) => device === username)
      expect(own.map(({ uplink }) => uplink.message.seq)).toEqual(own.map((_, index) => index))
      const starts = own.flatMap(({ uplink }) => (uplink.kind === 'waveform' ? [uplink.message.at] : []))
      const steps = starts.slice(1).map((start, index) => start - (starts[index] ?? 0))
      for (const step of steps) expect(Math.abs(step - 200)).toBeLessThanOrEqual(1)
    }
  })

  it('lists exactly what was acknowledged', async () => {
    const at = await broker()
    const running = fleet(at)
    await vi.waitFor(() => expect(running.acked.length).toBeGreaterThan(50), { timeout: 5_000 })
    at.holdAcks = true
    await vi.waitFor(() => expect(running.stats.inFlight).toBeGreaterThan(20), { timeout: 5_000 })
    await running.stop({ drainMs: 0 })
    const arrived = new Set(at.received.map(({ device, uplink }) => keyOf(uplink.message, device)))
    const listed = running.acked.map((message) => keyOf(message, message.device))
    expect(new Set(listed).size).toBe(listed.length)
    expect(listed.length).toBeLessThan(arrived.size)
    for (const key of listed) expect(arrived.has(key)).toBe(true)
  })

  it('spools while there is no link, and sends it all in order afterwards', async () => {
    const at = await broker()
    const running = fleet(at, { spoolMessages: 1_000 })
    await running.connected(5_000)
    await at.stop()
    await vi.waitFor(() => expect(running.stats.spooled).toBeGreaterThan(50), { timeout: 5_000 })
    await at.start()
    await running.connected(5_000)
    await running.stop({ drainMs: 5_000 })
    const { published, acked, skipped, spooled } = running.stats
    expect({ acked, skipped, spooled }).toEqual({ acked: published, skipped: 0, spooled: 0 })
    for (const { username } of credentials(5)) {
      const seqs = at.received.filter(({ device }) => device === username).map(({ uplink }) => uplink.message.seq ?? -1)
      // What was on the way when the link broke may come twice; nothing is left out, and nothing overtakes.
      expect([...new Set(seqs)]).toEqual(Array.from({ length: Math.max(...seqs) + 1 }, (_, seq) => seq))
    }
  })

  it('makes nothing that it has no room for, and counts it', async () => {
    const at = await broker()
    const running = fleet(at, { spoolMessages: 3 })
    await running.connected(5_000)
    await at.stop()
    await vi.waitFor(() => expect(running.stats.skipped).toBeGreaterThan(20), { timeout: 5_000 })
    expect(running.stats.spooled).toBe(15)
  })

  it('comes back after all links broke at once', async () => {
    const at = await broker()
    const running = fleet(at, { spoolMessages: 1_000 })
    await running.connected(5_000)
    running.dropLinks()
    await vi.waitFor(() => expect(running.stats.lost).toBe(5), { timeout: 5_000 })
    await running.connected(5_000)
    await running.stop()
    const { published, acked, unknownAcks, outOfOrderAcks } = running.stats
    expect({ acked, unknownAcks, outOfOrderAcks }).toEqual({ acked: published, unknownAcks: 0, outOfOrderAcks: 0 })
  })

  it('writes lines for InfluxDB with the time of each block', () => {
    const [block] = waveformTemplates(['II'], 1000, 'line-protocol')
    if (block === undefined) throw new Error('no block')
    const bytes = Buffer.from(block.bytes)
    block.stamp(bytes, 0, { boot: newBoot(), seq: 1, at: 1_760_000_000_123, sent: 1_760_000_000_124 })
    expect(bytes.toString()).toMatch(
      /^waveform rateHz=250,ecg\.II="[A-Za-z0-9+/=]{668}",ecg\.II\.scale=[\d.]+ 1760000000123000000\n$/,
    )
  })

  it('sends again after a broker came back, byte for byte, and ends with every message acknowledged', async () => {
    const at = await broker()
    const running = fleet(at)
    await vi.waitFor(() => expect(running.stats.acked).toBeGreaterThan(20), { timeout: 5_000 })
    at.holdAcks = true
    await vi.waitFor(() => expect(running.stats.inFlight).toBeGreaterThan(10), { timeout: 5_000 })
    await at.stop()
    at.holdAcks = false
    await at.start()
    await vi.waitFor(() => expect(running.stats.resent).toBeGreaterThan(10), { timeout: 5_000 })
    await running.stop()
    expect(running.stats.acked).toBe(running.stats.published)
    const payloads = new Map<string, Buffer>()
    for (const { device, uplink, payload } of at.received) {
      const key = keyOf(uplink.message, device)
      expect(payloads.get(key)?.equals(payload) ?? true).toBe(true)
      payloads.set(key, payload)
    }
    expect(payloads.size).toBe(running.stats.published)
  })
})
