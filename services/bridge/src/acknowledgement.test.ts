import { createHash } from 'node:crypto'
import { MAX_PAYLOAD_BYTES, PulsewireError } from '@pulsewire/contracts'
import { afterEach, describe, expect, it } from 'vitest'
import { latch, startHarness, until, upTo, vitals, type Harness } from './testing/harness.ts'

const TOPIC = 'bsn/v1/d1/vitals'
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
/** The packets that a client sent: those of a kind. */
const count = (connection: { received: readonly { cmd: string }[] }, cmd: string): number =>
  connection.received.filter((packet) => packet.cmd === cmd).length

describe.each([4, 5] as const)('PUBACK (protocol %i)', (protocol) => {
  it('comes only after the record is durable, with many in flight', async () => {
    const harness = await start({ protocol })
    const held = latch()
    harness.intercept = async (append, topic, records) => {
      await held.opened
      return append(topic, records)
    }
    const connection = await harness.connection()
    for (const id of upTo(1_000)) connection.publish({ topic: TOPIC, payload: vitals(id), messageId: id })
    await until(() => harness.bridge.health().detail.includes('1000 messages wait'))
    expect(connection.acknowledged).toEqual([])
    held.open()
    await until(() => connection.acknowledged.length === 1_000)
    expect(connection.acknowledged).toEqual(upTo(1_000))
    expect(await harness.seqs()).toEqual(upTo(1_000))
  })

  it('comes in the order of arrival, whatever the durations, good and bad messages and strangers mixed', async () => {
    const harness = await start({ protocol })
    harness.intercept = async (append, topic, records) => {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 5))
      return append(topic, records)
    }
    const connection = await harness.connection()
    for (const id of upTo(200)) {
      const payload = id % 7 === 0 ? Buffer.from('garbage') : vitals(id)
      connection.publish({ topic: id % 5 === 0 ? 'bsn/v1/stranger/vitals' : TOPIC, payload, messageId: id })
      if (id % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 3))
    }
    await until(() => connection.acknowledged.length === 200)
    expect(connection.acknowledged).toEqual(upTo(200))
    expect(await harness.seqs()).toEqual(upTo(200).filter((id) => id % 7 !== 0 && id % 5 !== 0))
    expect(await harness.reasons()).toHaveLength(200 - (await harness.seqs()).length)
  })

  it('is withheld while the log is down; the connection stays, and everything is in the log once it recovers', async () => {
    const harness = await start({ protocol, keepaliveSeconds: 1 })
    let down = true
    harness.intercept = (append, topic, records) =>
      down ? Promise.reject(new PulsewireError('PW_LOG_UNAVAILABLE')) : append(topic, records)
    const connection = await harness.connection()
    for (const id of upTo(50)) connection.publish({ topic: TOPIC, payload: vitals(id), messageId: id })
    await until(() => count(connection, 'pingreq') >= 2)
    expect(harness.bridge.health()).toMatchObject({ ok: false })
    expect(harness.bridge.health().detail).toContain('PW_LOG_UNAVAILABLE')
    expect(connection.acknowledged).toEqual([])
    down = false
    await until(() => connection.acknowledged.length === 50)
    expect(await harness.seqs()).toEqual(upTo(50))
    expect([connection.closed, harness.broker.connections.length, harness.bridge.health().ok]).toEqual([false, 1, true])
  })

  it('of a connection that is gone is never sent on the next, where the same identifier is another message', async () => {
    const harness = await start({ protocol })
    const first = latch()
    const second = latch()
    let appends = 0
    harness.intercept = async (append, topic, records) => {
      await (appends++ === 0 ? first : second).opened
      return append(topic, records)
    }
    const old = await harness.connection()
    old.publish({ topic: TOPIC, payload: vitals(1), messageId: 7 })
    await until(() => appends === 1)
    harness.broker.says.sessionPresent = true
    old.drop()
    const next = await harness.connection(1)
    // Another message under the same identifier, while the first is still on its way into the log.
    next.publish({ topic: TOPIC, payload: vitals(2), messageId: 7 })
    await until(() => harness.bridge.health().detail.includes('2 messages wait'))
    first.open()
    await until(() => appends === 2)
    expect(next.acknowledged).toEqual([])
    second.open()
    await until(() => next.acknowledged.length > 0)
    expect(next.acknowledged).toEqual([7])
    expect(old.acknowledged).toEqual([])
    expect(await harness.seqs()).toEqual([1, 2])
  })

  it('never comes for what the log did not take: the connection is made anew, and the broker sends it again', async () => {
    const harness = await start({ protocol, limits: { maxHoldMs: 300 } })
    let down = true
    harness.intercept = (append, topic, records) =>
      down ? Promise.reject(new PulsewireError('PW_LOG_FULL')) : append(topic, records)
    const connection = await harness.connection()
    for (const id of upTo(10)) connection.publish({ topic: TOPIC, payload: vitals(id), messageId: id })
    await until(() => connection.closed)
    expect(connection.acknowledged).toEqual([])
    down = false
    await until(() => harness.broker.connections.length === 2)
    const again = harness.broker.connections[1]
    if (again === undefined) throw new Error('no second connection')
    for (const id of upTo(10)) again.publish({ topic: TOPIC, payload: vitals(id), messageId: id, dup: true })
    await until(() => again.acknowledged.length === 10)
    expect(new Set(await harness.seqs())).toEqual(new Set(upTo(10)))
  })
})

