import { randomUUID } from 'node:crypto'
import {
  deliveryEvent,
  findingId,
  type Alarm,
  type AlarmEvent,
  type Channel,
  type Delivery,
  type DeliveryEvent,
  type ReceiptRecord,
} from '@pulsewire/contracts'
import { createMemoryEventLog, type EventLog } from '@pulsewire/event-log'
import { openRegistryView, type RegistryView } from '@pulsewire/registry'
import { createMetrics, createSilentLogger } from '@pulsewire/runtime'
import { createCapSender } from '../channels/cap/sender.ts'
import type { Senders } from '../channels/sender.ts'
import { createSmtpSender } from '../channels/smtp/sender.ts'
import { createWebhookSender } from '../channels/webhook/sender.ts'
import { startNotifier, type RunningNotifier } from '../notifier.ts'

/** A ward's log with notifiers on it: alarms go in as the alarm manager writes them, and what is delivered is read back. */
export interface Ward {
  readonly log: EventLog
  readonly registry: RegistryView
  /** Starts a notifier (another one). */
  start(): Promise<RunningNotifier>
  channel(channel: Channel): Promise<void>
  /** One step of an alarm. Answers its version. */
  alarm(patient: string, event: AlarmEvent['event'], change?: Partial<Alarm>): Promise<number>
  receipt(receipt: ReceiptRecord): Promise<void>
  /** Every step so far, and each delivery as it now stands. */
  events(): Promise<DeliveryEvent[]>
  deliveries(): Promise<Map<string, Delivery>>
  stop(): Promise<void>
}

export interface WardOptions {
  readonly smtpUrl?: string
  readonly attemptWithinMs?: number
  /** How many times as fast the notifier's clock goes: waits between attempts are what tests have no time for. */
  readonly clockRate?: number
}

export async function openWard(options: WardOptions = {}): Promise<Ward> {
  const { clockRate = 1 } = options
  const openedAt = Date.now()
  const now = (): number => Math.round(openedAt + (Date.now() - openedAt) * clockRate)
  const log = createMemoryEventLog({ partitions: 4 })
  const registry = await openRegistryView(log)
  const running: RunningNotifier[] = []
  const versions = new Map<string, number>()
  const senders: Senders = {
    webhook: createWebhookSender({ now: Date.now }),
    email: createSmtpSender({ url: options.smtpUrl, from: 'ward@hospital.example' }),
    'web-push': { send: () => Promise.reject(new Error('not here')), close: () => Promise.resolve() },
    cap: createCapSender(),
  }
  const events = async (): Promise<DeliveryEvent[]> => {
    const found: DeliveryEvent[] = []
    for (const { partition, earliest, next } of await log.ends('deliveries')) {
      for await (const records of log.read('deliveries', partition, { from: earliest, to: next })) {
        for (const { value } of records) {
          if (value !== null) found.push(deliveryEvent.parse(JSON.parse(Buffer.from(value).toString())))
        }
      }
    }
    return found
  }
  return {
    log,
    registry,
    events,
    start: async () => {
      const notifier = await startNotifier(
        { log, registry, senders, logger: createSilentLogger(), metrics: createMetrics('notifier'), now },
        {
          publicUrl: 'https://ward.example',
          confirmKey: 'key',
          tickMs: 20,
          ...(options.attemptWithinMs === undefined ? {} : { attemptWithinMs: options.attemptWithinMs }),
        },
      )
      running.push(notifier)
      return notifier
    },
    channel: async (channel) => {
      const expectedVersion = registry.state.channels.get(channel.id)?.version ?? 0
      await registry.change(channel, { expectedVersion, by: 'test' })
    },
    alarm: async (patient, event, change = {}) => {
      const version = (versions.get(patient) ?? 0) + 1
      versions.set(patient, version)
      const said: AlarmEvent = { patient, version, at: Date.now(), event, alarm: alarmOf(patient, change) }
      await log.append('alarms', [{ key: patient, headers: { event }, value: Buffer.from(JSON.stringify(said)) }])
      return version
    },
    receipt: async (receipt) => {
      const value = Buffer.from(JSON.stringify(receipt))
      await log.append('receipts', [{ key: receipt.patient, headers: { type: receipt.type }, value }])
    },
    deliveries: async () =>
      new Map((await events()).flatMap(({ deliveries = [] }) => deliveries).map((each) => [each.id, each])),
    stop: async () => {
      await Promise.all(running.map((notifier) => notifier.stop()))
      await registry.close()
      await log.close()
    },
  }
}

const ONSET = 1_790_000_000_000

export function alarmOf(patient: string, change: Partial<Alarm> = {}): Alarm {
  return {
    id: findingId(patient, 'asystole', ONSET),
    patient,
    type: 'asystole',
    kind: 'physiological',
    priority: 'high',
    state: 'active',
    onset: ONSET,
    raisedAt: Date.now(),
    rings: 1,
    escalation: 0,
    late: false,
    message: 'Asystole: call the team',
    evidence: {},
    confidence: 1,
    quality: 1,
    rule: { name: 'asystole', version: '1' },
    comments: [],
    ...change,
  }
}

export const testOf = (channel: string): ReceiptRecord => ({
  type: 'test',
  patient: 'system',
  channel,
  delivery: `${channel}.system.${randomUUID()}`,
  at: Date.now(),
  by: 'admin',
})
