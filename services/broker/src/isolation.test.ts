import { afterEach, describe, expect, it, vi } from 'vitest'
import { burst, listen, notice, startHarness, vitals, type Harness } from './testing/harness.ts'
import { openRaw } from './testing/raw-client.ts'

let harness: Harness
afterEach(() => harness.close())

describe('isolation', () => {
  it('200 messages in flight are taken at once', async () => {
    harness = await startHarness()
    const client = await harness.device('d1')
    client.socket.write(burst('d1', 200))
    await client.next((packet) => packet.cmd === 'puback' && packet.messageId === 200)
    expect(client.acknowledged).toHaveLength(200)
  })

  it('a device beyond its share is read more slowly and told, never disconnected, and loses nothing', async () => {
    harness = await startHarness({ share: { packetsPerSecond: 250, burst: 100 } })
    const client = await harness.device('d1')
    await listen(client, 'd1')
    const other = await harness.device('d2')
    const started = performance.now()
    client.socket.write(burst('d1', 400))
    other.socket.write(burst('d2', 50))
    await other.next((packet) => packet.cmd === 'puback' && packet.messageId === 50)
    const otherMs = performance.now() - started
    await client.next((packet) => packet.cmd === 'puback' && packet.messageId === 400)
    const ownMs = performance.now() - started
    expect(ownMs).toBeGreaterThan(1_000)
    expect(otherMs).toBeLessThan(ownMs)
    expect(await notice(client, 'throttled')).toMatchObject({ code: 'PW_TOO_MANY_REQUESTS' })
    expect(client.closed).toBe(false)
    expect(client.acknowledged).toEqual(Array.from({ length: 400 }, (_, i) => i + 1))
    expect(await harness.stored('telemetry')).toHaveLength(450)
  })

  it('a share is one of bytes too: large messages are read more slowly', async () => {
    harness = await startHarness({ share: { bytesPerSecond: 500_000, burstBytes: 200_000 } })
    const client = await harness.device('d1')
    await listen(client, 'd1')
    const started = performance.now()
    client.socket.write(burst('d1', 7, () => Buffer.alloc(100_000, 0x20)))
    await client.next((packet) => packet.cmd === 'puback' && packet.messageId === 7)
    expect(performance.now() - started).toBeGreaterThan(800)
    expect(await notice(client, 'throttled')).toMatchObject({ code: 'PW_TOO_MANY_REQUESTS' })
    expect(await harness.reasons()).toHaveLength(7)
  })

  it('what is in flight stays bounded while the log is slow, and everybody else is still served', async () => {
    harness = await startHarness({ share: { maxInFlight: 20 } })
    let release = (): void => undefined
    const held = new Promise<void>((resolve) => (release = resolve))
    harness.intercept = async (append, topic, records) => {
      await held
      return append(topic, records)
    }
    const client = await harness.device('d1')
    client.socket.write(burst('d1', 300))
    const other = await harness.device('d2')
    other.send({ cmd: 'pingreq' })
    await other.next((packet) => packet.cmd === 'pingresp')
    expect(harness.broker.health().detail).toContain('20 messages wait')
    release()
    await client.next((packet) => packet.cmd === 'puback' && packet.messageId === 300)
    expect(client.acknowledged).toHaveLength(300)
  })

  it('a full queue pauses the sockets and drops nothing', async () => {
    harness = await startHarness({ limits: { maxPending: 50 } })
    harness.intercept = async (append, topic, records) => {
      await new Promise((resolve) => setTimeout(resolve, 5))
      return append(topic, records)
    }
    const devices = await Promise.all(
      ['d1', 'd2', 'd3'].map(async (device) => ({ device, client: await harness.device(device) })),
    )
    for (const { device, client } of devices) client.socket.write(burst(device, 300))
    for (const { client } of devices) await client.next((packet) => packet.cmd === 'puback' && packet.messageId === 300)
    expect(await harness.stored('telemetry')).toHaveLength(900)
  })

  it('a subscriber that does not read holds up nobody, not even itself', async () => {
    harness = await startHarness({ share: { packetsPerSecond: 100_000, burst: 100_000 } })
    const frozen = await harness.device('d1')
    await listen(frozen, 'd1')
    frozen.socket.pause()
    const large = (seq: number): Buffer =>
      Buffer.from(
        JSON.stringify({ boot: 'b', seq, at: Date.now(), vitals: { heartRate: 60 }, filler: 'x'.repeat(50_000) }),
      )
    // 20 MB of its own echo: far more than the sockets' buffers hold.
    frozen.socket.write(burst('d1', 400, large))
    const healthy = await harness.device('d2')
    await listen(healthy, 'd2')
    for (let round = 0; round < 5; round++) {
      healthy.publish({ topic: 'bsn/v1/d2/vitals', payload: vitals(round), qos: 1, messageId: round + 1 })
      await healthy.next((packet) => packet.cmd === 'puback' && packet.messageId === round + 1, 2_000)
      await healthy.next(
        (packet) => packet.cmd === 'publish' && packet.payload.toString().includes(`"seq":${round},`),
        2_000,
      )
    }
    await vi.waitFor(async () => expect(await harness.stored('telemetry')).toHaveLength(405), 10_000)
    frozen.socket.resume()
    await frozen.next((packet) => packet.cmd === 'puback' && packet.messageId === 400, 10_000)
    expect(frozen.acknowledged).toHaveLength(400)
  })

  it('a huge payload in small pieces delays nobody', async () => {
    harness = await startHarness()
    const client = await harness.device('d1')
    const other = await harness.device('d2')
    const huge = burst('d1', 1, () => Buffer.alloc(40_000_000, 0x20))
    let sent = 0
    while (sent < huge.length) {
      const piece = huge.subarray(sent, sent + 500_000)
      await new Promise((resolve) => client.socket.write(piece, resolve))
      sent += piece.length
    }
    other.publish({ topic: 'bsn/v1/d2/vitals', payload: vitals(1), qos: 1, messageId: 1 })
    await other.next((packet) => packet.cmd === 'puback', 2_000)
    await client.next((packet) => packet.cmd === 'puback')
    expect(await harness.reasons()).toMatchObject([{ code: 'PW_PAYLOAD_TOO_LARGE', bytes: 40_000_000 }])
  })

  it('connections that never say who they are are bounded, and whoever does is served', async () => {
    harness = await startHarness({ maxSilent: 20 })
    const signedIn = await harness.device('d1')
    const silent = await Promise.all(Array.from({ length: 100 }, () => openRaw(harness.port)))
    // Half a CONNECT is none.
    for (const client of silent) client.socket.write(Buffer.from([0x10, 0x20, 0x00, 0x04, 0x4d]))
    await vi.waitFor(() => expect(silent.filter(({ closed }) => !closed)).toHaveLength(20))
    const late = await harness.device('d2')
    for (const client of [signedIn, late]) {
      client.send({ cmd: 'pingreq' })
      await client.next((packet) => packet.cmd === 'pingresp')
    }
    for (const client of silent) client.destroy()
  })

  it('Aedes gets nothing large to hold: no QoS 2 message that may never be released, no retained status', async () => {
    harness = await startHarness()
    const client = await harness.device('d1')
    await listen(client, 'd1')
    const filler = 'x'.repeat(100_000)
    const large = JSON.stringify({ boot: 'b', seq: 1, at: Date.now(), vitals: { spo2: 97 }, filler })
    client.publish({ topic: 'bsn/v1/d1/vitals', payload: large, qos: 2, messageId: 1 })
    await client.next((packet) => packet.cmd === 'pubrec')
    const status = JSON.stringify({ state: 'online', filler })
    client.publish({ topic: 'bsn/v1/d1/status', payload: status, qos: 1, messageId: 2, retain: true })
    client.publish({ topic: 'bsn/v1/d1/vitals', payload: vitals(3), qos: 2, messageId: 3 })
    const echo = await client.next((packet) => packet.cmd === 'publish' && !packet.topic.endsWith('/notice'))
    expect(echo.cmd === 'publish' ? JSON.parse(echo.payload.toString()) : {}).toMatchObject({ seq: 3 })
    expect(await harness.stored('telemetry')).toHaveLength(3)
    client.destroy()
    const again = await harness.device('d1')
    await listen(again, 'd1')
    await notice(again, 'time')
    expect(again.received.filter((packet) => packet.cmd === 'publish' && packet.retain)).toEqual([])
  })
})