describe('the other ways to be published', () => {
  it('QoS 0 is in the log too, in order with the rest, and is not acknowledged', async () => {
    const harness = await start()
    const connection = await harness.connection()
    connection.publish({ topic: TOPIC, payload: vitals(1), qos: 0 })
    connection.publish({ topic: TOPIC, payload: vitals(2), messageId: 2 })
    await until(() => connection.acknowledged.length > 0)
    expect(await harness.seqs()).toEqual([1, 2])
    expect(connection.acknowledged).toEqual([2])
  })

  it('QoS 2 gets its PUBREC when it is durable, in order with the PUBACKs, and PUBCOMP for its PUBREL', async () => {
    const harness = await start()
    const held = latch()
    harness.intercept = async (append, topic, records) => {
      await held.opened
      return append(topic, records)
    }
    const connection = await harness.connection()
    connection.publish({ topic: TOPIC, payload: vitals(1), qos: 2, messageId: 5 })
    connection.publish({ topic: TOPIC, payload: vitals(2), qos: 1, messageId: 6 })
    await until(() => harness.bridge.health().detail.includes('2 messages wait'))
    expect(count(connection, 'pubrec')).toBe(0)
    held.open()
    await until(() => connection.acknowledged.length === 1)
    connection.send({ cmd: 'pubrel', messageId: 5 })
    await until(() => count(connection, 'pubcomp') === 1)
    const answers = connection.received.filter(({ cmd }) => cmd.startsWith('pub'))
    expect(answers.map(({ cmd, messageId }) => [cmd, messageId])).toEqual([['pubrec', 5], ['puback', 6], ['pubcomp', 5]]) // prettier-ignore
    expect(await harness.seqs()).toEqual([1, 2])
  })

  it('what is retained is acknowledged and does not pass as new', async () => {
    const harness = await start()
    const connection = await harness.connection()
    const will = '{"state":"offline"}'
    connection.publish({ topic: 'bsn/v1/d1/status', payload: will, retain: true, messageId: 1 })
    connection.publish({ topic: 'bsn/v1/d1/status', payload: '{"state":"online"}', messageId: 2 })
    await until(() => connection.acknowledged.length === 2)
    const payloads = (await harness.stored('telemetry')).map((record) => Buffer.from(record.value ?? []).toString())
    expect(payloads).toEqual(['{"state":"online"}'])
  })

  it('what the broker marks as sent before says nothing about the clock of its device', async () => {
    const harness = await start()
    const connection = await harness.connection()
    const at = Date.now() - 20 * 60_000
    const old = (seq: number): string => JSON.stringify({ boot: 'b', seq, at, sent: at, vitals: { heartRate: 60 } })
    connection.publish({ topic: TOPIC, payload: old(1), messageId: 1, dup: true })
    connection.publish({ topic: TOPIC, payload: old(2), messageId: 2 })
    await until(() => connection.acknowledged.length === 2)
    const offsets = (await harness.stored('telemetry')).map((record) => Number(record.headers['clockOffsetMs'] ?? 0))
    expect(offsets).toEqual([0, 0])
  })
})

