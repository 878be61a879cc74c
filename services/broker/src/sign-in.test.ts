import { refusalRecord } from '@pulsewire/contracts'
import { newDeviceSecret } from '@pulsewire/registry'
import mqttPacket from 'mqtt-packet'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { burst, startHarness, vitals, type Harness } from './testing/harness.ts'
import { openRaw, signIn } from './testing/raw-client.ts'

let harness: Harness
beforeEach(async () => {
  harness = await startHarness()
})
afterEach(() => harness.close())

const attempt = async (options: Parameters<typeof signIn>[1]): Promise<number | undefined> => {
  const { client, returnCode } = await signIn(harness.port, options)
  if (returnCode !== 0) await client.untilClosed()
  client.destroy()
  return returnCode
}

describe('who may come in', () => {
  it('a device with its own secret, as soon as it is registered', async () => {
    for (let i = 0; i < 5; i++) {
      const password = await harness.register(`d${i}`)
      expect(await attempt({ username: `d${i}`, password })).toBe(0)
    }
  })

  it('nobody without a name and a secret', async () => {
    await harness.register('d1')
    expect(await attempt({ clientId: 'd1' })).toBe(4)
    expect(await attempt({ clientId: '' })).toBe(4)
    expect(await attempt({ username: 'd1' })).toBe(4)
  })

  it('nobody with a wrong secret, or that of another device, or as an unknown device', async () => {
    const password = await harness.register('d1')
    await harness.register('d2')
    expect(await attempt({ username: 'd1', password: Buffer.from('wrong') })).toBe(4)
    expect(await attempt({ username: 'd2', password })).toBe(4)
    expect(await attempt({ username: 'unknown', password })).toBe(4)
    expect(await attempt({ username: '../d1', password })).toBe(4)
  })

  it('whoever is refused is told of in the log, once in a while, so that whoever sets a device up sees why', async () => {
    const password = await harness.register('d1')
    for (let i = 0; i < 3; i++) expect(await attempt({ username: 'd1', password: Buffer.from('wrong') })).toBe(4)
    expect(await attempt({ clientId: 'other', username: 'd1', password })).toBe(2)
    expect(await attempt({ username: 'stranger', password })).toBe(4)
    expect(await attempt({ username: 'no id', password })).toBe(4)
    const said = async () =>
      (await harness.stored('findings'))
        .filter(({ headers }) => headers['kind'] === 'refusal')
        .map(({ value }) => refusalRecord.parse(JSON.parse(Buffer.from(value ?? []).toString())))
        .map(({ device, code, known }) => [device, code, known])
    await vi.waitFor(async () =>
      expect(await said()).toEqual([
        ['d1', 'PW_DEVICE_UNKNOWN', true],
        ['d1', 'PW_CLIENT_ID_FOREIGN', true],
        ['stranger', 'PW_DEVICE_UNKNOWN', false],
      ]),
    )
  })

  it('nobody under the client id of another device: the real one stays connected', async () => {
    const victim = await harness.device('d1')
    const password = await harness.register('thief')
    expect(await attempt({ clientId: 'd1', username: 'thief', password })).toBe(2)
    expect(await attempt({ clientId: 'd1', username: 'd1', password })).toBe(4)
    victim.publish({ topic: 'bsn/v1/d1/vitals', payload: vitals(1), qos: 1, messageId: 1 })
    await victim.next((packet) => packet.cmd === 'puback')
    expect(victim.closed).toBe(false)
  })

  it('the device itself takes over its own connection', async () => {
    const first = await harness.device('d1')
    const second = await harness.device('d1')
    await first.untilClosed()
    second.publish({ topic: 'bsn/v1/d1/vitals', payload: vitals(1), qos: 1, messageId: 1 })
    await second.next((packet) => packet.cmd === 'puback')
    expect(harness.broker.connections).toBe(1)
  })

  it('with messages sent ahead of the CONNACK, all of them and in order', async () => {
    const password = await harness.register('d1')
    const client = await openRaw(harness.port)
    const connect = {
      cmd: 'connect',
      clientId: 'd1',
      username: 'd1',
      password,
      protocolId: 'MQTT',
      protocolVersion: 4,
      clean: true,
      keepalive: 60,
    } as const
    client.socket.write(Buffer.concat([mqttPacket.generate(connect), burst('d1', 150)]))
    await client.next((packet) => packet.cmd === 'puback' && packet.messageId === 150)
    expect(client.acknowledged).toEqual(Array.from({ length: 150 }, (_, i) => i + 1))
    client.destroy()
  })

  it('without a session kept from before, and told so: what must arrive is in the log', async () => {
    const password = await harness.register('d1')
    for (let round = 0; round < 2; round++) {
      const { client } = await signIn(harness.port, { username: 'd1', password, clean: false })
      client.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'bsn/v1/d1/#', qos: 1 }] })
      await client.next((packet) => packet.cmd === 'suback')
      expect(client.received[0]).toMatchObject({ cmd: 'connack', returnCode: 0, sessionPresent: false })
      client.destroy()
    }
  })

  it('MQTT 3.1 too, with an id of up to 64 characters', async () => {
    const username = 'a'.repeat(64)
    const password = await harness.register(username)
    expect(await attempt({ username, password, protocolId: 'MQIsdp', protocolVersion: 3 })).toBe(0)
  })

  it('not with MQTT 5: it is told that its version is not spoken here', async () => {
    const password = await harness.register('d1')
    expect(await attempt({ username: 'd1', password, protocolVersion: 5 })).toBe(1)
  })

  it('keeps failing addresses waiting, but never a right secret from the same address', async () => {
    const password = await harness.register('d1')
    for (let i = 0; i < 5; i++) expect(await attempt({ username: 'x', password })).toBe(4)
    let answered = false
    const slow = attempt({ username: 'x', password }).then((code) => {
      answered = true
      return code
    })
    expect(await attempt({ username: 'd1', password })).toBe(0)
    expect(answered).toBe(false)
    expect(await slow).toBe(4)
  })
})

