import { join } from 'node:path'
import { writeFileSync } from 'node:fs'
import { startBridge } from '@pulsewire/bridge'
import { ensureCertificates } from '@pulsewire/broker'
import { PulsewireError } from '@pulsewire/contracts'
import { openEmbeddedEventLog, type EventLog } from '@pulsewire/event-log'
import { createMetrics, createSilentLogger } from '@pulsewire/runtime'
import mqtt from 'mqtt'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { admit, signIn } from '../support/api.ts'
import { startService, type TestService } from '../support/services.ts'
import { startStation } from '../support/station.ts'
import { freePort, type LocalMosquitto } from '../../infra/local/index.ts'
import {
  ascending, connectForeignDevice, firstTimes, isPoison, lost, mosquittoFor, readAll, register, taken, temporary, untilTaken, type ForeignDevice,
} from './bridge-support.ts' // prettier-ignore

const DEVICES = ['d1', 'd2', 'd3', 'd4']
let directory: { path: string; remove: () => void }
let log: EventLog
let cleanups: (() => Promise<unknown>)[]

beforeEach(async () => {
  directory = temporary()
  log = await openEmbeddedEventLog({ directory: join(directory.path, 'log') })
  cleanups = [async () => log.close()]
  await register(log, DEVICES)
})
afterEach(async () => {
  for (const cleanup of cleanups.toReversed()) await cleanup()
  directory.remove()
})

async function mosquitto(more: readonly string[] = []): Promise<LocalMosquitto> {
  const broker = await mosquittoFor(directory.path, more)
  cleanups.push(async () => broker.kill())
  return broker
}
async function bridge(broker: LocalMosquitto, env: Record<string, string> = {}): Promise<TestService> {
  const service = await startService('bridge', {
    env: {
      PULSEWIRE_DATA_DIR: directory.path,
      PULSEWIRE_BRIDGE_URL: broker.url,
      PULSEWIRE_BRIDGE_KEEPALIVE_SECONDS: '2',
      ...env,
    },
  })
  cleanups.push(async () => {
    service.resume()
    await service.kill()
  })
  return service
}
async function devicesAt(broker: LocalMosquitto): Promise<ForeignDevice[]> {
  const devices = await Promise.all(DEVICES.map((id) => connectForeignDevice(broker, id)))
  cleanups.push(async () => Promise.all(devices.map((device) => device.client.endAsync(true))))
  return devices
}
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
/** A bridge has its session at the broker once it has taken something: from then on the broker keeps what comes. */
async function untilItTakes(devices: readonly ForeignDevice[]): Promise<void> {
  await vi.waitFor(
    async () => {
      const [device] = devices
      if (device === undefined) return
      await device.client.publishAsync(`bsn/v1/${device.id}/status`, '{"state":"online"}', { qos: 1 })
      expect((await readAll(log, 'telemetry')).length).toBeGreaterThan(0)
    },
    { timeout: 20_000, interval: 200 },
  )
}
async function expectNothingLost(devices: readonly ForeignDevice[], { ordered = true } = {}): Promise<void> {
  await untilTaken(log, devices)
  for (const device of devices) {
    const { stored, quarantined } = await taken(log, device.id)
    expect(await lost(log, device)).toEqual([])
    expect(stored.filter(isPoison)).toEqual([])
    expect(quarantined.every(isPoison)).toBe(true)
    if (ordered) expect(ascending(firstTimes(stored.filter(Number.isFinite)))).toBe(true)
  }
}

