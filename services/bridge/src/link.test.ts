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
const subscriptions = (harness: Harness) =>
  harness.broker.connections.map(({ received }) =>
    received.flatMap((packet) => (packet.cmd === 'subscribe' ? packet.subscriptions : [])),
  )

describe('at the broker', () => {
  it('the bridge has a session that outlives its connections, and subscribes with QoS 1, shared, without what is retained', async () => {
    const harness = await start({ share: 'group', sessionExpirySeconds: 86_400 })
    const { connect } = await harness.connection()
    expect(connect).toMatchObject({
      clientId: 'bridge-1', protocolVersion: 5, clean: false, properties: { sessionExpiryInterval: 86_400, receiveMaximum: 1_000 },
    }) // prettier-ignore
    expect(subscriptions(harness)).toMatchObject([
      [{ topic: '$share/group/bsn/v1/+/vitals', qos: 1, rh: 2 }, { topic: '$share/group/bsn/v1/+/status', qos: 1, rh: 2 }],
    ]) // prettier-ignore
  })

  it('it subscribes on each connection, whatever the broker says of the session', async () => {
    const harness = await start({ protocol: 4 })
    const first = await harness.connection()
    expect(first.connect).toMatchObject({ protocolVersion: 4, clean: false })
    harness.broker.says.sessionPresent = true
    first.drop()
    await harness.connection(1)
    expect(subscriptions(harness).map((each) => each.length)).toEqual([2, 2])
  })

  it('it says what is wrong, and keeps trying: refused, then let in; subscription refused', async () => {
    const harness = await start()
    const connection = await harness.connection()
    harness.broker.says.connack = 0x87
    connection.drop()
    await until(() => harness.bridge.health().detail.includes('Not authorized'))
    expect(harness.bridge.health().ok).toBe(false)
    harness.broker.says.granted = 0x9e
    harness.broker.says.connack = 0
    await until(() => harness.bridge.health().detail.includes('refuses the subscription'))
    harness.broker.says.granted = 1
    harness.broker.connections.at(-1)?.drop()
    await until(() => harness.bridge.health().ok)
  })

  it('a broker that does not answer any more is left for a new connection', async () => {
    const harness = await start({ keepaliveSeconds: 1 })
    const connection = await harness.connection()
    harness.broker.says.answersPings = false
    await until(() => connection.closed)
    harness.broker.says.answersPings = true
    await harness.connection(1)
  })

  it('what is no MQTT ends the connection, and it goes on with the next', async () => {
    const harness = await start()
    const connection = await harness.connection()
    connection.send(Buffer.from([0x36, 5, 0, 1, 0x61, 0, 1]))
    await until(() => connection.closed)
    const next = await harness.connection(1)
    next.publish({ topic: TOPIC, payload: vitals(1), messageId: 1 })
    await until(() => next.acknowledged.length === 1)
  })
})

describe('a log that cannot follow', () => {
  it('makes the bridge stop reading, within bounds, and the connection lives on', async () => {
    const harness = await start({ protocol: 4, keepaliveSeconds: 1, limits: { maxPending: 50 } })
    const held = latch()
    harness.intercept = async (append, topic, records) => {
      await held.opened
      return append(topic, records)
    }
    const connection = await harness.connection()
    const payload = Buffer.alloc(60_000, 0x20)
    const seqs = upTo(400)
    // A broker that sends without a bound: 24 MB of it.
    for (const seq of seqs) {
      const small = vitals(seq)
      connection.publish({
        topic: TOPIC,
        payload: Buffer.concat([small, payload.subarray(small.length)]),
        messageId: seq,
      })
    }
    await until(() => Number(/(\d+) messages wait/.exec(harness.bridge.health().detail)?.[1]) >= 50)
    const pings = (): number => connection.received.filter(({ cmd }) => cmd === 'pingreq').length
    // Twice as long as what would count as dead.
    await until(() => pings() >= 3)
    expect(Number(/(\d+) messages wait/.exec(harness.bridge.health().detail)?.[1])).toBeLessThan(60)
    expect([connection.closed, connection.acknowledged.length]).toEqual([false, 0])
    held.open()
    await until(() => connection.acknowledged.length === seqs.length)
    expect(await harness.seqs()).toEqual(seqs)
    expect(harness.broker.connections).toHaveLength(1)
  })
})

describe('a graceful stop', () => {
  it('makes durable and acknowledges what was taken, and says goodbye', async () => {
    const harness = await start()
    const held = latch()
    harness.intercept = async (append, topic, records) => {
      await held.opened
      return append(topic, records)
    }
    const connection = await harness.connection()
    for (const id of upTo(30)) connection.publish({ topic: TOPIC, payload: vitals(id), messageId: id })
    await until(() => harness.bridge.health().detail.includes('30 messages wait'))
    const stopped = harness.bridge.stop()
    held.open()
    await stopped
    await until(() => connection.closed)
    expect(connection.acknowledged).toEqual(upTo(30))
    expect(connection.received.at(-1)).toMatchObject({ cmd: 'disconnect' })
    expect(await harness.seqs()).toEqual(upTo(30))
  })

  it('ends in time where the broker is not there, and where it does not read', async () => {
    const harness = await start({ drainMs: 100 })
    const connection = await harness.connection()
    await harness.broker.close()
    await until(() => connection.closed)
    const startedAt = performance.now()
    await harness.bridge.stop()
    expect(performance.now() - startedAt).toBeLessThan(2_000)
  })
})
