import { createHash } from 'node:crypto'
import { decodeTelemetryHeaders, MAX_PAYLOAD_BYTES } from '@pulsewire/contracts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { listen, notice, startHarness, vitals, type Harness } from './testing/harness.ts'
import type { RawClient } from './testing/raw-client.ts'

let harness: Harness
let client: RawClient
beforeEach(async () => {
  harness = await startHarness()
  client = await harness.device('d1')
  await listen(client, 'd1')
})
afterEach(() => harness.close())

const TOPIC = 'bsn/v1/d1/vitals'
const DAY = 86_400_000
const publish = async (id: number, payload: Buffer | string, topic = TOPIC): Promise<void> => {
  client.publish({ topic, payload, qos: 1, messageId: id })
  await client.next((packet) => packet.cmd === 'puback' && packet.messageId === id)
}
const headers = async () => (await harness.stored('telemetry')).map((record) => decodeTelemetryHeaders(record.headers))

describe('bad input is quarantined durably, acknowledged and told, and the connection stays', () => {
  const out = `{"boot":"b","seq":3,"at":${Date.now()},"vitals":{"heartRate":351}}`
  const cases: [string, string, Buffer | string, string][] = [
    ['garbage bytes', TOPIC, Buffer.from([0xde, 0xad, 0xbe, 0xef]), 'PW_PAYLOAD_NOT_CBOR'],
    ['no payload', TOPIC, Buffer.alloc(0), 'PW_PAYLOAD_EMPTY'],
    ['half a JSON text', TOPIC, '{"boot":"b"', 'PW_PAYLOAD_NOT_JSON'],
    ['wrong types', TOPIC, '{"boot":7,"seq":"1","at":true,"vitals":"many"}', 'PW_PAYLOAD_INVALID'],
    ['a value out of range', TOPIC, out, 'PW_PAYLOAD_INVALID'],
    ['a topic outside the contract', 'bsn/v1/d1/nonsense', vitals(1), 'PW_TOPIC_UNKNOWN'],
    ['a topic that is not even ours', 'home/kitchen', vitals(1), 'PW_TOPIC_UNKNOWN'],
    ['a broker topic', '$SYS/x', vitals(1), 'PW_TOPIC_UNKNOWN'],
    ["another device's topic", 'bsn/v1/d2/vitals', vitals(1), 'PW_TOPIC_FOREIGN'],
    ['too large by a byte', TOPIC, Buffer.alloc(MAX_PAYLOAD_BYTES + 1, 0x20), 'PW_PAYLOAD_TOO_LARGE'],
    ['absurdly large', TOPIC, Buffer.alloc(6_000_000, 0x20), 'PW_PAYLOAD_TOO_LARGE'],
  ]
  it.each(cases)('%s', async (_name, topic, payload, code) => {
    await publish(1, payload, topic)
    const bytes = Buffer.from(payload)
    expect(await harness.reasons()).toMatchObject([
      { device: 'd1', topic, code, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') },
    ])
    expect(await notice(client, 'quarantined', code)).toMatchObject({ kind: 'quarantined', code })
    await publish(2, vitals(9))
    expect((await headers()).map(({ seq }) => seq)).toEqual([9])
    expect(client.closed).toBe(false)
  })

  it('and reaches no other device, not even one that listens there', async () => {
    const other = await harness.device('d2')
    await listen(other, 'd2')
    await publish(1, vitals(1), 'bsn/v1/d2/vitals')
    await publish(2, '{"kind":"time"}', 'bsn/v1/d2/notice')
    const own = vitals(2)
    other.publish({ topic: 'bsn/v1/d2/vitals', payload: own, qos: 1, messageId: 1 })
    await other.next((packet) => packet.cmd === 'publish' && own.equals(Buffer.from(packet.payload)))
    const heard = other.received.filter((packet) => packet.cmd === 'publish').map((packet) => packet.topic)
    expect(heard.toSorted()).toEqual(['bsn/v1/d2/notice', 'bsn/v1/d2/vitals'])
    expect((await notice(other, 'time')).kind).toBe('time')
  })

  it('names boot and seq to the device, where they can be read', async () => {
    await publish(1, out)
    expect(await notice(client, 'quarantined')).toMatchObject({ boot: 'b', seq: 3 })
  })

  it('by the thousand costs the device its notices, not its messages', async () => {
    for (let id = 1; id <= 300; id++) client.publish({ topic: TOPIC, payload: 'x', qos: 1, messageId: id })
    await client.next((packet) => packet.cmd === 'puback' && packet.messageId === 300)
    expect(await harness.reasons()).toHaveLength(300)
    const told = client.received.filter((p) => p.cmd === 'publish' && p.topic.endsWith('/notice')).length
    expect(told).toBeLessThan(100)
  })
})

describe('odd but good input', () => {
  it('a clock that is a day off is corrected, and the device is told the time', async () => {
    const at = Date.now() + DAY
    await publish(1, `{"boot":"b","seq":1,"at":${at},"sent":${at},"vitals":{"heartRate":60}}`)
    const [stamped] = await headers()
    expect(stamped?.at).toBe(at)
    expect(Math.abs((stamped?.clockOffsetMs ?? 0) + DAY)).toBeLessThan(2_000)
    expect(Math.abs((stamped?.time ?? 0) - (stamped?.receivedAt ?? 0))).toBeLessThan(1)
    const told = await notice(client, 'clock')
    expect(Math.abs(told.serverTime - Date.now())).toBeLessThan(5_000)
  })

  it('the same message twice, and messages in the wrong order, are in the log as they came', async () => {
    for (const [id, seq] of [5, 3, 3, 4].entries()) await publish(id + 1, vitals(seq))
    expect((await headers()).map(({ seq }) => seq)).toEqual([5, 3, 3, 4])
  })

  it('a device that is not associated is stored under its own id', async () => {
    await publish(1, vitals(1))
    const [record] = await harness.stored('telemetry')
    expect(record?.key).toBe('d1')
    expect(record?.headers['patient']).toBeUndefined()
  })
})
