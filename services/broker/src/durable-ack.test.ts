import { PulsewireError } from '@pulsewire/contracts'
import { connectAsync } from 'mqtt'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { burst, startHarness, vitals, type Harness } from './testing/harness.ts'
import { signIn } from './testing/raw-client.ts'

const TOPIC = 'bsn/v1/d1/vitals'
let harness: Harness
afterEach(() => harness.close())

const seqs = async (): Promise<number[]> =>
  (await harness.stored('telemetry')).map((record) => Number(record.headers['seq']))

describe('PUBACK', () => {
  beforeEach(async () => {
    harness = await startHarness({ limits: { maxHoldMs: 700, retryMinMs: 10, retryMaxMs: 40 } })
  })

  it('comes only after the record is durable', async () => {
    let release = (): void => undefined
    const held = new Promise<void>((resolve) => (release = resolve))
    harness.intercept = async (append, topic, records) => {
      await held
      return append(topic, records)
    }
    const client = await harness.device('d1')
    client.publish({ topic: TOPIC, payload: vitals(1), qos: 1, messageId: 1 })
    client.send({ cmd: 'pingreq' })
    await client.next((packet) => packet.cmd === 'pingresp')
    expect(client.acknowledged).toEqual([])
    release()
    await client.next((packet) => packet.cmd === 'puback')
    expect(await seqs()).toEqual([1])
  })

  it('comes in the order of arrival, whatever the durations, good and bad messages mixed', async () => {
    harness.intercept = async (append, topic, records) => {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 5))
      return append(topic, records)
    }
    const client = await harness.device('d1')
    const ids = Array.from({ length: 200 }, (_, i) => i + 1)
    for (const id of ids) {
      const payload = id % 7 === 0 ? Buffer.from('garbage') : vitals(id)
      client.publish({ topic: TOPIC, payload, qos: 1, messageId: id })
      if (id % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 3))
    }
    await client.next((packet) => packet.cmd === 'puback' && packet.messageId === 200)
    expect(client.acknowledged).toEqual(ids)
    expect(await seqs()).toEqual(ids.filter((id) => id % 7 !== 0))
  })

  it('is withheld while the log is down, and everything is in the log once it recovers', async () => {
    let down = true
    harness.intercept = (append, topic, records) =>
      down ? Promise.reject(new PulsewireError('PW_LOG_UNAVAILABLE')) : append(topic, records)
    const client = await harness.device('d1')
    for (let id = 1; id <= 50; id++) client.publish({ topic: TOPIC, payload: vitals(id), qos: 1, messageId: id })
    await vi.waitFor(() => expect(harness.broker.health().ok).toBe(false))
    expect(harness.broker.health().detail).toContain('PW_LOG_UNAVAILABLE')
    expect(client.acknowledged).toEqual([])
    down = false
    await client.next((packet) => packet.cmd === 'puback' && packet.messageId === 50)
    expect(await seqs()).toEqual(Array.from({ length: 50 }, (_, i) => i + 1))
    expect(harness.broker.health().ok).toBe(true)
  })

  it('of all that was taken goes out before the broker stops', async () => {
    await harness.close()
    harness = await startHarness({ drainMs: 30_000 })
    let release = (): void => undefined
    const held = new Promise<void>((resolve) => (release = resolve))
    let appending = false
    harness.intercept = async (append, topic, records) => {
      appending = true
      await held
      return append(topic, records)
    }
    const client = await harness.device('d1')
    for (let id = 1; id <= 50; id++) client.publish({ topic: TOPIC, payload: vitals(id), qos: 1, messageId: id })
    await vi.waitFor(() => expect(appending).toBe(true))
    const stopped = harness.broker.stop()
    release()
    await Promise.all([stopped, client.untilClosed()])
    expect(client.acknowledged.length).toBeGreaterThan(0)
    expect(client.acknowledged).toEqual(await seqs())
  })

  it('never comes where the log stays full: the connection is closed, the device sends again, and nothing is lost', async () => {
    let full = true
    harness.intercept = (append, topic, records) =>
      full ? Promise.reject(new PulsewireError('PW_LOG_FULL')) : append(topic, records)
    const password = await harness.register('d1')
    // A client of another make, with its own store of unacknowledged messages.
    const client = await connectAsync({
      port: harness.port, host: '127.0.0.1', clientId: 'd1', username: 'd1', password, reconnectPeriod: 50,
    }) // prettier-ignore
    const closed = new Promise<void>((resolve) => client.once('close', () => resolve()))
    const acknowledged: number[] = []
    const sent = Array.from({ length: 20 }, (_, i) => i + 1).map((seq) =>
      client.publishAsync(TOPIC, vitals(seq), { qos: 1 }).then(() => acknowledged.push(seq)),
    )
    await closed
    expect(acknowledged).toEqual([])
    full = false
    await Promise.all(sent)
    expect(new Set(await seqs())).toEqual(new Set(Array.from({ length: 20 }, (_, i) => i + 1)))
    await client.endAsync()
  })

  it('is not sent for what was only read: a client that dies before the commit finds it again or sends it again', async () => {
    let release = (): void => undefined
    const held = new Promise<void>((resolve) => (release = resolve))
    harness.intercept = async (append, topic, records) => {
      await held
      return append(topic, records)
    }
    const client = await harness.device('d1')
    client.publish({ topic: TOPIC, payload: vitals(1), qos: 1, messageId: 1 })
    client.send({ cmd: 'pingreq' })
    await client.next((packet) => packet.cmd === 'pingresp')
    client.destroy()
    release()
    await vi.waitFor(async () => expect(await seqs()).toEqual([1]))
  })
})

