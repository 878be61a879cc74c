import { PulsewireError } from '@pulsewire/contracts'
import mqttPacket, { type IPublishPacket } from 'mqtt-packet'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { listen, startHarness, vitals, type Harness } from './testing/harness.ts'
import { signIn, type RawClient } from './testing/raw-client.ts'

const TOPIC = 'bsn/v1/d1/vitals'
let harness: Harness
beforeEach(async () => {
  harness = await startHarness({ limits: { maxHoldMs: 300, retryMinMs: 10, retryMaxMs: 40 } })
})
afterEach(() => harness.close())

const seqs = async (): Promise<number[]> =>
  (await harness.stored('telemetry')).map((record) => Number(record.headers['seq']))
const packet = (seq: number, override: Partial<IPublishPacket> = {}): Buffer =>
  mqttPacket.generate({
    cmd: 'publish', topic: TOPIC, payload: vitals(seq), qos: 1, messageId: seq, dup: false, retain: false, ...override,
  }) // prettier-ignore
const echoes = (client: RawClient): string[] =>
  client.received.flatMap((each) => (each.cmd === 'publish' && each.topic === TOPIC ? [each.topic] : []))

describe('the short way beside the engine', () => {
  it('keeps the order of a device in the log, and of its PUBACKs, whatever it mixes', async () => {
    const client = await harness.device('d1')
    const status = Buffer.from('{"state":"online"}')
    const all: Buffer[] = []
    const qos1: number[] = []
    for (let seq = 1; seq <= 150; seq++) {
      if (seq % 10 === 3) all.push(packet(seq, { qos: 2 }))
      else if (seq % 10 === 5) all.push(packet(seq, { qos: 0 }))
      else {
        qos1.push(seq)
        all.push(packet(seq, { retain: seq % 10 === 7 }))
      }
      if (seq % 10 === 8) all.push(mqttPacket.generate({ cmd: 'pingreq' }))
      if (seq === 75) all.push(packet(1_000, { topic: 'bsn/v1/d1/status', payload: status, retain: true }))
    }
    // In pieces of any size, so that packets are cut, and come together.
    const bytes = Buffer.concat(all)
    for (let at = 0; at < bytes.length; at += 977) {
      client.socket.write(bytes.subarray(at, at + 977))
      if (at % 3 === 0) await new Promise((resolve) => setTimeout(resolve, 1))
    }
    await client.next((each) => each.cmd === 'puback' && each.messageId === 150)
    expect(client.acknowledged.filter((id) => id !== 1_000)).toEqual(qos1)
    const inLog = (await seqs()).filter((seq) => !Number.isNaN(seq))
    expect(inLog).toEqual(Array.from({ length: 150 }, (_, index) => index + 1))
  })

  it('is not taken by a device that hears itself: it gets its messages back, until it wants them no more', async () => {
    const client = await harness.device('d1')
    client.socket.write(
      Buffer.concat([
        packet(1),
        mqttPacket.generate({ cmd: 'subscribe', messageId: 9, subscriptions: [{ topic: 'bsn/v1/d1/+', qos: 0 }] }),
        packet(2),
      ]),
    )
    await client.next((each) => each.cmd === 'suback')
    client.socket.write(packet(3))
    await vi.waitFor(() => expect(echoes(client).length).toBeGreaterThanOrEqual(1))
    client.send({ cmd: 'unsubscribe', messageId: 10, unsubscriptions: ['bsn/v1/d1/+'] })
    await client.next((each) => each.cmd === 'unsuback')
    const before = echoes(client).length
    client.socket.write(packet(4))
    await client.next((each) => each.cmd === 'puback' && each.messageId === 4)
    client.send({ cmd: 'pingreq' })
    await client.next((each) => each.cmd === 'pingresp')
    expect(echoes(client)).toHaveLength(before)
    expect(await seqs()).toEqual([1, 2, 3, 4])
  })

  it('refuses as the engine does: what is not valid is quarantined, acknowledged and told', async () => {
    const client = await harness.device('d1')
    await listen(client, 'd1')
    client.send({ cmd: 'unsubscribe', messageId: 10, unsubscriptions: ['bsn/v1/d1/#'] })
    client.send({ cmd: 'subscribe', messageId: 11, subscriptions: [{ topic: 'bsn/v1/d1/notice', qos: 1 }] })
    await client.next((each) => each.cmd === 'suback' && each.messageId === 11)
    client.socket.write(packet(1, { payload: Buffer.from('garbage') }))
    client.socket.write(packet(2, { topic: 'bsn/v1/d2/vitals' }))
    await client.next((each) => each.cmd === 'puback' && each.messageId === 2)
    expect(client.acknowledged).toEqual([1, 2])
    expect((await harness.reasons()).map(({ device, code }) => [device, code])).toEqual([
      ['d1', 'PW_PAYLOAD_NOT_CBOR'],
      ['d1', 'PW_TOPIC_FOREIGN'],
    ])
    await vi.waitFor(() => expect(client.received.filter((each) => each.cmd === 'publish').length).toBeGreaterThan(2))
  })

  it('closes the connection without a PUBACK where the log refuses for too long', async () => {
    const client = await harness.device('d1')
    client.socket.write(packet(1))
    await client.next((each) => each.cmd === 'puback')
    harness.intercept = () => Promise.reject(new PulsewireError('PW_LOG_UNAVAILABLE'))
    client.socket.write(Buffer.concat([packet(2), packet(3)]))
    await client.untilClosed()
    expect(client.acknowledged).toEqual([1])
    expect(await seqs()).toEqual([1])
  })
})

describe('the keepalive of a device', () => {
  const will = { topic: 'bsn/v1/d1/status', payload: Buffer.from('{"state":"offline"}'), qos: 1, retain: true } as const

  it('is kept by messages alone; one that falls silent is gone, and its last will is in the log', async () => {
    const password = await harness.register('d1')
    const { client } = await signIn(harness.port, { username: 'd1', password, keepalive: 1, will })
    for (let seq = 1; seq <= 7; seq++) {
      client.socket.write(packet(seq))
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
    expect(client.closed).toBe(false)
    expect(client.acknowledged).toEqual([1, 2, 3, 4, 5, 6, 7])
    await client.untilClosed()
    await vi.waitFor(async () => {
      const kinds = (await harness.stored('telemetry')).map((record) => record.headers['kind'])
      expect(kinds.at(-1)).toBe('status')
    })
  })
})