describe.each([
  ['MQTT 5', { PULSEWIRE_BRIDGE_PROTOCOL: '5' }],
  ['MQTT 3.1.1', { PULSEWIRE_BRIDGE_PROTOCOL: '4' }],
])('a bridge at a real Mosquitto (%s)', (_name, env) => {
  it('that is killed again and again under load loses nothing that the broker acknowledged, and keeps the order of each device', async () => {
    const broker = await mosquitto()
    const service = await bridge(broker, env)
    const devices = await devicesAt(broker)
    await untilItTakes(devices)
    const sent = Promise.all(devices.map((device) => device.send(1, 2_000, 400)))
    for (let kill = 0; kill < 4; kill++) {
      await pause(700)
      await service.kill()
      await pause(kill * 150)
      await service.restart()
    }
    await sent
    await Promise.all(devices.map((device) => device.idle()))
    expect(devices.map((device) => device.acknowledged.size)).toEqual(DEVICES.map(() => 2_000))
    await expectNothingLost(devices)
  })

  it('goes on over a restart of the broker, and over one that hangs, with nothing lost of what it acknowledged', async () => {
    const broker = await mosquitto()
    const service = await bridge(broker, env)
    const devices = await devicesAt(broker)
    await untilItTakes(devices)
    const sent = Promise.all(devices.map((device) => device.send(1, 1_500, 250)))
    await pause(1_000)
    await broker.restart()
    await pause(1_000)
    // Longer than one and a half keep-alives: the connection hangs, it is not closed.
    broker.pause()
    await pause(4_000)
    broker.resume()
    await sent
    await Promise.all(devices.map((device) => device.idle()))
    await expectNothingLost(devices)
    expect(service.crashes).toBe(0)
  })

  it('that stands still for longer than its keep-alive goes on where it was', async () => {
    const broker = await mosquitto()
    const service = await bridge(broker, env)
    const devices = await devicesAt(broker)
    await untilItTakes(devices)
    const sent = Promise.all(devices.map((device) => device.send(1, 1_500, 300)))
    await pause(800)
    service.pause()
    await pause(5_000)
    service.resume()
    await sent
    await Promise.all(devices.map((device) => device.idle()))
    await expectNothingLost(devices)
  })

  it('does not count a retained status again, however often it subscribes', async () => {
    const broker = await mosquitto()
    const [device] = await devicesAt(broker)
    const service = await bridge(broker, env)
    if (device === undefined) throw new Error('no device')
    await untilItTakes([device])
    const status = JSON.stringify({ state: 'online', boot: 'b', seq: 1, at: Date.now() })
    await device.client.publishAsync('bsn/v1/d1/status', status, { qos: 1, retain: true })
    for (let restart = 0; restart < 3; restart++) await service.restart()
    await device.send(2, 2, 10)
    await device.idle()
    await untilTaken(log, [device])
    expect((await taken(log, device.id)).stored.filter((seq) => seq === 1)).toEqual([1])
  })
})

describe('two bridges in one group', () => {
  it('share the devices; one is killed, the other goes on, and what the killed one had is there once it is back', async () => {
    const broker = await mosquitto()
    const share = { PULSEWIRE_BRIDGE_SHARE: 'pulsewire' }
    const one = await bridge(broker, { ...share, PULSEWIRE_BRIDGE_CLIENT_ID: 'bridge-1' })
    const two = await bridge(broker, { ...share, PULSEWIRE_BRIDGE_CLIENT_ID: 'bridge-2' })
    const devices = await devicesAt(broker)
    await untilItTakes(devices)
    const sent = Promise.all(devices.map((device) => device.send(1, 2_000, 400)))
    await pause(1_000)
    await one.kill()
    const atTheKill = (await readAll(log, 'telemetry')).length
    const goesOn = async (): Promise<void> =>
      expect((await readAll(log, 'telemetry')).length).toBeGreaterThan(atTheKill + 500)
    await vi.waitFor(goesOn, { timeout: 15_000, interval: 100 })
    await one.restart()
    await sent
    await Promise.all(devices.map((device) => device.idle()))
    // Two readers of one stream: each device's order is that of the device only within each of them.
    await expectNothingLost(devices, { ordered: false })
    expect([one.crashes, two.crashes]).toEqual([0, 0])
  })
})

describe('two bridges that each take everything', () => {
  it('one is killed and stays dead: nothing waits for it, and the order of each device stays', async () => {
    const broker = await mosquitto()
    const one = await bridge(broker, { PULSEWIRE_BRIDGE_CLIENT_ID: 'bridge-1' })
    await bridge(broker, { PULSEWIRE_BRIDGE_CLIENT_ID: 'bridge-2' })
    const devices = await devicesAt(broker)
    await untilItTakes(devices)
    await Promise.all(devices.map((device) => device.send(1, 500, 400)))
    await one.kill()
    await Promise.all(devices.map((device) => device.send(501, 1_000, 400)))
    await Promise.all(devices.map((device) => device.idle()))
    // While the other is still dead.
    await untilTaken(log, devices, 15_000)
    await expectNothingLost(devices)
  })
})

describe('a log that refuses for a while', () => {
  it('only delays: the broker keeps what comes, the connection lives on, and all is there in order', async () => {
    const broker = await mosquitto()
    let down = false
    const refusing: EventLog = {
      ...log,
      append: (topic, records) =>
        down ? Promise.reject(new PulsewireError('PW_LOG_UNAVAILABLE')) : log.append(topic, records),
    }
    const running = await startBridge(
      { log: refusing, logger: createSilentLogger(), metrics: createMetrics('bridge') },
      {
        host: '127.0.0.1', port: broker.port, protocol: 5, clientId: 'b', topics: ['bsn/v1/+/vitals', 'bsn/v1/+/status'],
        receiveMaximum: 1_000, sessionExpirySeconds: 3_600, keepaliveSeconds: 1,
      },
    ) // prettier-ignore
    cleanups.push(async () => running.stop())
    const devices = await devicesAt(broker)
    await untilItTakes(devices)
    down = true
    const sent = Promise.all(devices.map((device) => device.send(1, 1_000, 400)))
    await pause(4_000)
    expect(running.health()).toMatchObject({ ok: false })
    down = false
    await sent
    await Promise.all(devices.map((device) => device.idle()))
    await expectNothingLost(devices)
    for (const device of devices) {
      const { stored } = await taken(log, device.id)
      // It was never disconnected, so nothing came twice.
      expect(stored.filter(Number.isFinite).length).toBe(new Set(stored.filter(Number.isFinite)).size)
    }
  })
})

