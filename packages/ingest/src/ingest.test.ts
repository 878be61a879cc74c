import { createHash } from 'node:crypto'
import { encodeUplink } from '@pulsewire/codec'
import {
  MAX_PAYLOAD_BYTES,
  PulsewireError,
  QUARANTINE_HEAD_BYTES,
  decodeTelemetryHeaders,
  quarantineReason,
  uplinkTopic,
  type LogTopic,
} from '@pulsewire/contracts'
import { createMemoryEventLog, type EventLog, type LogRecord, type StoredRecord } from '@pulsewire/event-log'
import { openRegistryView, type RegistryView } from '@pulsewire/registry'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  createIngest,
  type Arrival,
  type Ingest,
  type IngestNotice,
  type IngestOptions,
  type Outcome,
} from './index.ts'

const NOW = 1_800_000_000_000

let log: EventLog
let registry: RegistryView
let notices: IngestNotice[]
const opened: Ingest[] = []

beforeEach(async () => {
  log = createMemoryEventLog({ partitions: 2 })
  registry = await openRegistryView(log)
  notices = []
})
afterEach(async () => {
  for (const ingest of opened.splice(0)) ingest.close()
  await registry.close()
  await log.close()
})

function open(options: Partial<IngestOptions> = {}): Ingest {
  const ingest = createIngest({ log, registry, onNotice: (notice) => notices.push(notice), ...options })
  opened.push(ingest)
  return ingest
}

const vitals = (seq: number, at = NOW): Uint8Array =>
  encodeUplink({ kind: 'vitals', message: { boot: 'b', seq, at, vitals: { heartRate: 72 } } }, 'json')
const arrival = (seq: number, override: Partial<Arrival> = {}): Arrival => ({
  device: 'd1',
  topic: uplinkTopic('d1', 'vitals'),
  payload: vitals(seq),
  receivedAt: NOW,
  ...override,
})

async function stored(topic: LogTopic): Promise<StoredRecord[]> {
  const records: StoredRecord[] = []
  for (const end of await log.ends(topic)) {
    for await (const batch of log.read(topic, end.partition, { from: end.earliest })) records.push(...batch)
  }
  return records
}
const reasons = async () =>
  (await stored('quarantine')).map((r) => quarantineReason.parse(JSON.parse(r.headers['reason'] ?? '')))

/** A log whose appends are let through (or fail) by hand. */
function gatedLog() {
  const waiting: { topic: LogTopic; records: readonly LogRecord[]; settle: (error?: Error) => void }[] = []
  return {
    waiting,
    append: (topic: LogTopic, records: readonly LogRecord[]) =>
      new Promise<Awaited<ReturnType<EventLog['append']>>>((resolve, reject) => {
        const settle = (error?: Error): void => {
          if (error !== undefined) reject(error)
          else log.append(topic, records).then(resolve, reject)
        }
        waiting.push({ topic, records, settle })
      }),
  }
}