describe('bad messages', () => {
  it('are quarantined under the device that the topic names, or under none, acknowledged, and hold up nobody', async () => {
    const harness = await start({ topics: ['bsn/v1/#'] })
    await harness.register('d3')
    await harness.register('d3', { disabled: true })
    const connection = await harness.connection()
    const cases = [
      [TOPIC, '{garbage'],
      ['bsn/v1/d1/other', vitals(1)],
      ['bsn/v1/d9/vitals', vitals(2)],
      ['bsn/v1/d3/vitals', vitals(3)],
      ['bsn/v1/not an id/vitals', vitals(4)],
      ['bsn/v1', vitals(5)],
      [TOPIC, ''],
    ] as const
    for (const [index, [topic, payload]] of cases.entries())
      connection.publish({ topic, payload, messageId: index + 1 })
    connection.publish({ topic: TOPIC, payload: vitals(8), messageId: 8 })
    await until(() => connection.acknowledged.length === 8)
    expect(connection.acknowledged).toEqual(upTo(8))
    expect(await harness.seqs()).toEqual([8])
    const found = (await harness.reasons()).map(({ device, topic, code }) => `${device} ${topic} ${code}`).sort()
    expect(found).toEqual(
      [
        'd1 bsn/v1/d1/vitals PW_PAYLOAD_NOT_JSON',
        'd1 bsn/v1/d1/other PW_TOPIC_UNKNOWN',
        'd9 bsn/v1/d9/vitals PW_DEVICE_UNKNOWN',
        'd3 bsn/v1/d3/vitals PW_DEVICE_DISABLED',
        '_unidentified bsn/v1/not an id/vitals PW_TOPIC_UNKNOWN',
        '_unidentified bsn/v1 PW_TOPIC_UNKNOWN',
        'd1 bsn/v1/d1/vitals PW_PAYLOAD_EMPTY',
      ].sort(),
    )
  })

  it('over 256 KiB are quarantined by hash and head, of any size', async () => {
    const harness = await start()
    const connection = await harness.connection()
    const large = Buffer.alloc(3_000_000, 0x41)
    const justOver = Buffer.alloc(MAX_PAYLOAD_BYTES + 1, 0x42)
    connection.publish({ topic: TOPIC, payload: large, messageId: 1 })
    connection.publish({ topic: TOPIC, payload: justOver, messageId: 2 })
    connection.publish({ topic: TOPIC, payload: vitals(3), messageId: 3 })
    await until(() => connection.acknowledged.length === 3)
    const sha256 = (payload: Buffer): string => createHash('sha256').update(payload).digest('hex')
    expect((await harness.reasons()).map(({ code, bytes, sha256: hash }) => ({ code, bytes, hash }))).toEqual([
      { code: 'PW_PAYLOAD_TOO_LARGE', bytes: large.length, hash: sha256(large) },
      { code: 'PW_PAYLOAD_TOO_LARGE', bytes: justOver.length, hash: sha256(justOver) },
    ])
    expect((await harness.stored('quarantine')).map((record) => record.value?.length)).toEqual([1_024, 1_024])
    expect(await harness.seqs()).toEqual([3])
  })
})
