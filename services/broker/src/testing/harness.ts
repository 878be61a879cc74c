import { encodeUplink } from '@pulsewire/codec'
import {
  noticeMessage,
  quarantineReason,
  type LogTopic,
  type NoticeMessage,
  type QuarantineReason,
} from '@pulsewire/contracts'
import {
  createMemoryEventLog,
  createMemoryLogData,
  type EventLog,
  type LogRecord,
  type MemoryLogData,
  type StoredRecord,
} from '@pulsewire/event-log'
import { newDeviceSecret, openRegistryView, type RegistryView } from '@pulsewire/registry'
import { createMetrics, createSilentLogger } from '@pulsewire/runtime'
import mqttPacket, { type Packet } from 'mqtt-packet'
import { startBroker, type BrokerOptions, type RunningBroker } from '../start-broker.ts'
import { signIn, type RawClient } from './raw-client.ts'

type Append = EventLog['append']

/** A broker on a log in memory whose appends a test may hold, fail or delay. */
export interface Harness {
  readonly broker: RunningBroker
  readonly log: EventLog
  readonly registry: RegistryView
  readonly port: number
  /** Stands between the broker and the log's append, for telemetry and quarantine. */
  intercept: (append: Append, topic: LogTopic, records: readonly LogRecord[]) => ReturnType<Append>
  /** Registers a device and answers its secret. */
  register(device: string): Promise<Buffer>
  /** Registers (once) and connects a device; with a password: one that is registered already. */
  device(device: string, password?: Buffer): Promise<RawClient>
  stored(topic: LogTopic): Promise<StoredRecord[]>
  reasons(): Promise<QuarantineReason[]>
  close(): Promise<void>
}

export async function startHarness(
  options: Partial<BrokerOptions> = {},
  data: MemoryLogData = createMemoryLogData(2),
): Promise<Harness> {
  const log = createMemoryEventLog({ data })
  const registry = await openRegistryView(log)
  const secrets = new Map<string, Buffer>()
  const clients: RawClient[] = []
  const guarded: EventLog = {
    ...log,
    append: (topic, records) =>
      topic === 'telemetry' || topic === 'quarantine'
        ? harness.intercept((...args) => log.append(...args), topic, records)
        : log.append(topic, records),
  }
  const broker = await startBroker(
    { log: guarded, logger: createSilentLogger(), metrics: createMetrics('broker') },
    { host: '127.0.0.1', mqttPort: 0, ...options },
  )

  const register = async (device: string): Promise<Buffer> => {
    const known = secrets.get(device)
    if (known !== undefined) return known
    const { secret, sha256 } = newDeviceSecret()
    const entity = { kind: 'device', id: device, secretSha256: sha256, createdAt: Date.now() } as const
    await registry.change(entity, { expectedVersion: 0, by: 'test' })
    const password = Buffer.from(secret)
    secrets.set(device, password)
    return password
  }
  const stored = async (topic: LogTopic): Promise<StoredRecord[]> => {
    const records: StoredRecord[] = []
    for (const end of await log.ends(topic)) {
      for await (const batch of log.read(topic, end.partition, { from: end.earliest })) records.push(...batch)
    }
    return records
  }
  const harness: Harness = {
    broker,
    log,
    registry,
    port: broker.mqttPort,
    intercept: (append, topic, records) => append(topic, records),
    register,
    device: async (device, known) => {
      const password = known ?? (await register(device))
      const { client, returnCode } = await signIn(broker.mqttPort, { username: device, password })
      if (returnCode !== 0) throw new Error(`${device} was refused with ${returnCode}`)
      clients.push(client)
      return client
    },
    stored,
    reasons: async () =>
      (await stored('quarantine')).map((r) => quarantineReason.parse(JSON.parse(r.headers['reason'] ?? 'null'))),
    close: async () => {
      for (const client of clients) client.destroy()
      await broker.stop()
      await registry.close()
      await log.close()
    },
  }
  return harness
}

/** A vitals message as a device sends it. */
export function vitals(seq: number, at: number = Date.now()): Buffer {
  const message = { boot: 'b', seq, at, sent: Date.now(), vitals: { heartRate: 72 } }
  return Buffer.from(encodeUplink({ kind: 'vitals', message }, 'json'))
}

/** `count` messages of a device in one piece, QoS 1, message id = seq = 1 … count. */
export function burst(device: string, count: number, payload: (seq: number) => Buffer = vitals): Buffer {
  const topic = `bsn/v1/${device}/vitals`
  const packets = Array.from({ length: count }, (_, i) =>
    mqttPacket.generate({
      cmd: 'publish',
      topic,
      payload: payload(i + 1),
      qos: 1,
      messageId: i + 1,
      dup: false,
      retain: false,
    }),
  )
  return Buffer.concat(packets)
}

/** Subscribes to everything under the device's own root. */
export async function listen(client: RawClient, device: string): Promise<void> {
  client.send({ cmd: 'subscribe', messageId: 65_000, subscriptions: [{ topic: `bsn/v1/${device}/#`, qos: 1 }] })
  await client.next((packet) => packet.cmd === 'suback')
}

/** The notice in a packet, where it is one. */
export function noticeOf(packet: Packet): NoticeMessage | undefined {
  if (packet.cmd !== 'publish' || !packet.topic.endsWith('/notice')) return undefined
  return noticeMessage.parse(JSON.parse(packet.payload.toString()))
}

/** Waits for a notice of a kind (and code). */
export async function notice(client: RawClient, kind: NoticeMessage['kind'], code?: string): Promise<NoticeMessage> {
  const matches = (packet: Packet): boolean => {
    const found = noticeOf(packet)
    return found?.kind === kind && (code === undefined || found.code === code)
  }
  const found = noticeOf(await client.next(matches))
  if (found === undefined) throw new Error('no notice')
  return found
}