describe('what is accepted', () => {
  it('stands in the log untouched, stamped with device, patient, time and receipt', async () => {
    await registry.change({ kind: 'patient', id: 'p1', name: 'P' }, { expectedVersion: 0, by: 'test' })
    await registry.change(
      { kind: 'association', id: 'd1', spans: [{ patient: 'p1', from: NOW - 1_000 }] },
      { expectedVersion: 0, by: 'test' },
    )
    const sent = arrival(7)
    expect(await open().accept(sent)).toEqual({ kind: 'stored', uplink: 'vitals' })
    const [record] = await stored('telemetry')
    expect(record?.key).toBe('p1')
    expect(Buffer.from(record?.value ?? []).equals(sent.payload)).toBe(true)
    expect(decodeTelemetryHeaders(record?.headers ?? {})).toEqual({
      kind: 'vitals', device: 'd1', patient: 'p1', boot: 'b', seq: 7, at: NOW, time: NOW, clockOffsetMs: 0, receivedAt: NOW, encoding: 'json',
    }) // prettier-ignore
  })

  it('belongs to whoever wore the device at the time of the data, else to the device', async () => {
    const spans = [{ patient: 'p1', from: NOW - 10_000 }, { patient: 'p2', from: NOW - 1_000 }] // prettier-ignore
    await registry.change({ kind: 'association', id: 'd1', spans }, { expectedVersion: 0, by: 'test' })
    const ingest = open()
    await Promise.all(
      [-20_000, -5_000, 0].map((age, seq) => ingest.accept(arrival(seq, { payload: vitals(seq, NOW + age) }))),
    )
    const keys = (await stored('telemetry')).map((r) => [Number(r.headers['seq']), r.key])
    expect(Object.fromEntries(keys)).toEqual({ 0: 'd1', 1: 'p1', 2: 'p2' })
  })

  it('is stamped with an association that was written a moment before by another process', async () => {
    const other = await openRegistryView(log)
    const pending = other.change(
      { kind: 'association', id: 'd1', spans: [{ patient: 'p9', from: NOW - 1_000 }] },
      { expectedVersion: 0, by: 'test' },
    )
    await pending
    await open().accept(arrival(0))
    expect((await stored('telemetry'))[0]?.key).toBe('p9')
    await other.close()
  })

  it('takes its subject from the device that signed in, never from the payload', async () => {
    const payload = Buffer.from(
      JSON.stringify({ boot: 'b', seq: 1, at: NOW, device: 'd2', patient: 'p2', vitals: { heartRate: 60 } }),
    )
    await open().accept(arrival(1, { payload }))
    const [record] = await stored('telemetry')
    expect(record?.key).toBe('d1')
    expect(record?.headers['device']).toBe('d1')
    expect(record?.headers['patient']).toBeUndefined()
  })

  it('has a will without a time stamped with its receipt', async () => {
    const payload = Buffer.from('{"state":"offline"}')
    await open().accept(arrival(0, { topic: uplinkTopic('d1', 'status'), payload }))
    const [record] = await stored('telemetry')
    expect(record?.headers).toMatchObject({ kind: 'status', at: String(NOW), time: String(NOW), clockOffsetMs: '0' })
  })

  it('answers an acknowledgement of a command with what it says', async () => {
    const message = { boot: 'b', seq: 1, at: NOW, command: 'c1', result: 'done' as const }
    const payload = encodeUplink({ kind: 'command-ack', message }, 'cbor')
    const outcome = await open().accept(arrival(1, { topic: uplinkTopic('d1', 'command-ack'), payload }))
    expect(outcome).toEqual({ kind: 'stored', uplink: 'command-ack', commandAck: message })
  })
})

describe('a clock that is off', () => {
  it('is corrected in the headers, and told to the device once a minute', async () => {
    const ingest = open()
    const day = 86_400_000
    for (let i = 0; i < 130; i++) {
      await ingest.accept(arrival(i, { payload: vitals(i, NOW + day + i * 1_000), receivedAt: NOW + i * 1_000 }))
    }
    const records = await stored('telemetry')
    expect(new Set(records.map((r) => r.headers['clockOffsetMs']))).toEqual(new Set([String(-day)]))
    expect(records.every((r) => r.headers['time'] === r.headers['receivedAt'])).toBe(true)
    expect(notices).toEqual(Array.from({ length: 3 }, () => ({ kind: 'clock', device: 'd1', clockOffsetMs: -day })))
  })
})