describe('who must leave', () => {
  const device = (secretSha256: string, disabled = false) =>
    ({ kind: 'device', id: 'd1', secretSha256, createdAt: 1_800_000_000_000, disabled }) as const

  it('a device that is disabled, at once and for as long as it is', async () => {
    const client = await harness.device('d1')
    const entity = harness.registry.state.devices.get('d1')?.entity
    await harness.registry.change(device(entity?.secretSha256 ?? '', true), { expectedVersion: 1, by: 'test' })
    await client.untilClosed()
    expect(await attempt({ username: 'd1', password: await harness.register('d1') })).toBe(5)
    await harness.registry.change(device(entity?.secretSha256 ?? ''), { expectedVersion: 2, by: 'test' })
    expect(await attempt({ username: 'd1', password: await harness.register('d1') })).toBe(0)
  })

  it('a device whose credential was renewed: the old secret is worth nothing', async () => {
    const client = await harness.device('d1')
    const { secret, sha256 } = newDeviceSecret()
    await harness.registry.change(device(sha256), { expectedVersion: 1, by: 'test' })
    await client.untilClosed()
    expect(await attempt({ username: 'd1', password: await harness.register('d1') })).toBe(4)
    expect(await attempt({ username: 'd1', password: Buffer.from(secret) })).toBe(0)
  })

  it('nobody else: other changes disturb no connection', async () => {
    const client = await harness.device('d1')
    await harness.register('d2')
    await harness.registry.change(
      { kind: 'association', id: 'd1', spans: [{ patient: 'p', from: 1_800_000_000_000 }] },
      { expectedVersion: 0, by: 'test' },
    )
    client.send({ cmd: 'pingreq' })
    await client.next((packet) => packet.cmd === 'pingresp')
    expect(client.closed).toBe(false)
  })

  it('somebody who does not speak MQTT, or a CONNECT of absurd size', async () => {
    for (const bytes of [Buffer.from('GET / HTTP/1.1\r\n\r\n'), Buffer.from([0x10, 0xff, 0xff, 0x7f, 0x00])]) {
      const client = await openRaw(harness.port)
      client.socket.write(bytes)
      await client.untilClosed()
    }
    await vi.waitFor(() => expect(harness.broker.health().ok).toBe(true))
  })
})

describe('who may hear what', () => {
  const granted = async (topics: string[]): Promise<(number | undefined)[]> => {
    const client = await harness.device('d1')
    const subscriptions = topics.map((topic) => ({ topic, qos: 1 as const }))
    client.send({ cmd: 'subscribe', messageId: 1, subscriptions })
    const suback = await client.next((packet) => packet.cmd === 'suback')
    return suback.cmd === 'suback' ? suback.granted.map(Number) : []
  }

  it('a device hears what is under its own root, with wildcards within it', async () => {
    expect(await granted(['bsn/v1/d1/command', 'bsn/v1/d1/+', 'bsn/v1/d1/#'])).toEqual([1, 1, 1])
  })

  it('nothing of another, nothing above its root, no shared subscription, no broker topics', async () => {
    expect(
      await granted(['bsn/v1/d2/command', 'bsn/v1/+/notice', 'bsn/#', '#', '+/+/d1/notice', '$share/g/bsn/v1/d1/notice', '$SYS/#', 'bsn/v1/d1']),
    ).toEqual([128, 128, 128, 128, 128, 128, 128, 128]) // prettier-ignore
  })
})
