import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { errorCodeOf } from '@pulsewire/contracts'
import { openKafkaEventLog, type EventLog, type KafkaEventLogOptions, type StoredRecord } from '@pulsewire/event-log'
import { ConfigResourceTypes, Kafka, logLevel, type Admin } from 'kafkajs'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { freePort, startKafka, startToxiproxy, type LocalKafka } from '../../infra/local/index.ts'

const PARTITIONS = 4
const KEYS = Array.from({ length: 12 }, (_, index) => `patient-${index}`)
const PATIENCE = { timeout: 45_000, interval: 50 }

const directory = mkdtempSync(join(tmpdir(), 'pulsewire-kafka-faults-'))
let kafka: LocalKafka
let prefix = ''
let runs = 0
let cleanups: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  kafka = await startKafka({
    directory: join(directory, 'kafka'),
    temporary: true,
    settings: { 'log.cleaner.backoff.ms': '200' },
  })
})
afterAll(async () => {
  await kafka?.kill()
  rmSync(directory, { recursive: true, force: true })
})
afterEach(async () => {
  if (kafka.pid === undefined) await kafka.start()
  for (const cleanup of cleanups.toReversed()) await cleanup()
  cleanups = []
})

async function open(options: Partial<KafkaEventLogOptions> = {}): Promise<EventLog> {
  const log = await openKafkaEventLog({
    brokers: kafka.brokers,
    clientId: 'test',
    partitions: PARTITIONS,
    topicPrefix: prefix,
    sessionTimeoutMs: 6_000,
    ...options,
  })
  cleanups.push(() => log.close())
  return log
}

