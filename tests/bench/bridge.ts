import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startBridge } from '@pulsewire/bridge'
import { openEmbeddedEventLog, type EventLog } from '@pulsewire/event-log'
import { createIngest } from '@pulsewire/ingest'
import { openRegistryView } from '@pulsewire/registry'
import { createMetrics, createSilentLogger } from '@pulsewire/runtime'
import mqtt from 'mqtt'
import { startMosquitto, type LocalMosquitto } from '../../infra/local/index.ts'
import { temporaryDirectory } from '../support/station.ts'
import { cpuSecondsOf, spread } from './cpu.ts'

// `npx tsx tests/bench/bridge.ts`: how fast the bridge empties what a Mosquitto holds for it into the embedded log (durable), and what that
// costs, beside the way that mqtt.js offers (`handleMessage`, one message at a time), taken in turn.

const ROUNDS = 3
const DEVICES = 20
const PAYLOAD_BYTES = 600
const TOPICS = ['bsn/v1/+/vitals']
const WINDOW = 200
const MESSAGES = { bridge: 40_000, serial: 1_500 } as const

interface Reader {
  stop(): Promise<void>
}
interface Setting {
  readonly broker: LocalMosquitto
  readonly log: EventLog
  readonly protocol: 4 | 5
}
interface Round {
  readonly perSecond: number
  readonly cpuS: number
  readonly brokerCpuS: number
  readonly recordsPerAppend: number
}

function startOurs({ broker, log, protocol }: Setting): Promise<Reader> {
  return startBridge(
    { log, logger: createSilentLogger(), metrics: createMetrics('bridge') },
    {
      host: '127.0.0.1',
      port: broker.port,
      protocol,
      clientId: 'bench',
      topics: TOPICS,
      receiveMaximum: 1_000,
      sessionExpirySeconds: 3_600,
      keepaliveSeconds: 30,
    },
  )
}

/** What mqtt.js offers: the PUBACK goes out when the callback is called, and the next message is read then. */
async function startSerial({ broker, log }: Setting): Promise<Reader> {
  const registry = await openRegistryView(log)
  const ingest = createIngest({ log, registry })
  const client = mqtt.connect(broker.url, {
    protocolVersion: 5,
    clientId: 'bench',
    clean: false,
    properties: { receiveMaximum: 1_000, sessionExpiryInterval: 3_600 },
  })
  client.handleMessage = (packet, done) => {
    const device = packet.topic.split('/')[2] ?? ''
    const payload = Buffer.from(packet.payload)
    ingest.accept({ device, topic: packet.topic, payload, receivedAt: Date.now(), relayed: true }).then(
      () => done(),
      (error: unknown) => done(error instanceof Error ? error : new Error(String(error))),
    )
  }
  await client.subscribeAsync(TOPICS, { qos: 1 })
  return {
    stop: async () => {
      await client.endAsync(true)
      await ingest.idle()
      await registry.close()
    },
  }
}

async function publishAll(broker: LocalMosquitto, messages: number): Promise<void> {
  const publishOf = async (index: number): Promise<void> => {
    const id = `d${index}`
    const client = await mqtt.connectAsync(broker.url, { clientId: id })
    let inFlight: Promise<unknown>[] = []
    for (let seq = 0; seq < messages / DEVICES; seq++) {
      const at = Date.now()
      const message = JSON.stringify({ boot: 'b', seq, at, sent: at, vitals: { heartRate: 72, spo2: 97 } })
      inFlight.push(client.publishAsync(`bsn/v1/${id}/vitals`, message.padEnd(PAYLOAD_BYTES), { qos: 1 }))
      if (inFlight.length < WINDOW) continue
      await Promise.all(inFlight)
      inFlight = []
    }
    await Promise.all(inFlight)
    await client.endAsync()
  }
  await Promise.all(Array.from({ length: DEVICES }, (_, index) => publishOf(index)))
}

async function measure(
  start: (setting: Setting) => Promise<Reader>,
  protocol: 4 | 5,
  messages: number,
): Promise<Round> {
  const directory = temporaryDirectory()
  const config = 'allow_anonymous true\nmax_queued_messages 0\nmax_inflight_messages 1000'
  const broker = await startMosquitto({ directory: join(directory.path, 'mosquitto'), config })
  const log = await openEmbeddedEventLog({ directory: join(directory.path, 'log') })
  const registry = await openRegistryView(log)
  for (let index = 0; index < DEVICES; index++) {
    const device = { kind: 'device', id: `d${index}`, secretSha256: 'a'.repeat(64), createdAt: Date.now() } as const
    await registry.change(device, { expectedVersion: 0, by: 'bench' })
  }
  let records = 0
  let appends = 0
  let firstAt = 0
  let done: () => void
  const all = new Promise<void>((resolve) => (done = resolve))
  const counted: EventLog = {
    ...log,
    append: async (topic, batch) => {
      if (topic === 'telemetry' && firstAt === 0) firstAt = performance.now()
      const positions = await log.append(topic, batch)
      if (topic !== 'telemetry') return positions
      appends++
      records += batch.length
      if (records >= messages) done()
      return positions
    },
  }
  const setting = { broker, log: counted, protocol }
  // Its session first, so that the broker keeps what is published while it is away.
  const first = await start(setting)
  await sleep(1_000)
  await first.stop()
  await publishAll(broker, messages)

  const brokerBefore = cpuSecondsOf(broker.pid ?? 0)
  const before = process.cpuUsage()
  const reader = await start(setting)
  await all
  const elapsedMs = performance.now() - firstAt
  const { user, system } = process.cpuUsage(before)
  const per100k = 100_000 / messages
  const round = {
    perSecond: (messages * 1_000) / elapsedMs,
    cpuS: ((user + system) / 1_000_000) * per100k,
    brokerCpuS: (cpuSecondsOf(broker.pid ?? 0) - brokerBefore) * per100k,
    recordsPerAppend: records / appends,
  }
  await reader.stop()
  await registry.close()
  await log.close()
  await broker.kill()
  directory.remove()
  return round
}

const variants = [
  ['bridge, MQTT 5', startOurs, 5, MESSAGES.bridge],
  ['bridge, MQTT 3.1.1', startOurs, 4, MESSAGES.bridge],
  ['handleMessage (serial)', startSerial, 5, MESSAGES.serial],
] as const
const rounds = new Map<string, Round[]>(variants.map(([name]) => [name, []]))
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, start, protocol, messages] of variants) {
    rounds.get(name)?.push(await measure(start, protocol, messages))
  }
}
console.log('| | msg/s | CPU s per 100,000 | of Mosquitto | records per append |')
console.log('|---|---|---|---|---|')
for (const [name, figures] of rounds) {
  const of = (field: keyof Round, digits = 0): string => spread(figures.map((each) => each[field]), digits) // prettier-ignore
  console.log(
    `| ${name} | ${of('perSecond')} | ${of('cpuS', 2)} | ${of('brokerCpuS', 2)} | ${of('recordsPerAppend')} |`,
  )
}
const serial = rounds.get('handleMessage (serial)') ?? []
const ratios = (rounds.get('bridge, MQTT 5') ?? []).map(
  (ours, index) => ours.perSecond / (serial[index]?.perSecond ?? NaN),
)
console.log(`bridge (MQTT 5) against handleMessage, by round: ${spread(ratios)} times`)
