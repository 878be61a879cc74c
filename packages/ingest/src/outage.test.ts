import { setTimeout as sleep } from 'node:timers/promises'
import { encodeUplink } from '@pulsewire/codec'
import { PulsewireError, uplinkTopic } from '@pulsewire/contracts'
import { createMemoryEventLog, type EventLog, type LogRecord } from '@pulsewire/event-log'
import { openRegistryView, type RegistryView } from '@pulsewire/registry'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createIngest, startCommandDelivery, type Ingest } from './index.ts'

type Condition = 'up' | 'refuse' | 'hang'

let inner: EventLog
let log: EventLog
let condition: Condition
let questions: number
let release: () => void
let registry: RegistryView
const opened: Ingest[] = []

/** As a log does in an outage: refuses, or hangs until it is back; what hung takes place then. */
async function outage(): Promise<void> {
  if (condition === 'hang') await hung
  if (condition === 'refuse') throw new PulsewireError('PW_LOG_UNAVAILABLE')
}
let hung: Promise<void>
const hang = (): void => {
  condition = 'hang'
  hung = new Promise((resolve) => {
    release = () => {
      condition = 'up'
      resolve()
    }
  })
}

beforeEach(async () => {
  inner = createMemoryEventLog({ partitions: 2 })
  condition = 'up'
  questions = 0
  log = {
    ...inner,
    append: async (topic, records) => {
      await outage()
      return inner.append(topic, records)
    },
    ends: async (topic) => {
      questions++
      await outage()
      return inner.ends(topic)
    },
  }
  registry = await openRegistryView(log)
})
afterEach(async () => {
  if (condition === 'hang') release()
  for (const ingest of opened.splice(0)) ingest.close()
  await registry.close()
  await inner.close()
})

const vitals = (seq: number): Uint8Array =>
  encodeUplink({ kind: 'vitals', message: { boot: 'b', seq, at: Date.now(), vitals: { heartRate: 72 } } }, 'json')
const accept = (ingest: Ingest, seq: number) =>
  ingest.accept({ device: 'd', topic: uplinkTopic('d', 'vitals'), payload: vitals(seq), receivedAt: Date.now() })
const open = (limits: Parameters<typeof createIngest>[0]['limits'] = {}, now = Date.now): Ingest => {
  const ingest = createIngest({
    log,
    registry,
    now,
    limits: { retryMinMs: 5, retryMaxMs: 20, catchUpTimeoutMs: 50, ...limits },
  })
  opened.push(ingest)
  return ingest
}
const seqs = async (): Promise<number[]> => {
  const found: number[] = []
  for (const { partition } of await inner.ends('telemetry')) {
    for await (const batch of inner.read('telemetry', partition, { from: 0 })) {
      found.push(...batch.map(({ headers }) => Number(headers['seq'])))
    }
  }
  return found
}

describe('a log that is away', () => {
  it.each(['refuse', 'hang'] as const)(
    '(it would %s) delays what is accepted, in order, and everything is in it once it is back',
    async (kind) => {
      const ingest = open()
      if (kind === 'hang') hang()
      else condition = 'refuse'
      const answered: number[] = []
      const all = [1, 2, 3, 4, 5].map((seq) => accept(ingest, seq).then(() => answered.push(seq)))
      await vi.waitFor(() => expect(ingest.refusal).toMatchObject({ code: 'PW_REGISTRY_BEHIND' }))
      expect(answered).toEqual([])
      if (kind === 'hang') release()
      else condition = 'up'
      await Promise.all(all)
      expect(answered).toEqual([1, 2, 3, 4, 5])
      expect(await seqs()).toEqual([1, 2, 3, 4, 5])
      expect(ingest.refusal).toBeUndefined()
    },
  )

  it('whose appends hang is seen to do so, and senders are told to send again after the hold', async () => {
    let time = 1_000_000
    const hanging: EventLog = { ...inner, append: () => new Promise(() => undefined) }
    const ingest = createIngest({ log: hanging, registry, now: () => time, limits: { maxHoldMs: 20_000 } })
    opened.push(ingest)
    const sent = accept(ingest, 1)
    sent.catch(() => undefined)
    await sleep(20)
    time += 6_000
    await vi.waitFor(() => expect(ingest.refusal).toMatchObject({ code: 'PW_LOG_UNAVAILABLE' }))
    time += 20_000
    await expect(sent).rejects.toMatchObject({ code: 'PW_LOG_UNAVAILABLE' })
    expect(ingest.pending.count).toBe(0)
  })

  it('asks senders to slow down, and holds no more than the bound', async () => {
    const ingest = open({ maxPending: 10 })
    condition = 'refuse'
    const all = Array.from({ length: 10 }, (_, seq) => accept(ingest, seq))
    expect(ingest.congested).toBe(true)
    condition = 'up'
    await Promise.all(all)
    expect(ingest.congested).toBe(false)
  })

  it('is asked for the head of the registry one question at a time, however many want to know', async () => {
    hang()
    const before = questions
    const all = Array.from({ length: 1_000 }, () => registry.catchUp(60).catch((error: unknown) => error))
    for (const outcome of await Promise.all(all)) expect(outcome).toMatchObject({ code: 'PW_REGISTRY_BEHIND' })
    expect(questions - before).toBe(1)
    release()
    await registry.catchUp()
  })

  it('for less than the bound is not noticed by who signs in', async () => {
    condition = 'refuse'
    setTimeout(() => (condition = 'up'), 30)
    await registry.catchUp(2_000)
  })

  it('tells who asks of what was registered before the asking', async () => {
    for (let version = 0; version < 20; version++) {
      const asking = registry.catchUp()
      const other = await openRegistryView(inner)
      const name = `n${version}`
      await other.change({ kind: 'patient', id: 'p', name }, { expectedVersion: version, by: 'test' })
      await registry.catchUp()
      expect(registry.state.patients.get('p')?.entity.name).toBe(name)
      await asking
      await other.close()
    }
  })
})

describe('commands behind a log that is away', () => {
  const command = { id: 'c1', type: 'beep', expiresAt: Date.now() + 60_000 }
  const said = (kind: string, body: unknown): LogRecord => ({
    key: 'd',
    headers: { kind },
    value: Buffer.from(JSON.stringify(body)),
  })
  const deliver = async (sent: string[]) =>
    startCommandDelivery({
      log,
      now: Date.now,
      sendAgainMs: 30_000,
      reachable: { has: () => true, all: () => ['d'] },
      publish: (_device, _topic, message) => void sent.push('id' in message ? message.id : message.kind),
      onError: () => undefined,
      logMayBeAway: true,
    })

  it('are delivered when it is back', async () => {
    await inner.append('device-commands', [said('command', command)])
    condition = 'refuse'
    const sent: string[] = []
    const delivery = await deliver(sent)
    delivery.listening('d')
    expect(sent).toEqual([])
    condition = 'up'
    await vi.waitFor(() => expect(sent).toEqual(['c1']), { timeout: 5_000 })
    await inner.append('device-commands', [said('command', { ...command, id: 'c2' })])
    await vi.waitFor(() => expect(sent).toEqual(['c1', 'c2']))
    await delivery.stop()
  })

  it('that were answered before are not sent', async () => {
    await inner.append('device-commands', [said('command', command), said('ack', { command: 'c1' })])
    hang()
    const sent: string[] = []
    const delivery = await deliver(sent)
    delivery.listening('d')
    release()
    await inner.append('device-commands', [said('command', { ...command, id: 'c2' })])
    await vi.waitFor(() => expect(sent).toEqual(['c2']))
    await delivery.stop()
  })
})