describe('what cannot be taken', () => {
  const cases: [string, Partial<Arrival>, string][] = [
    ['garbage', { payload: Buffer.from([0xff, 0x00, 0x13]) }, 'PW_PAYLOAD_NOT_CBOR'],
    ['broken JSON', { payload: Buffer.from('{"boot":') }, 'PW_PAYLOAD_NOT_JSON'],
    ['nothing', { payload: new Uint8Array(0) }, 'PW_PAYLOAD_EMPTY'],
    ['wrong types', { payload: Buffer.from('{"boot":1,"seq":"x","at":null,"vitals":[]}') }, 'PW_PAYLOAD_INVALID'],
    ['an unknown topic', { topic: 'bsn/v1/d1/nonsense' }, 'PW_TOPIC_UNKNOWN'],
    ["another device's topic", { topic: uplinkTopic('d2', 'vitals') }, 'PW_TOPIC_FOREIGN'],
    ['too large', { payload: new Uint8Array(MAX_PAYLOAD_BYTES + 1).fill(0x20) }, 'PW_PAYLOAD_TOO_LARGE'],
  ]
  it.each(cases)('%s is quarantined durably with its reason, acknowledged and told', async (_name, override, code) => {
    const sent = arrival(1, override)
    expect(await open().accept(sent)).toEqual({ kind: 'quarantined', code })
    expect(await stored('telemetry')).toEqual([])
    const [record] = await stored('quarantine')
    const [reason] = await reasons()
    expect(record?.key).toBe('d1')
    expect(reason).toMatchObject({ device: 'd1', topic: sent.topic, code, receivedAt: NOW, bytes: sent.payload.length })
    expect(reason?.sha256).toBe(createHash('sha256').update(sent.payload).digest('hex'))
    const kept = sent.payload.length > MAX_PAYLOAD_BYTES ? sent.payload.slice(0, QUARANTINE_HEAD_BYTES) : sent.payload
    expect(Buffer.from(record?.value ?? []).equals(kept)).toBe(true)
    expect(notices).toEqual([{ kind: 'quarantined', device: 'd1', reason }])
  })

  it('names its boot and seq where they can be read, so that the gap is accounted for', async () => {
    const payload = Buffer.from(`{"boot":"b","seq":41,"at":${NOW},"vitals":{"heartRate":9000}}`)
    await open().accept(arrival(41, { payload }))
    expect(await reasons()).toMatchObject([{ code: 'PW_PAYLOAD_INVALID', boot: 'b', seq: 41 }])
  })

  it('keeps the size and hash of what was too large to be held at all', async () => {
    const whole = { bytes: 50_000_000, sha256: 'ab'.repeat(32) }
    await open().accept(arrival(1, { payload: new Uint8Array(1024), whole }))
    expect(await reasons()).toMatchObject([{ code: 'PW_PAYLOAD_TOO_LARGE', ...whole }])
  })

  it('is accounted for, whatever bytes and topics come: nothing crashes accept', async () => {
    const ingest = open()
    let accepted = 0
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.uint8Array({ maxLength: 300 }),
          fc.json().map((text) => Buffer.from(text)),
        ),
        fc.oneof(
          fc.constantFrom('vitals', 'waveform', 'event', 'status', 'command/ack').map((k) => `bsn/v1/d1/${k}`),
          fc.string(),
        ),
        async (payload, topic) => {
          const outcome = await ingest.accept({ device: 'd1', topic, payload, receivedAt: NOW })
          expect(['stored', 'quarantined']).toContain(outcome.kind)
          accepted++
        },
      ),
      { numRuns: 500 },
    )
    expect((await stored('telemetry')).length + (await stored('quarantine')).length).toBe(accepted)
  })
})

describe('the order of answers', () => {
  it('is that of arrival, with good and bad messages interleaved and appends of random duration', async () => {
    const slow = {
      append: async (topic: LogTopic, records: readonly LogRecord[]) => {
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 4))
        return log.append(topic, records)
      },
    }
    const ingest = open({ log: slow, limits: { maxBatchRecords: 7 } })
    const answered: number[] = []
    const outcomes: Promise<unknown>[] = []
    for (let seq = 0; seq < 300; seq++) {
      const bad = seq % 5 === 3
      const accept = ingest.accept(arrival(seq, bad ? { payload: Buffer.from('{') } : {}))
      outcomes.push(accept.then(() => answered.push(seq)))
      if (seq % 11 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    await Promise.all(outcomes)
    expect(answered).toEqual(Array.from({ length: 300 }, (_, seq) => seq))
    const kept = (await stored('telemetry')).map((r) => Number(r.headers['seq']))
    expect(kept).toEqual([...kept].sort((a, b) => a - b))
  })

  it('waits for durability: nothing is answered while the append is under way', async () => {
    const gate = gatedLog()
    const ingest = open({ log: gate })
    const answered: Outcome[] = []
    const both = [ingest.accept(arrival(0)), ingest.accept(arrival(1, { payload: Buffer.from('x') }))]
    for (const accept of both) void accept.then((outcome) => answered.push(outcome))
    await vi.waitFor(() => expect(gate.waiting).toHaveLength(2))
    gate.waiting.find((w) => w.topic === 'quarantine')?.settle()
    await vi.waitFor(async () => expect(await stored('quarantine')).toHaveLength(1))
    expect(answered).toEqual([])
    gate.waiting.find((w) => w.topic === 'telemetry')?.settle()
    await Promise.all(both)
    expect(answered.map((outcome) => outcome.kind)).toEqual(['stored', 'quarantined'])
  })

  it('has one append in flight per topic', async () => {
    const gate = gatedLog()
    const ingest = open({ log: gate })
    const first = ingest.accept(arrival(0))
    await vi.waitFor(() => expect(gate.waiting).toHaveLength(1))
    const later = [1, 2, 3].map((seq) => ingest.accept(arrival(seq)))
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
    expect(gate.waiting).toHaveLength(1)
    gate.waiting[0]?.settle()
    await first
    await vi.waitFor(() => expect(gate.waiting).toHaveLength(2))
    expect(gate.waiting[1]?.records).toHaveLength(3)
    gate.waiting[1]?.settle()
    await Promise.all(later)
  })
})