describe('the other ways to publish', () => {
  beforeEach(async () => {
    harness = await startHarness()
  })

  it('QoS 0 is in the log too, in order with the rest', async () => {
    const client = await harness.device('d1')
    client.publish({ topic: TOPIC, payload: vitals(1) })
    client.publish({ topic: TOPIC, payload: vitals(2), qos: 1, messageId: 2 })
    await client.next((packet) => packet.cmd === 'puback')
    expect(await seqs()).toEqual([1, 2])
  })

  it('QoS 2 is taken once, however often its PUBLISH is sent again', async () => {
    const client = await harness.device('d1')
    const publish = { topic: TOPIC, payload: vitals(5), qos: 2, messageId: 9 } as const
    client.publish(publish)
    client.publish({ ...publish, dup: true })
    await client.next((packet) => packet.cmd === 'pubrec')
    client.publish({ ...publish, dup: true })
    client.send({ cmd: 'pubrel', messageId: 9 })
    await client.next((packet) => packet.cmd === 'pubcomp')
    client.publish({ topic: TOPIC, payload: vitals(6), qos: 2, messageId: 9 })
    client.publish({ topic: TOPIC, payload: vitals(7), qos: 1, messageId: 10 })
    await client.next((packet) => packet.cmd === 'puback')
    expect(await seqs()).toEqual([5, 6, 7])
  })

  it('a last will is stored as the status of the device, when the connection dies and only then', async () => {
    const will = {
      topic: 'bsn/v1/d1/status',
      payload: Buffer.from('{"state":"offline"}'),
      qos: 1,
      retain: true,
    } as const
    const password = await harness.register('d1')
    const leaving = await signIn(harness.port, { username: 'd1', password, will })
    leaving.client.send({ cmd: 'disconnect' })
    await leaving.client.untilClosed()
    const dying = await signIn(harness.port, { username: 'd1', password, will })
    dying.client.destroy()
    await vi.waitFor(async () => expect(await harness.stored('telemetry')).toHaveLength(1))
    const [record] = await harness.stored('telemetry')
    expect(record?.headers).toMatchObject({ kind: 'status', device: 'd1' })
    expect(Buffer.from(record?.value ?? []).toString()).toBe('{"state":"offline"}')
  })

  it('a will on the topic of another device is quarantined under its own', async () => {
    const will = {
      topic: 'bsn/v1/d2/status',
      payload: Buffer.from('{"state":"offline"}'),
      qos: 1,
      retain: true,
    } as const
    const { client } = await signIn(harness.port, { username: 'd1', password: await harness.register('d1'), will })
    client.destroy()
    await vi.waitFor(async () =>
      expect(await harness.reasons()).toMatchObject([{ device: 'd1', code: 'PW_TOPIC_FOREIGN' }]),
    )
    expect(await harness.stored('telemetry')).toEqual([])
  })

  it('a retained status is there for the device itself; nothing else is retained', async () => {
    const client = await harness.device('d1')
    client.publish({
      topic: 'bsn/v1/d1/status',
      payload: '{"state":"online","battery":50}',
      qos: 1,
      messageId: 1,
      retain: true,
    })
    client.publish({ topic: TOPIC, payload: vitals(1), qos: 1, messageId: 2, retain: true })
    await client.next((packet) => packet.cmd === 'puback' && packet.messageId === 2)
    client.send({ cmd: 'subscribe', messageId: 3, subscriptions: [{ topic: 'bsn/v1/d1/#', qos: 1 }] })
    await client.next((packet) => packet.cmd === 'publish' && packet.topic.endsWith('/notice'))
    client.send({ cmd: 'pingreq' })
    await client.next((packet) => packet.cmd === 'pingresp')
    const retained = client.received.filter((packet) => packet.cmd === 'publish' && packet.retain)
    expect(retained.map((packet) => (packet.cmd === 'publish' ? packet.topic : ''))).toEqual(['bsn/v1/d1/status'])
  })
})

describe('a graceful stop', () => {
  it('makes durable and acknowledges what was taken, and refuses newcomers', async () => {
    harness = await startHarness()
    let release = (): void => undefined
    const held = new Promise<void>((resolve) => (release = resolve))
    harness.intercept = async (append, topic, records) => {
      await held
      return append(topic, records)
    }
    const client = await harness.device('d1')
    client.socket.write(burst('d1', 30))
    await vi.waitFor(() => expect(harness.broker.health().detail).toContain('30 messages wait'))
    const stopped = harness.broker.stop()
    setTimeout(release, 100)
    await stopped
    await client.untilClosed()
    expect(client.acknowledged).toEqual(Array.from({ length: 30 }, (_, i) => i + 1))
    expect(await seqs()).toEqual(client.acknowledged)
    await expect(signIn(harness.port, { username: 'd1' })).rejects.toThrow()
  })
})
