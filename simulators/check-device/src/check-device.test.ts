import { afterEach, describe, expect, it, vi } from 'vitest'
import { connectAsync } from 'mqtt'
import { encodeJson, encodeUplink } from '@pulsewire/codec'
import type { WaveformMessage } from '@pulsewire/contracts'
import type { Connection } from './check-connection.ts'
import { createInspector, type DeviceReport, type Publication } from './inspector.ts'
import { listenForDevices } from './listener.ts'
import { reportText } from './report-text.ts'
import type { CheckName, CheckResult } from './verdicts.ts'

const T0 = 1_760_000_000_000

const connection: Connection = {
  clientId: 'd1',
  username: 'd1',
  hasPassword: true,
  protocolVersion: 4,
  keepaliveS: 30,
  will: { topic: 'bsn/v1/d1/status', payload: encodeJson({ state: 'offline' }), qos: 1, retain: true },
}

/** A second of ECG as a good device would send it, 20 ms after its end. */
function block(second: number, change: (message: WaveformMessage) => void = () => undefined): Publication {
  const at = T0 + second * 1000
  const samples = Int16Array.from({ length: 250 }, (_, index) => Math.round(100 * Math.sin(index / 9)))
  const message: WaveformMessage = {
    boot: 'b1',
    seq: second,
    at,
    sent: at + 1000,
    rateHz: 250,
    signals: [{ name: 'ecg.II', unit: 'mV', scale: 0.005, offset: 0, samples }],
  }
  change(message)
  return {
    receivedAt: at + 1020,
    topic: 'bsn/v1/d1/waveform',
    payload: encodeUplink({ kind: 'waveform', message }, 'cbor'),
    qos: 1,
    retain: false,
    dup: false,
  }
}

const raw = (topic: string, value: unknown, rest: Partial<Publication> = {}): Publication => ({
  receivedAt: T0,
  topic,
  payload: encodeJson(value),
  qos: 1,
  retain: false,
  dup: false,
  ...rest,
})

function inspect(publications: readonly Publication[], as: Connection = connection): DeviceReport {
  const inspector = createInspector('d1')
  inspector.connected(as)
  inspector.subscribed('bsn/v1/d1/notice')
  for (const publication of publications) inspector.published(publication)
  return inspector.report()
}

function result(report: DeviceReport, check: CheckName): CheckResult {
  const found = report.checks.find((candidate) => candidate.check === check)
  if (found === undefined) throw new Error(`no check ${check}`)
  return found
}

const good = Array.from({ length: 30 }, (_, second) => block(second))

describe('a good device', () => {
  it('has nothing wrong, and no advice', () => {
    const report = inspect(good)
    expect(report.checks.filter(({ level }) => level === 'wrong' || level === 'advice')).toEqual([])
    expect(report).toMatchObject({ ok: true, messages: 30, boots: 1, missing: 0, duplicates: 0, clockOffsetMs: 20 })
    expect(result(report, 'rate').right).toBeGreaterThan(0)
  })

  it('may send again what was not acknowledged', () => {
    const report = inspect([
      ...good.slice(0, 5),
      ...good.slice(3, 5).map((again) => ({ ...again, dup: true })),
      ...good.slice(5),
    ])
    expect(report).toMatchObject({ ok: true, duplicates: 2 })
  })

  it('may have had one message on its way when the link broke', () => {
    expect(publicationsWrong([{ ...block(0), receivedAt: T0 + 11_500 }, ...good.slice(1)])).toEqual([])
  })

  it('may send a spool late: data that is old is no clock that is off', () => {
    const late = good.map((_, index) => {
      const receivedAt = T0 + 3_600_000 + index * 10
      return { ...block(index, (message) => { message.sent = receivedAt - 5 }), receivedAt } // prettier-ignore
    })
    expect(publicationsWrong(late)).toEqual([])
  })
})

function publicationsWrong(publications: readonly Publication[], as?: Connection): [CheckName, string | undefined][] {
  return inspect(publications, as)
    .checks.filter(({ level }) => level === 'wrong')
    .map(({ check, details }) => [check, details[0]])
}

