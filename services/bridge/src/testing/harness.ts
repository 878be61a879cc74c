import { encodeUplink } from '@pulsewire/codec'
import { quarantineReason, type LogTopic, type QuarantineReason } from '@pulsewire/contracts'
import { createMemoryEventLog, type EventLog, type LogRecord, type StoredRecord } from '@pulsewire/event-log'
import { openRegistryView, type RegistryView } from '@pulsewire/registry'
import { createMetrics, createSilentLogger, type Metrics, type Running } from '@pulsewire/runtime'
import type { Packet } from 'mqtt-packet'
import { vi } from 'vitest'
import { startBridge, type BridgeOptions } from '../start-bridge.ts'
import { startFakeBroker, type FakeBroker, type FakeConnection } from './fake-broker.ts'

type Append = EventLog['append']

/** A bridge between a fake broker and a log in memory whose appends a test may hold, fail or delay. */
export interface Harness {
  readonly bridge: Running
  readonly broker: FakeBroker
  readonly log: EventLog
  readonly registry: RegistryView
  readonly metrics: Metrics
  /** Stands between the bridge and the log's append, for telemetry and quarantine. */
  intercept: (append: Append, topic: LogTopic, records: readonly LogRecord[]) => ReturnType<Append>
  register(device: string, more?: { disabled?: true }): Promise<void>
  /** The bridge's n-th connection (0 = first), once it is subscribed, or was. */
  connection(index?: number): Promise<FakeConnection>
  stored(topic: LogTopic): Promise<StoredRecord[]>
  seqs(): Promise<number[]>
  reasons(): Promise<QuarantineReason[]>
  close(): Promise<void>
}

export async function startHarness(options: Partial<BridgeOptions> = {}): Promise<Harness> {
  const log = createMemoryEventLog({ partitions: 2 })
  const registry = await openRegistryView(log)
  const broker = await startFakeBroker()
  const metrics = createMetrics('bridge')
  const guarded: EventLog = {
    ...log,
    append: (topic, records) =>
      topic === 'telemetry' || topic === 'quarantine'
        ? harness.intercept((...args) => log.append(...args), topic, records)
        : log.append(topic, records),
  }
  const bridge = await startBridge(
    { log: guarded, logger: createSilentLogger(), metrics },
    {
      host: '127.0.0.1',
      port: broker.port,
      protocol: 5,
      clientId: 'bridge-1',
      topics: ['bsn/v1/+/vitals', 'bsn/v1/+/status'],
      receiveMaximum: 1_000,
      sessionExpirySeconds: 3_600,
      keepaliveSeconds: 30,
      ...options,
      limits: { retryMinMs: 10, retryMaxMs: 40, ...options.limits },
    },
  )
  const stored = async (topic: LogTopic): Promise<StoredRecord[]> => {
    const records: StoredRecord[] = []
    for (const end of await log.ends(topic)) {
      for await (const batch of log.read(topic, end.partition, { from: end.earliest })) records.push(...batch)
    }
    return records
  }
  const harness: Harness = {
    bridge,
    broker,
    log,
    registry,
    metrics,
    intercept: (append, topic, records) => append(topic, records),
    register: async (device, more = {}) => {
      const version = registry.state.devices.get(device)?.version ?? 0
      const entity = {
        kind: 'device',
        id: device,
        secretSha256: 'a'.repeat(64),
        createdAt: Date.now(),
        ...more,
      } as const
      await registry.change(entity, { expectedVersion: version, by: 'test' })
    },
    connection: (index = 0) =>
      vi.waitFor(
        () => {
          const found = broker.connections[index]
          if (found === undefined || !harness.bridge.health().ok) throw new Error(`no connection ${index}`)
          return found
        },
        { timeout: 8_000 },
      ),
    stored,
    seqs: async () => (await stored('telemetry')).map((record) => Number(record.headers['seq'])),
    reasons: async () =>
      (await stored('quarantine')).map((r) => quarantineReason.parse(JSON.parse(r.headers['reason'] ?? 'null'))),
    close: async () => {
      await bridge.stop()
      await broker.close()
      await registry.close()
      await log.close()
    },
  }
  return harness
}

/** A vitals message as a device sends it. */
export function vitals(seq: number): Buffer {
  const message = { boot: 'b', seq, at: Date.now(), sent: Date.now(), vitals: { heartRate: 72 } }
  return Buffer.from(encodeUplink({ kind: 'vitals', message }, 'json'))
}

/** 1 … count. */
export function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i + 1)
}

/** Resolves when `look` answers true. */
export async function until(look: () => boolean): Promise<void> {
  await vi.waitFor(
    () => {
      if (!look()) throw new Error('not yet')
    },
    { timeout: 15_000, interval: 5 },
  )
}

/** A promise, and what resolves it. */
export function latch(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => undefined
  const opened = new Promise<void>((resolve) => (open = resolve))
  return { opened, open: () => open() }
}

/** Publications in a list of packets. */
export function publishedIn(packets: readonly Packet[]): { topic: string; payload: string; qos: number }[] {
  return packets.flatMap((packet) =>
    packet.cmd === 'publish' ? [{ topic: packet.topic, payload: packet.payload.toString(), qos: packet.qos }] : [],
  )
}
