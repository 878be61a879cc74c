import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { deliveryEvent, type Alarm, type AlarmEvent, type Channel, type Delivery } from '@pulsewire/contracts'
import { newWebhookSecret } from '@pulsewire/delivery'
import { openEmbeddedEventLog, type EventLog } from '@pulsewire/event-log'
import {
  seeded,
  startHttpReceiver,
  startSmtpReceiver,
  type HttpReceiver,
  type SmtpReceiver,
} from '@pulsewire/notifier/receivers'
import { openRegistryView } from '@pulsewire/registry'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { temporaryDirectory } from '../support/station.ts'

const ROOT = join(import.meta.dirname, '../..')
const PATIENTS = Array.from({ length: 12 }, (_, index) => `p${index}`)
const directory = temporaryDirectory()
const random = seeded(11)
let log: EventLog
let hook: HttpReceiver
let mails: SmtpReceiver
let notifier: ChildProcess

/** A notifier as a process of its own, on the log's files. */
async function start(): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['services/notifier/dist/main.js'], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: {
      ...process.env,
      PULSEWIRE_DATA_DIR: directory.path,
      PULSEWIRE_SMTP_URL: mails.url,
      PULSEWIRE_PUBLIC_URL: 'https://ward.example',
      PULSEWIRE_LOG_LEVEL: 'silent',
    },
  })
  await once(createInterface({ input: child.stdout }), 'line')
  return child
}
async function kill(): Promise<void> {
  const exit = once(notifier, 'exit')
  notifier.kill('SIGKILL')
  await exit
}

beforeAll(async () => {
  log = await openEmbeddedEventLog({ directory: join(directory.path, 'log') })
  hook = await startHttpReceiver()
  mails = await startSmtpReceiver()
  hook.answer = halfOfTheTime(503, 204)
  mails.answer = halfOfTheTime(451, 250)
  const registry = await openRegistryView(log)
  await registry.change(channelOf('hook', { via: 'webhook', address: hook.url, secret: newWebhookSecret() }), NEW)
  await registry.change(channelOf('mail', { via: 'email', address: 'night@ward.example' }), NEW)
  await registry.close()
  notifier = await start()
}, 120_000)
afterAll(async () => {
  await kill()
  await hook.close()
  await mails.close()
  await log.close()
  directory.remove()
})

/** Fails half of the time, and the same message four times at most: each failure doubles the wait, and a test cannot wait for chance. */
function halfOfTheTime(bad: number, good: number): (count: number, id: string) => number {
  const failures = new Map<string, number>()
  return (_, id) => {
    const failed = failures.get(id) ?? 0
    if (failed >= 4 || random() >= 0.5) return good
    failures.set(id, failed + 1)
    return bad
  }
}

const NEW = { expectedVersion: 0, by: 'test' } as const
function channelOf(id: string, target: Channel['target']): Channel {
  const longAgo = Date.now() - 3_600_000
  return {
    kind: 'channel',
    id,
    name: id,
    step: 0,
    confirmWithinS: 600,
    priorities: ['high'],
    technical: false,
    includeName: false,
    target,
    createdAt: longAgo,
    from: longAgo,
  }
}
function alarmOf(patient: string, change: Partial<Alarm> = {}): Alarm {
  const at = Date.now()
  return {
    id: `${patient}.asystole.1`,
    patient,
    type: 'asystole',
    kind: 'physiological',
    priority: 'high',
    state: 'active',
    onset: at,
    raisedAt: at,
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
async function say(patient: string, version: number, event: AlarmEvent['event'], alarm: Alarm): Promise<void> {
  const said: AlarmEvent = { patient, version, at: Date.now(), event, alarm }
  await log.append('alarms', [{ key: patient, headers: { event }, value: Buffer.from(JSON.stringify(said)) }])
}
/** Each delivery as the log has it last. */
async function deliveries(): Promise<Map<string, Delivery>> {
  const last = new Map<string, Delivery>()
  for (const { partition, earliest, next } of await log.ends('deliveries')) {
    for await (const records of log.read('deliveries', partition, { from: earliest, to: next })) {
      for (const { value } of records) {
        if (value === null) continue
        for (const each of deliveryEvent.parse(JSON.parse(Buffer.from(value).toString())).deliveries ?? [])
          last.set(each.id, each)
      }
    }
  }
  return last
}
const taken = (): string[] => [
  ...new Set(
    hook.received.filter(({ answered }) => answered === 204).map(({ headers }) => String(headers['webhook-id'])),
  ),
]

describe('kill -9 of the notifier in the middle, with receivers that fail half of the time', () => {
  it('loses no alarm, and keeps the order of each patient', async () => {
    for (const [index, patient] of PATIENTS.entries()) {
      await say(patient, 1, 'raised', alarmOf(patient))
      if (index % 5 === 4) {
        // Something is on its way just now.
        const before = hook.received.length
        await vi.waitFor(() => expect(hook.received.length).toBeGreaterThan(before), { timeout: 60_000, interval: 5 })
        await kill()
        notifier = await start()
      }
    }
    await vi.waitFor(() => expect(new Set(mails.mails.map(({ messageId }) => messageId)).size).toBe(PATIENTS.length), {
      timeout: 120_000,
      interval: 50,
    })
    for (const patient of PATIENTS) await say(patient, 2, 'acknowledged', alarmOf(patient, { state: 'acknowledged' }))
    await vi.waitFor(() => expect(taken()).toHaveLength(2 * PATIENTS.length), { timeout: 120_000, interval: 50 })
    for (const patient of PATIENTS) {
      expect(taken().filter((id) => id.split('.')[1] === patient)).toEqual([`hook.${patient}.1`, `hook.${patient}.2`])
    }
    await vi.waitFor(
      async () => {
        const open = [...(await deliveries()).values()].filter(({ state }) => state === 'pending' || state === 'sent')
        expect(open).toEqual([])
      },
      { timeout: 60_000, interval: 100 },
    )
    const unknown = hook.received.filter(({ headers }) => !/^hook\.p\d+\.[12]$/.test(String(headers['webhook-id'])))
    expect(unknown).toEqual([])
  }, 400_000)
})