describe('a log that refuses', () => {
  it('is tried again until it takes them: each once, in order, none lost', async () => {
    let refusals = 6
    const failing = {
      append: (topic: LogTopic, records: readonly LogRecord[]) =>
        refusals-- > 0 ? Promise.reject(new PulsewireError('PW_LOG_FULL')) : log.append(topic, records),
    }
    const ingest = open({ log: failing, limits: { retryMinMs: 1, retryMaxMs: 4 } })
    await Promise.all(
      Array.from({ length: 20 }, (_, seq) =>
        ingest.accept(arrival(seq, seq === 9 ? { payload: Buffer.from('?') } : {})),
      ),
    )
    expect((await stored('telemetry')).map((r) => Number(r.headers['seq']))).toEqual(
      Array.from({ length: 20 }, (_, seq) => seq).filter((seq) => seq !== 9),
    )
    expect(await stored('quarantine')).toHaveLength(1)
    expect(ingest.refusal).toBeUndefined()
  })

  it('at random, per topic, changes neither the order of answers nor that of the log, and loses nothing', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.boolean(), { maxLength: 12 }),
        fc.array(fc.constantFrom('good', 'bad', 'pause'), { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 5 }),
        async (failures, steps, maxBatchRecords) => {
          const ownLog = createMemoryEventLog({ partitions: 2 })
          const kept: Record<string, number[]> = { telemetry: [], quarantine: [] }
          const failing = {
            append: async (topic: LogTopic, records: readonly LogRecord[]) => {
              await new Promise((resolve) => setImmediate(resolve))
              if (failures.pop() === true) throw new PulsewireError('PW_LOG_UNAVAILABLE')
              for (const { value } of records)
                kept[topic]?.push(Number(/seq":(\d+)/.exec(Buffer.from(value ?? []).toString())?.[1]))
              return ownLog.append(topic, records)
            },
          }
          const ingest = open({ log: failing, limits: { retryMinMs: 1, retryMaxMs: 1, maxBatchRecords } })
          const answered: number[] = []
          const accepted: Promise<unknown>[] = []
          for (const [seq, step] of steps.entries()) {
            if (step === 'pause') await new Promise((resolve) => setImmediate(resolve))
            const payload = step === 'bad' ? Buffer.from(`{"seq":${seq}`) : vitals(seq)
            accepted.push(ingest.accept(arrival(seq, { payload })).then(() => answered.push(seq)))
          }
          await Promise.all(accepted)
          const expected = (bad: boolean) => [...steps.keys()].filter((seq) => (steps[seq] === 'bad') === bad)
          expect(answered).toEqual([...steps.keys()])
          expect(kept['telemetry']).toEqual(expected(false))
          expect(kept['quarantine']).toEqual(expected(true))
          await ownLog.close()
        },
      ),
      { numRuns: 60 },
    )
  })

  it('makes them fail after the hold, with its code, so that the device sends them again', async () => {
    const full = { append: () => Promise.reject(new PulsewireError('PW_LOG_FULL')) }
    const ingest = open({ log: full, limits: { maxHoldMs: 100, retryMinMs: 5 } })
    await expect(ingest.accept(arrival(0))).rejects.toMatchObject({ code: 'PW_LOG_FULL' })
    await ingest.idle()
    expect(ingest.pending).toEqual({ count: 0, bytes: 0 })
  })

  it('takes nothing later through the same connection once something of it was given up: it would come before what is sent again', async () => {
    let refuses = true
    const through = {}
    const other = { append: () => Promise.reject(new PulsewireError('PW_LOG_UNAVAILABLE')) }
    const ingest = open({
      log: { append: (...given) => (refuses ? other.append() : log.append(...given)) },
      limits: { maxHoldMs: 600, retryMinMs: 5, retryMaxMs: 10 },
    })
    const first = ingest.accept(arrival(0, { through }))
    const failed = expect(first).rejects.toMatchObject({ code: 'PW_LOG_UNAVAILABLE' })
    await new Promise((resolve) => setTimeout(resolve, 400))
    const young = [ingest.accept(arrival(1, { through })), ingest.accept(arrival(9, { through: {} }))]
    const settled = Promise.allSettled(young)
    await failed
    const late = ingest.accept(arrival(2, { through }))
    await expect(late).rejects.toMatchObject({ code: 'PW_LOG_UNAVAILABLE' })
    refuses = false
    expect((await settled).map(({ status }) => status)).toEqual(['rejected', 'fulfilled'])
    const again = {}
    await Promise.all([0, 1, 2].map((seq) => ingest.accept(arrival(seq, { through: again }))))
    const seqs = (await stored('telemetry')).map(({ headers }) => Number(headers['seq']))
    expect(seqs).toEqual([9, 0, 1, 2])
  })

  it('does so too where an append never ends', async () => {
    const ingest = open({ log: gatedLog(), limits: { maxHoldMs: 100 } })
    const two = [ingest.accept(arrival(0)), ingest.accept(arrival(1))]
    const settled = await Promise.allSettled(two)
    expect(settled.map((result) => result.status)).toEqual(['rejected', 'rejected'])
    expect(ingest.pending.count).toBe(0)
  })

  it('lets nothing be stamped while the registry view is behind', async () => {
    let behind = true
    const catchUp = () => (behind ? Promise.reject(new PulsewireError('PW_REGISTRY_BEHIND')) : registry.catchUp())
    const ingest = open({ registry: { state: registry.state, catchUp }, limits: { retryMinMs: 1 } })
    const accept = ingest.accept(arrival(0))
    await vi.waitFor(() => expect(ingest.refusal).toMatchObject({ code: 'PW_REGISTRY_BEHIND' }))
    expect(await stored('telemetry')).toEqual([])
    behind = false
    await accept
    expect(await stored('telemetry')).toHaveLength(1)
  })
})

