import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { quarantineReason, type LogTopic } from '@pulsewire/contracts'
import type { EventLog, StoredRecord } from '@pulsewire/event-log'
import { openRegistryView } from '@pulsewire/registry'
import mqtt, { type MqttClient } from 'mqtt'
import { vi } from 'vitest'
import { startMosquitto, type LocalMosquitto } from '../../infra/local/index.ts'

/** What docs/bridge.md tells to set: nothing is dropped while the bridge is away, and the queue outlives a restart. */
export const MOSQUITTO_CONFIG = [
  'allow_anonymous true',
  'persistence true',
  'autosave_interval 1',
  'max_queued_messages 0',
  'max_inflight_messages 1000',
]

/** A Mosquitto of the test's own, in a directory of its own. */
export async function mosquittoFor(directory: string, more: readonly string[] = []): Promise<LocalMosquitto> {
  return startMosquitto({ directory: join(directory, 'mosquitto'), config: [...MOSQUITTO_CONFIG, ...more].join('\n') })
}

export function temporary(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'pulsewire-bridge-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }) }
}

/** Writes devices into the registry, as the API would from its own process. */
export async function register(log: EventLog, devices: readonly string[]): Promise<void> {
  const registry = await openRegistryView(log)
  for (const id of devices) {
    const entity = { kind: 'device', id, secretSha256: 'a'.repeat(64), createdAt: Date.now() } as const
    await registry.change(entity, { expectedVersion: 0, by: 'test' })
  }
  await registry.close()
}

/** A device at the other broker, of somebody else's make. */
export interface ForeignDevice {
  readonly id: string
  readonly client: MqttClient
  /** What the broker has acknowledged: the good and the bad. */
  readonly acknowledged: Set<number>
  /** Publishes seq `from` … `to`, one in a hundred of them bad, at about so many a second; resolves when all are handed over. */
  send(from: number, to: number, perSecond: number): Promise<void>
  /** Resolves when everything that was handed over is acknowledged. */
  idle(): Promise<void>
}

export const isPoison = (seq: number): boolean => seq % 100 === 50
const BATCH_MS = 20

export async function connectForeignDevice(broker: LocalMosquitto, id: string): Promise<ForeignDevice> {
  const client = await mqtt.connectAsync(broker.url, { clientId: id, username: id, clean: false, reconnectPeriod: 200 })
  // The broker is killed under it in some tests.
  client.on('error', () => undefined)
  const acknowledged = new Set<number>()
  let handedOver = 0
  const payload = (seq: number): string => {
    const at = Date.now()
    return JSON.stringify(
      isPoison(seq) ? { boot: 'b', seq } : { boot: 'b', seq, at, sent: at, vitals: { heartRate: 72 } },
    )
  }
  return {
    id,
    client,
    acknowledged,
    send: async (from, to, perSecond) => {
      const batch = Math.max(1, Math.round((perSecond * BATCH_MS) / 1_000))
      for (let seq = from; seq <= to; seq++) {
        handedOver++
        client.publish(`bsn/v1/${id}/vitals`, payload(seq), { qos: 1 }, (error) => {
          if (error === null || error === undefined) acknowledged.add(seq)
        })
        if (seq % batch === 0) await new Promise((resolve) => setTimeout(resolve, BATCH_MS))
      }
    },
    idle: () =>
      vi.waitFor(
        () => {
          if (acknowledged.size < handedOver) throw new Error(`${id}: ${acknowledged.size} of ${handedOver}`)
        },
        { timeout: 30_000, interval: 50 },
      ),
  }
}

export async function readAll(log: EventLog, topic: LogTopic): Promise<StoredRecord[]> {
  const records: StoredRecord[] = []
  for (const end of await log.ends(topic)) {
    for await (const batch of log.read(topic, end.partition, { from: end.earliest })) records.push(...batch)
  }
  return records
}

/** What the log has of a device: seqs in `telemetry` in the order of the log, and those in `quarantine`. */
export async function taken(log: EventLog, device: string): Promise<{ stored: number[]; quarantined: number[] }> {
  const stored = (await readAll(log, 'telemetry')).filter((record) => record.headers['device'] === device)
  const reasons = (await readAll(log, 'quarantine')).map((record) =>
    quarantineReason.parse(JSON.parse(record.headers['reason'] ?? 'null')),
  )
  return {
    stored: stored.map((record) => Number(record.headers['seq'])),
    quarantined: reasons.filter((reason) => reason.device === device).map((reason) => reason.seq ?? -1),
  }
}

/** What the broker acknowledged to the device and the log has not: the good ones in `telemetry`, the bad ones in `quarantine`. */
export async function lost(log: EventLog, device: ForeignDevice): Promise<number[]> {
  const { stored, quarantined } = await taken(log, device.id)
  const has = { good: new Set(stored), bad: new Set(quarantined) }
  return [...device.acknowledged].filter((seq) => !(isPoison(seq) ? has.bad : has.good).has(seq))
}

/** Waits until the log has all that was acknowledged; what it lacks after that is lost. */
export async function untilTaken(log: EventLog, devices: readonly ForeignDevice[], withinMs = 40_000): Promise<void> {
  await vi.waitFor(
    async () => {
      for (const device of devices) {
        const missing = await lost(log, device)
        if (missing.length > 0) throw new Error(`${device.id}: ${missing.length} missing, from ${missing[0]} on`)
      }
    },
    { timeout: withinMs, interval: 200 },
  )
}

/** Where a device's messages appear for the first time: rising, if none was put before an earlier one. */
export function firstTimes(seqs: readonly number[]): number[] {
  return [...new Set(seqs)]
}

export function ascending(seqs: readonly number[]): boolean {
  return seqs.every((seq, index) => index === 0 || seq > (seqs[index - 1] ?? 0))
}
