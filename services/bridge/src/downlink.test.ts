import { encodeUplink } from '@pulsewire/codec'
import { noticeMessage, type CommandMessage } from '@pulsewire/contracts'
import { afterEach, describe, expect, it } from 'vitest'
import { publishedIn, startHarness, until, vitals, type Harness } from './testing/harness.ts'

const harnesses: Harness[] = []
afterEach(async () => {
  for (const harness of harnesses.splice(0)) await harness.close()
})
async function start(...args: Parameters<typeof startHarness>): Promise<Harness> {
  const harness = await startHarness(...args)
  harnesses.push(harness)
  await harness.register('d1')
  return harness
}
const order = (harness: Harness, device: string, id: string, expiresInMs = 60_000) => {
  const message: CommandMessage = { id, type: 'identify', expiresAt: Date.now() + expiresInMs }
  const value = Buffer.from(JSON.stringify(message))
  return harness.log.append('device-commands', [{ key: device, headers: { kind: 'command' }, value }])
}
/** What the broker got for devices, acknowledged as a broker does. */
const said = async (harness: Harness, topic: string): Promise<{ payload: string; qos: number }[]> => {
  const connection = await harness.connection(harness.broker.connections.length - 1)
  return publishedIn(connection.received).filter((each) => each.topic === topic)
}

describe('notices', () => {
  it.each([
    [4, 0],
    [5, 1],
  ] as const)('tell a device what was refused (protocol %i: QoS %i)', async (protocol, qos) => {
    const harness = await start({ protocol })
    const connection = await harness.connection()
    connection.publish({ topic: 'bsn/v1/d1/vitals', payload: '{"boot":"b","seq":7}', messageId: 1 })
    await until(() => publishedIn(connection.received).length > 0)
    const [notice] = await said(harness, 'bsn/v1/d1/notice')
    expect(notice?.qos).toBe(qos)
    expect(noticeMessage.parse(JSON.parse(notice?.payload ?? ''))).toMatchObject({
      kind: 'quarantined',
      code: 'PW_PAYLOAD_INVALID',
      seq: 7,
    })
  })

  it('tell a device the time when it says that it is there, and are not to be kept for later', async () => {
    const harness = await start()
    const connection = await harness.connection()
    connection.publish({ topic: 'bsn/v1/d1/status', payload: '{"state":"online"}', messageId: 1 })
    await until(() => publishedIn(connection.received).length > 0)
    const packet = connection.received.find(({ cmd }) => cmd === 'publish')
    expect(packet).toMatchObject({
      topic: 'bsn/v1/d1/notice',
      properties: { messageExpiryInterval: 30 },
      retain: false,
    })
  })

  it('are never more than the broker takes at a time', async () => {
    const harness = await start()
    harness.broker.says.receiveMaximum = 3
    ;(await harness.connection()).drop()
    const connection = await harness.connection(1)
    for (let id = 1; id <= 20; id++) connection.publish({ topic: 'bsn/v1/d1/vitals', payload: 'bad', messageId: id })
    await until(() => connection.acknowledged.length === 20)
    expect(publishedIn(connection.received)).toHaveLength(3)
  })
})

describe('commands', () => {
  it('reach a device once it was heard here, and one that was heard before; others are not sent here', async () => {
    const harness = await start()
    await order(harness, 'd1', 'before')
    await order(harness, 'd2', 'foreign')
    const connection = await harness.connection()
    connection.publish({ topic: 'bsn/v1/d1/vitals', payload: vitals(1), messageId: 1 })
    const heard = (): string[] =>
      publishedIn(connection.received).map(
        ({ topic, payload }) => `${topic} ${(JSON.parse(payload) as { id?: string }).id}`,
      )
    await until(() => heard().length === 1)
    await order(harness, 'd1', 'after')
    await until(() => heard().length === 2)
    expect(heard()).toEqual(['bsn/v1/d1/command before', 'bsn/v1/d1/command after'])
  })

  it('are sent again until the device answers, be it over another connection', async () => {
    const harness = await start({ commandAgainMs: 100, topics: ['bsn/v1/+/vitals', 'bsn/v1/+/command/ack'] })
    const first = await harness.connection()
    first.publish({ topic: 'bsn/v1/d1/vitals', payload: vitals(1), messageId: 1 })
    await until(() => first.acknowledged.length === 1)
    await order(harness, 'd1', 'c1')
    await until(() => publishedIn(first.received).length >= 2)
    first.drop()
    const second = await harness.connection(1)
    await until(() => publishedIn(second.received).length >= 2)
    const message = { boot: 'b', seq: 2, at: Date.now(), command: 'c1', result: 'done' as const }
    const payload = Buffer.from(encodeUplink({ kind: 'command-ack', message }, 'cbor'))
    second.publish({ topic: 'bsn/v1/d1/command/ack', payload, messageId: 2 })
    await until(() => second.acknowledged.length === 1)
    const kinds = async () => (await harness.stored('device-commands')).map((record) => record.headers['kind'])
    await expect.poll(kinds).toEqual(['command', 'ack'])
    const soFar = publishedIn(second.received).length
    await order(harness, 'd1', 'c2')
    await until(() => publishedIn(second.received).length >= soFar + 3)
    expect(
      publishedIn(second.received)
        .slice(soFar + 1)
        .every(({ payload: sent }) => sent.includes('c2')),
    ).toBe(true)
  })

  it('that expired are not sent, and the broker is told when others do', async () => {
    const harness = await start()
    await order(harness, 'd1', 'late', -1)
    await order(harness, 'd1', 'good', 20_000)
    const connection = await harness.connection()
    connection.publish({ topic: 'bsn/v1/d1/vitals', payload: vitals(1), messageId: 1 })
    await until(() => publishedIn(connection.received).length === 1)
    const packet = connection.received.find(({ cmd }) => cmd === 'publish')
    expect(packet).toMatchObject({ topic: 'bsn/v1/d1/command', qos: 1 })
    const expiry = packet?.cmd === 'publish' ? packet.properties?.messageExpiryInterval : undefined
    expect(expiry).toBeGreaterThan(15)
    expect(expiry).toBeLessThanOrEqual(20)
  })
})