describe('back-pressure', () => {
  it('is asked for at the bound by count or bytes, lifted at half, and nothing is dropped', async () => {
    for (const limits of [{ maxPending: 10 }, { maxPendingBytes: 6_000 }]) {
      const gate = gatedLog()
      const ingest = open({ log: gate, limits: { ...limits, maxBatchRecords: 1 } })
      const signals: boolean[] = []
      ingest.onCongestion((congested) => signals.push(congested))
      const all = Array.from({ length: 30 }, (_, seq) => ingest.accept(arrival(seq)))
      expect(ingest.congested).toBe(true)
      for (let done = 0; done < 30; done++) {
        await vi.waitFor(() => expect(gate.waiting.length).toBe(done + 1), { interval: 1 })
        gate.waiting[done]?.settle()
      }
      await Promise.all(all)
      expect(signals).toEqual([true, false])
    }
  })

  it('ends with the ingest: what is pending is answered with an error, not forgotten', async () => {
    const ingest = open({ log: gatedLog() })
    const accept = ingest.accept(arrival(0))
    ingest.close()
    await expect(accept).rejects.toMatchObject({ code: 'PW_LOG_CLOSED' })
    await expect(ingest.accept(arrival(1))).rejects.toMatchObject({ code: 'PW_LOG_CLOSED' })
  })
})