/** A topic prefix that no other test has. */
function fresh(): void {
  prefix = `faults-${runs++}.`
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

interface Writer {
  /** Values that were confirmed, by key, in the order of confirmation. */
  readonly confirmed: Map<string, number[]>
  readonly rejected: string[]
  /** The longest that an append took, confirmed or not, ms. */
  readonly slowestMs: number
  stop(): Promise<void>
}

/** Appends 0, 1, 2 … of each key; what is not confirmed is appended again, before what follows, as ingest does. */
function startWriter(log: EventLog): Writer {
  const confirmed = new Map<string, number[]>(KEYS.map((key) => [key, []]))
  const rejected: string[] = []
  let slowestMs = 0
  const stopping = new AbortController()
  const write = async (key: string): Promise<void> => {
    for (let value = 0; !stopping.signal.aborted;) {
      const at = performance.now()
      try {
        await log.append('telemetry', [{ key, headers: {}, value: Buffer.from(String(value)) }])
        confirmed.get(key)?.push(value++)
      } catch (error) {
        rejected.push(errorCodeOf(error))
        await pause(20)
      }
      slowestMs = Math.max(slowestMs, performance.now() - at)
      await pause(3)
    }
  }
  const writing = KEYS.map(write)
  return {
    confirmed,
    rejected,
    get slowestMs() {
      return slowestMs
    },
    async stop() {
      stopping.abort()
      await Promise.all(writing)
    },
  }
}

const valueOf = (record: StoredRecord): number => Number(Buffer.from(record.value ?? []).toString())

/** What came of each key, without what came before already: in order, and nothing left out, this is 0, 1, 2 … */
function firstTimes(records: readonly StoredRecord[]): Map<string, number[]> {
  const seen = new Map<string, number[]>(KEYS.map((key) => [key, []]))
  const known = new Set<string>()
  for (const record of records) {
    const id = `${record.key}/${valueOf(record)}`
    if (known.has(id)) continue
    known.add(id)
    seen.get(record.key)?.push(valueOf(record))
  }
  return seen
}

async function readAll(log: EventLog): Promise<StoredRecord[]> {
  const all: StoredRecord[] = []
  for (const { partition, earliest } of await log.ends('telemetry')) {
    for await (const batch of log.read('telemetry', partition, { from: earliest })) all.push(...batch)
  }
  return all
}

/** Everything confirmed is in the log, in order; the log has it twice only where an append was rejected. */
async function expectNothingLost(log: EventLog, writer: Writer): Promise<StoredRecord[]> {
  const records = await readAll(log)
  expect(firstTimes(records)).toEqual(writer.confirmed)
  const doubled = records.length - [...firstTimes(records).values()].flat().length
  expect(doubled).toBeLessThanOrEqual(writer.rejected.length)
  return records
}

describe('Kafka killed and hung', () => {
  it('kill -9 and restart under load: nothing confirmed is lost, order holds, consumer and tail go on by themselves', async () => {
    fresh()
    const log = await open()
    const consumed: StoredRecord[] = []
    const tailed: StoredRecord[] = []
    const revoked: number[] = []
    await log.tail({ topics: ['telemetry'], handler: ({ records }) => void tailed.push(...records) })
    await log.consume({
      topics: ['telemetry'],
      group: 'g',
      handler: async ({ records }) => void consumed.push(...records),
      onRevoked: async (partitions) => void revoked.push(...partitions),
    })
    const writer = startWriter(log)
    await vi.waitFor(() => expect(consumed.length).toBeGreaterThan(100), PATIENCE)
    for (const downMs of [0, 3_000, 10_000]) {
      await kafka.kill()
      await pause(downMs)
      await kafka.start()
      const before = consumed.length
      await vi.waitFor(() => expect(consumed.length).toBeGreaterThan(before + 100), PATIENCE)
    }
    await writer.stop()
    const records = await expectNothingLost(log, writer)
    await vi.waitFor(() => {
      expect(firstTimes(consumed)).toEqual(writer.confirmed)
      expect(tailed).toHaveLength(records.length)
    }, PATIENCE)
    // The group lives in Kafka: an outage alone takes nothing from anybody.
    expect(revoked).toEqual([])
    expect(consumed).toHaveLength(records.length)
  }, 150_000)

  it('a Kafka that hangs without closing: appends are rejected within seconds, and all goes on when it answers again', async () => {
    fresh()
    const log = await open()
    const consumed: StoredRecord[] = []
    await log.consume({
      topics: ['telemetry'],
      group: 'g',
      handler: async ({ records }) => void consumed.push(...records),
    })
    const writer = startWriter(log)
    await vi.waitFor(() => expect(consumed.length).toBeGreaterThan(100), PATIENCE)
    kafka.pause()
    await vi.waitFor(() => expect(new Set(writer.rejected)).toEqual(new Set(['PW_LOG_UNAVAILABLE'])), PATIENCE)
    await expect(log.ends('telemetry')).rejects.toMatchObject({ code: 'PW_LOG_UNAVAILABLE' })
    kafka.resume()
    const before = consumed.length
    await vi.waitFor(() => expect(consumed.length).toBeGreaterThan(before + 100), PATIENCE)
    await writer.stop()
    expect(writer.slowestMs).toBeLessThan(11_000)
    await expectNothingLost(log, writer)
    await vi.waitFor(() => expect(firstTimes(consumed)).toEqual(writer.confirmed), PATIENCE)
  }, 120_000)

  it('a Kafka that hangs: consumers, tails and the log stop within the 4 s that a service has', async () => {
    fresh()
    const log = await open()
    let consumed = 0
    const consumer = await log.consume({
      topics: ['telemetry'],
      group: 'g',
      handler: async ({ records }) => void (consumed += records.length),
    })
    await log.tail({ topics: ['telemetry'], handler: () => undefined })
    const writer = startWriter(log)
    await vi.waitFor(() => expect(consumed).toBeGreaterThan(100), PATIENCE)
    kafka.pause()
    try {
      await pause(1_000)
      const began = performance.now()
      await consumer.stop()
      const stopping = writer.stop()
      await log.close()
      expect(performance.now() - began).toBeLessThan(4_000)
      await stopping
    } finally {
      kafka.resume()
    }
    // What was not confirmed may be there as well.
    const written = firstTimes(await readAll(await open()))
    for (const [key, values] of writer.confirmed) expect(written.get(key)).toEqual(expect.arrayContaining(values))
  }, 120_000)

  it('open: waits for a Kafka that is starting; gives up with PW_LOG_UNAVAILABLE where none comes', async () => {
    fresh()
    await kafka.kill()
    const waiting = open()
    const starting = kafka.start()
    const log = await waiting
    await starting
    expect(await log.ends('telemetry')).toHaveLength(PARTITIONS)
    const nobody = `127.0.0.1:${await freePort()}`
    await expect(open({ brokers: [nobody] })).rejects.toMatchObject({ code: 'PW_LOG_UNAVAILABLE' })
  }, 90_000)
})

describe('members of a group', () => {
  it('a handler that takes longer than the session keeps its partition; a second member gets its share without it waiting', async () => {
    fresh()
    const log = await open()
    await log.append('telemetry', [{ key: KEYS[0] ?? '', headers: {}, value: Buffer.from('0') }])
    const stuck = log.partitionOf('telemetry', KEYS[0] ?? '')
    const revoked: number[] = []
    const handled: number[] = []
    let finish: (() => void) | undefined
    const first = await log.consume({
      topics: ['telemetry'],
      group: 'g',
      async handler(batch) {
        await new Promise<void>((resolve) => (finish = resolve))
        handled.push(batch.partition)
      },
      onRevoked: async (partitions) => void revoked.push(...partitions),
    })
    await vi.waitFor(() => expect(finish).toBeDefined(), PATIENCE)
    const seen: StoredRecord[] = []
    const other = await open()
    const second = await other.consume({
      topics: ['telemetry'],
      group: 'g',
      handler: async ({ records }) => void seen.push(...records),
    })
    await vi.waitFor(() => expect(second.assigned.length).toBeGreaterThan(0), PATIENCE)
    // Twice the session.
    await pause(12_000)
    expect(revoked).not.toContain(stuck)
    expect(second.assigned).not.toContain(stuck)
    expect(seen).toEqual([])
    finish?.()
    await vi.waitFor(async () => {
      expect(await log.committed('g', 'telemetry')).toContainEqual({ topic: 'telemetry', partition: stuck, offset: 1 })
      expect(first.assigned.length + second.assigned.length).toBe(PARTITIONS)
    }, PATIENCE)
    expect({ handled, seen }).toEqual({ handled: [stuck], seen: [] })
  }, 90_000)

  it('a process that stood still (SIGSTOP) while another took over commits nothing and learns that it is out', async () => {
    fresh()
    const log = await open()
    const worker = spawnMember()
    await vi.waitFor(() => expect(worker.lines).toContain('assigned 0,1,2,3'), PATIENCE)
    const append = async (index: number): Promise<void> => {
      const records = KEYS.map((key) => ({ key, headers: { index: String(index) }, value: Buffer.from(String(index)) }))
      await log.append('telemetry', records)
    }
    await append(0)
    await vi.waitFor(() => expect(worker.lines.filter((line) => line.startsWith('own'))).not.toEqual([]), PATIENCE)
    worker.child.kill('SIGSTOP')
    await append(1)
    const seen: StoredRecord[] = []
    const second = await log.consume({
      topics: ['telemetry'],
      group: 'g',
      handler: async ({ records }) => void seen.push(...records),
    })
    await vi.waitFor(() => expect(second.assigned).toHaveLength(PARTITIONS), PATIENCE)
    await vi.waitFor(() => expect(firstTimes(seen)).toEqual(new Map(KEYS.map((key) => [key, [1]]))), PATIENCE)
    const standing = await log.committed('g', 'telemetry')
    const before = worker.lines.length
    worker.child.kill('SIGCONT')
    await vi.waitFor(() => {
      expect(worker.lines.slice(before).filter((line) => line.startsWith('PW_CONFLICT'))).not.toEqual([])
      expect(worker.lines.slice(before).filter((line) => line.startsWith('revoked'))).not.toEqual([])
    }, PATIENCE)
    const firstWords = worker.lines.slice(before)
    expect(
      firstWords.slice(
        0,
        firstWords.findIndex((line) => line.startsWith('revoked')),
      ),
    ).not.toContainEqual(expect.stringMatching(/^own/))
    expect(
      (await log.committed('g', 'telemetry')).map(({ offset }, at) => offset >= (standing[at]?.offset ?? 0)),
    ).toEqual(standing.map(() => true))
  }, 90_000)

  it('a member whose connection hangs loses its partitions, and what it then commits is refused with PW_CONFLICT', async () => {
    fresh()
    const port = await freePort()
    const behind = await startKafka({
      directory: join(directory, 'behind-a-proxy'),
      advertised: `127.0.0.1:${port}`,
      temporary: true,
    })
    cleanups.push(() => behind.kill())
    const toxiproxy = await startToxiproxy({ directory: join(directory, 'toxiproxy'), temporary: true })
    cleanups.push(() => toxiproxy.kill())
    const proxy = await toxiproxy.proxy('kafka', `127.0.0.1:${behind.port}`, port)
    const log = await open({ brokers: [proxy.address] })
    await log.append('telemetry', [{ key: 'k', headers: {}, value: Buffer.from('0') }])
    const partition = log.partitionOf('telemetry', 'k')
    let stale: ((offset: number) => Promise<void>) | undefined
    const revoked: number[] = []
    await log.consume({
      topics: ['telemetry'],
      group: 'g',
      commit: 'manual',
      async handler(batch) {
        stale ??= (offset) => batch.commit(offset)
      },
      onRevoked: async (partitions) => void revoked.push(...partitions),
    })
    await vi.waitFor(() => expect(stale).toBeDefined(), PATIENCE)
    await proxy.hang()
    await expect(log.append('telemetry', [{ key: 'k', headers: {}, value: null }])).rejects.toMatchObject({
      code: 'PW_LOG_UNAVAILABLE',
    })
    await pause(6_000)
    await proxy.heal()
    await vi.waitFor(() => expect(revoked).toContain(partition), PATIENCE)
    await expect(stale?.(1)).rejects.toMatchObject({ code: 'PW_CONFLICT' })
    const [position] = await log.append('telemetry', [{ key: 'k', headers: {}, value: Buffer.from('1') }])
    expect(position?.partition).toBe(partition)
  }, 120_000)
})

describe('topics', () => {
  it('several processes make them at the same time; other counts than the first are taken over; a mixture is refused', async () => {
    fresh()
    const logs = await Promise.all([open(), open(), open()])
    for (const log of logs) expect(await log.ends('telemetry')).toHaveLength(PARTITIONS)
    const later = await open({ partitions: 7 })
    expect(await later.ends('findings')).toHaveLength(PARTITIONS)
    await withAdmin(async (admin) => {
      await admin.createPartitions({ topicPartitions: [{ topic: `${prefix}alarms`, count: 6 }] })
    })
    await expect(open()).rejects.toMatchObject({ code: 'PW_CONFIG_INVALID' })
  }, 60_000)

  it('topics that Kafka may shorten by itself are told of', async () => {
    fresh()
    await open()
    await setTopic('telemetry', { 'retention.ms': '604800000' })
    const said: string[] = []
    await open({ onLog: (_level, message) => void said.push(message) })
    expect(said).toEqual([`${prefix}telemetry: retention.ms is 604800000, should be -1`])
  }, 60_000)

  it('compaction: readers and tails step over what is gone, and the ends stay right', async () => {
    fresh()
    const log = await open()
    await setTopic('registry', {
      'cleanup.policy': 'compact',
      'segment.ms': '100',
      'min.cleanable.dirty.ratio': '0.01',
      'max.compaction.lag.ms': '100',
    })
    for (let round = 0; round < 6; round++) {
      await log.append(
        'registry',
        ['a', 'b', 'c'].map((key) => ({ key, headers: {}, value: Buffer.from(`${key}${round}`) })),
      )
      // So that the next append begins a new segment.
      await pause(150)
    }
    const read = async (from: number): Promise<string[]> => {
      const all: string[] = []
      for await (const batch of log.read('registry', 0, { from })) {
        all.push(...batch.map((record) => `${record.offset}:${Buffer.from(record.value ?? []).toString()}`))
      }
      return all
    }
    await vi.waitFor(async () => expect((await read(0)).length).toBeLessThan(9), PATIENCE)
    const left = await read(0)
    expect(left.slice(-3)).toEqual(['15:a5', '16:b5', '17:c5'])
    expect(await read(1)).toEqual(left.filter((entry) => !entry.startsWith('0:')))
    expect(await log.ends('registry')).toMatchObject([{ next: 18 }])
    const tailed: string[] = []
    await log.tail({
      topics: ['registry'],
      from: [{ topic: 'registry', partition: 0, offset: 1 }],
      handler: ({ records }) => void tailed.push(...records.map((record) => String(record.offset))),
    })
    await log.append('registry', [{ key: 'a', headers: {}, value: Buffer.from('a6') }])
    await vi.waitFor(() => expect(tailed.slice(-2)).toEqual(['17', '18']), PATIENCE)
  }, 60_000)
})

describe('Kafka with security', () => {
  it('by TLS and SCRAM: appends and consumes', async () => {
    fresh()
    const sasl = { mechanism: 'scram-sha-512', username: 'pulsewire', password: 'a-secret-of-the-test' } as const
    const secured = await startKafka({ directory: join(directory, 'secured'), temporary: true, tls: 'mutual', sasl })
    cleanups.push(() => secured.kill())
    if (secured.tls === undefined) throw new Error('no certificates')
    const log = await open({ brokers: secured.brokers, tls: secured.tls, sasl })
    await log.append('telemetry', [{ key: 'k', headers: {}, value: Buffer.from('7') }])
    const seen: StoredRecord[] = []
    await log.consume({ topics: ['telemetry'], group: 'g', handler: async ({ records }) => void seen.push(...records) })
    await vi.waitFor(() => expect(seen.map(valueOf)).toEqual([7]), PATIENCE)
    const wrong = { ...sasl, password: 'another' }
    await expect(open({ brokers: secured.brokers, tls: secured.tls, sasl: wrong })).rejects.toMatchObject({
      code: 'PW_CONFIG_INVALID',
    })
  }, 90_000)
})

async function withAdmin(work: (admin: Admin) => Promise<void>): Promise<void> {
  const admin = new Kafka({ clientId: 'test', brokers: [...kafka.brokers], logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  try {
    await work(admin)
  } finally {
    await admin.disconnect()
  }
}

function setTopic(topic: string, settings: Record<string, string>): Promise<void> {
  const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }))
  const resources = [{ type: ConfigResourceTypes.TOPIC, name: prefix + topic, configEntries }]
  return withAdmin(async (admin) => void (await admin.alterConfigs({ validateOnly: false, resources })))
}

function spawnMember(): { child: ChildProcess; lines: string[] } {
  const script = join(import.meta.dirname, '../../packages/event-log/dist/kafka/testing/member-worker.js')
  const child = spawn(process.execPath, [script, kafka.brokers.join(), prefix, 'g'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line))
  cleanups.push(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  })
  return { child, lines }
}