describe('a bad device is told exactly what is wrong', () => {
  const cases: [string, Publication[], CheckName, RegExp][] = [
    ['a value out of range', [raw('bsn/v1/d1/vitals', { boot: 'b', seq: 0, at: T0, sent: T0, vitals: { spo2: 140 } })], 'schema', /vitals\.spo2 must be <= 100/],
    ['an unknown vital', [raw('bsn/v1/d1/vitals', { boot: 'b', seq: 0, at: T0, sent: T0, vitals: { pulse: 70 } })], 'schema', /pulse/],
    ['no boot', [raw('bsn/v1/d1/vitals', { seq: 0, at: T0, vitals: { spo2: 97 } })], 'schema', /boot/],
    ['garbage', [raw('bsn/v1/d1/vitals', 'x', { payload: Buffer.from('hello') })], 'schema', /PW_PAYLOAD_NOT/],
    ['another device’s topic', [raw('bsn/v1/d2/vitals', {})], 'topics', /another device/],
    ['a topic that does not exist', [raw('ecg/d1', {})], 'topics', /no such topic/],
    ['QoS 0', good.map((publication) => ({ ...publication, qos: 0 })), 'qos', /lost/],
    ['a status that is not retained', [raw('bsn/v1/d1/status', { state: 'online' })], 'retain', /not retained/],
    ['a seq that goes back', [block(1), block(0)], 'seq', /0 came after 1/],
    ['a seq used twice', [block(0), block(1, (message) => { message.seq = 0 })], 'duplicates', /other content/],
    ['seconds for milliseconds', [block(0, (message) => { message.at = T0 / 1000 })], 'time', /seconds/],
    ['a clock never set', [block(0, (message) => { message.at = 12_000 })], 'time', /never set/],
    ['a clock a day ahead', [block(0, (message) => { message.at += 86_400_000; message.sent = message.at + 1000 })], 'clock', /86400.0 s ahead/],
    ['a clock a day behind', good.slice(0, 6).map((publication) => ({ ...publication, receivedAt: publication.receivedAt + 86_400_000 })), 'clock', /86400.\d s behind/],
    ['a block sent before it ended', [block(0, (message) => { message.sent = message.at })], 'clock', /before the end/],
    ['a gap between blocks', [block(0), block(1, (message) => { message.at += 100 })], 'continuity', /100 ms after/],
    ['blocks that overlap', [block(0), block(1, (message) => { message.at -= 100 })], 'continuity', /overlaps by 100 ms/],
    ['a rate that is not the one it says', good.map((publication, index) => ({ ...publication, receivedAt: T0 + 1020 + index * 1100 })), 'rate', /227/],
    ['a saturated signal', [block(0, (message) => { message.signals[0]?.samples.fill(32_767) })], 'samples', /end of int16/],
    ['a wrong scale', [block(0, (message) => { for (const signal of message.signals) signal.scale = 5 })], 'samples', /is no ECG/],
    ['volts', [block(0, (message) => { for (const signal of message.signals) signal.unit = 'V' })], 'samples', /should be mV/],
    ['a huge payload', [raw('bsn/v1/d1/event', {}, { payload: Buffer.alloc(300_000) })], 'size', /quarantined/],
    ['a flood', Array.from({ length: 1200 }, (_, seq) => ({ ...block(0, (message) => { message.seq = seq }) })), 'throughput', /throttles/],
  ] // prettier-ignore
  it.each(cases)('%s', (_name, publications, check, expected) => {
    const report = inspect(publications)
    expect(report.ok).toBe(false)
    expect(result(report, check).level).toBe('wrong')
    expect(result(report, check).details[0]).toMatch(expected)
  })

  it.each<[string, Partial<Connection>, CheckName]>([
    ['a client id with a blank', { clientId: 'd 1' }, 'client-id'],
    ['no password', { hasPassword: false }, 'credentials'],
    ['another user name', { username: 'someone' }, 'credentials'],
    [
      'a will on another topic',
      { will: { topic: 'x', payload: encodeJson({ state: 'offline' }), qos: 1, retain: true } },
      'will',
    ],
    [
      'a will that says online',
      { will: { topic: 'bsn/v1/d1/status', payload: encodeJson({ state: 'online' }), qos: 1, retain: true } },
      'will',
    ],
    ['MQTT 5', { protocolVersion: 5 }, 'connection'],
  ])('%s', (_name, change, check) => {
    expect(publicationsWrong(good, { ...connection, ...change }).map(([wrong]) => wrong)).toContain(check)
  })
})

describe('advice is no fault', () => {
  it('JSON blocks: how many bytes CBOR would take', () => {
    const report = inspect(good.map((_, second) => {
      const { payload: _cbor, ...rest } = block(second)
      const at = T0 + second * 1000
      const signals = [{ name: 'ecg.II', unit: 'mV', scale: 0.005, offset: 0, samples: Array.from({ length: 250 }, (_, k) => k * 13) }]
      return { ...rest, payload: encodeJson({ boot: 'b1', seq: second, at, sent: at + 1000, rateHz: 250, signals }) }
    })) // prettier-ignore
    expect(report.ok).toBe(true)
    expect(result(report, 'encoding').details[0]).toMatch(/JSON of \d{4} bytes.*would be [67]\d\d$/)
  })

  it('missing numbers, no sent, a signal without contact', () => {
    const report = inspect([
      block(0),
      block(1, (message) => { delete message.sent; message.seq = 5; message.signals[0]?.samples.fill(-32768) }),
    ]) // prettier-ignore
    expect(report.ok).toBe(true)
    expect(report.missing).toBe(4)
    for (const check of ['seq', 'clock', 'samples'] as const) expect(result(report, check).level).toBe('advice')
  })
})

describe('the listener', () => {
  const cleanups: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
  })

  it('lets any client in and tells what a real one does', async () => {
    const wrong: string[] = []
    const listener = await listenForDevices({
      port: 0,
      host: '127.0.0.1',
      onWrong: (device, check) => wrong.push(`${device} ${check}`),
    })
    cleanups.push(() => listener.close())
    const client = await connectAsync(`mqtt://127.0.0.1:${listener.port}`, {
      clientId: 'd1',
      username: 'd1',
      password: 'x',
    })
    cleanups.push(() => client.endAsync(true))
    await client.subscribeAsync('bsn/v1/d1/notice', { qos: 1 })
    const message = { boot: 'b', seq: 0, at: Date.now(), sent: Date.now(), vitals: { heartRate: 70 } }
    await client.publishAsync('bsn/v1/d1/vitals', JSON.stringify(message), { qos: 1 })
    await client.publishAsync('bsn/v1/d1/vitals', JSON.stringify({ ...message, seq: 1, vitals: {} }), { qos: 1 })
    await vi.waitFor(() => expect(listener.reports()[0]?.messages).toBe(2))
    const [report] = listener.reports()
    expect(report).toMatchObject({ device: 'd1', ok: false, byKind: { vitals: 2 } })
    expect(wrong).toEqual(['d1 schema'])
    expect(report === undefined ? '' : reportText(report)).toContain('WRONG   payload follows its schema (1 of 2)')
  })
})