describe('what another broker relays', () => {
  const relayed = (seq: number, device = 'd1'): Arrival =>
    arrival(seq, { relayed: true, device, topic: uplinkTopic(device, 'vitals') })
  const register = (device: string, more: { disabled?: true } = {}, expectedVersion = 0) =>
    registry.change(
      { kind: 'device', id: device, secretSha256: 'a'.repeat(64), createdAt: NOW, ...more },
      { expectedVersion, by: 'test' },
    )

  it('is taken from a registered device, be it one that was registered a moment before by another process', async () => {
    const other = await openRegistryView(log)
    const device = { kind: 'device', id: 'd1', secretSha256: 'a'.repeat(64), createdAt: NOW } as const
    await other.change(device, { expectedVersion: 0, by: 'test' })
    expect(await open().accept(relayed(1))).toEqual({ kind: 'stored', uplink: 'vitals' })
    await other.close()
  })

  it('is quarantined, whole and with the reason, from one that nobody registered or that is disabled', async () => {
    const ingest = open()
    await register('d2')
    await register('d2', { disabled: true }, 1)
    const outcomes = [await ingest.accept(relayed(1, 'd9')), await ingest.accept(relayed(2, 'd2'))]
    expect(outcomes).toEqual([
      { kind: 'quarantined', code: 'PW_DEVICE_UNKNOWN' },
      { kind: 'quarantined', code: 'PW_DEVICE_DISABLED' },
    ])
    expect(await stored('telemetry')).toEqual([])
    const byDevice = new Map((await reasons()).map((reason) => [reason.device, reason]))
    expect(byDevice.get('d9')).toMatchObject({ code: 'PW_DEVICE_UNKNOWN', boot: 'b', seq: 1 })
    expect(byDevice.get('d2')).toMatchObject({ code: 'PW_DEVICE_DISABLED', boot: 'b', seq: 2 })
    const kept = await stored('quarantine')
    expect(kept.map((record) => Buffer.from(record.value ?? []).toString()).sort()).toEqual(
      [vitals(1), vitals(2)].map((payload) => Buffer.from(payload).toString()).sort(),
    )
    expect(notices.map((notice) => notice.kind)).toEqual(['quarantined', 'quarantined'])
  })

  it('is of no topic of ours where what the topic names can be no device', async () => {
    const ingest = open()
    for (const device of ['', 'a b', 'd1/x']) await ingest.accept(relayed(1, device))
    expect((await reasons()).map(({ code }) => code)).toEqual(Array(3).fill('PW_TOPIC_UNKNOWN'))
  })

  it('is answered in order, strangers and others mixed', async () => {
    await register('d1')
    const ingest = open()
    const order: number[] = []
    const sent = Array.from({ length: 50 }, (_, i) =>
      ingest.accept(relayed(i, i % 3 === 0 ? 'd9' : 'd1')).then(() => order.push(i)),
    )
    await Promise.all(sent)
    expect(order).toEqual(Array.from({ length: 50 }, (_, i) => i))
  })
})

describe('the pace of the batches', () => {
  /** When each append began, ms, and of how many records. */
  const openCounting = (): { ingest: Ingest; appends: { at: number; records: number }[] } => {
    const appends: { at: number; records: number }[] = []
    const append: EventLog['append'] = (topic, records) => {
      appends.push({ at: performance.now(), records: records.length })
      return log.append(topic, records)
    }
    return { appends, ingest: open({ log: { append }, limits: { maxPaceMs: 200 } }) }
  }

  it('lets the next batch grow after a large one, and no longer than it should', async () => {
    const { ingest, appends } = openCounting()
    await Promise.all(Array.from({ length: 400 }, (_, seq) => ingest.accept(arrival(seq))))
    const later: Promise<Outcome>[] = []
    for (let seq = 400; seq < 410; seq++) {
      later.push(ingest.accept(arrival(seq)))
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    await Promise.all(later)
    expect(appends.map(({ records }) => records)).toEqual([400, 10])
    expect((appends[1]?.at ?? 0) - (appends[0]?.at ?? 0)).toBeGreaterThan(190)
  })

  it('makes nobody wait where little comes', async () => {
    const { ingest } = openCounting()
    const began = performance.now()
    for (let seq = 0; seq < 20; seq++) await ingest.accept(arrival(seq))
    expect(performance.now() - began).toBeLessThan(150)
  })
})