describe('beside a station', () => {
  it('a device at the other broker is a device like any other: its vitals are on the screen of its patient', async () => {
    const dataDirectory = join(directory.path, 'station')
    const station = await startStation({ dataDirectory })
    cleanups.push(async () => station.kill())
    const api = await signIn(station)
    const { patient } = await admit(api, { patient: 'Ada', device: 'far-1' })
    const broker = await mosquitto()
    await bridge(broker, { PULSEWIRE_DATA_DIR: dataDirectory })
    const device = await connectForeignDevice(broker, 'far-1')
    cleanups.push(async () => device.client.endAsync(true))
    let next = 1
    // Until the bridge has its session, nobody hears what is published there.
    await vi.waitFor(
      async () => {
        await device.send(next, next + 2, 100)
        next += 3
        await device.idle()
        const { series } = await api.call<{ series: Record<string, { points: unknown[] }> }>(
          'GET',
          `/patients/${patient}/vitals?codes=heartRate&from=${Date.now() - 60_000}&to=${Date.now() + 60_000}`,
        )
        expect(series['heartRate']?.points.length).toBeGreaterThanOrEqual(3)
      },
      { timeout: 30_000, interval: 500 },
    )
  })
})

describe('TLS', () => {
  it('takes from a broker whose certificate an authority that we trust has signed, and from no other', async () => {
    const made = await ensureCertificates(join(directory.path, 'tls'), ['127.0.0.1', 'localhost'], Date.now())
    writeFileSync(join(directory.path, 'cert.pem'), made.certificate)
    writeFileSync(join(directory.path, 'key.pem'), made.key)
    const port = await freePort()
    const broker = await mosquitto([
      `listener ${port} 127.0.0.1`,
      `certfile ${join(directory.path, 'cert.pem')}`,
      `keyfile ${join(directory.path, 'key.pem')}`,
    ])
    const PULSEWIRE_BRIDGE_URL = `mqtts://localhost:${port}`
    const distrusting = await bridge(broker, { PULSEWIRE_BRIDGE_URL, PULSEWIRE_BRIDGE_CLIENT_ID: 'distrusting' })
    await vi.waitFor(() => expect(distrusting.stderr()).toContain('certificate'), { timeout: 10_000 })
    await distrusting.stop()
    await bridge(broker, { PULSEWIRE_BRIDGE_URL, PULSEWIRE_BRIDGE_CA_FILE: made.caFile })
    const devices = await devicesAt(broker)
    await untilItTakes(devices)
    await Promise.all(devices.map((device) => device.send(1, 100, 400)))
    await expectNothingLost(devices)
  })
})

describe("the broker's access list of docs/bridge.md", () => {
  it('keeps devices to their own topics, and lets the bridge hear all and tell each', async () => {
    const acl = join(directory.path, 'acl')
    writeFileSync(
      acl,
      [
        'pattern write bsn/v1/%u/vitals',
        'pattern write bsn/v1/%u/status',
        'pattern read bsn/v1/%u/notice',
        'pattern read bsn/v1/%u/command',
        'user pulsewire-bridge',
        'topic read bsn/v1/#',
        'topic write bsn/v1/+/notice',
        'topic write bsn/v1/+/command',
        '',
      ].join('\n'),
    )
    const broker = await mosquitto([`acl_file ${acl}`])
    await bridge(broker, { PULSEWIRE_BRIDGE_USERNAME: 'pulsewire-bridge' })
    const devices = await devicesAt(broker)
    const [d1, d2] = devices
    if (d1 === undefined || d2 === undefined) throw new Error('no devices')
    const notices: string[] = []
    d1.client.on('message', (topic, payload) => notices.push(`${topic} ${payload.toString()}`))
    await d1.client.subscribeAsync('bsn/v1/d1/notice', { qos: 1 })
    await untilItTakes(devices)
    await d2.client.publishAsync('bsn/v1/d1/vitals', '{"boot":"x","seq":999,"at":1}', { qos: 1 })
    await d1.send(50, 51, 10)
    await untilTaken(log, [d1])
    await vi.waitFor(() => expect(notices.some((notice) => notice.includes('PW_PAYLOAD_INVALID'))).toBe(true))
    expect((await taken(log, 'd1')).quarantined).toEqual([50])
    const spy = await mqtt.connectAsync(broker.url, { clientId: 'd3', username: 'd3' })
    cleanups.push(async () => spy.endAsync(true))
    const heard: string[] = []
    spy.on('message', (topic) => heard.push(topic))
    await spy.subscribeAsync('bsn/v1/#', { qos: 1 }).catch(() => undefined)
    await d1.send(52, 60, 100)
    await untilTaken(log, [d1])
    expect(heard).toEqual([])
  })
})
