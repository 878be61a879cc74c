import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { admit, signIn, type ApiClient } from '../support/api.ts'
import { connectDevice, type PlainDevice } from '../support/device.ts'
import { childrenOf } from '../support/processes.ts'
import { startStation, temporaryDirectory, type TestStation } from '../support/station.ts'

/** A span as OTLP's JSON has it. */
interface Span {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly service: string
  readonly device: string | undefined
}
interface Attribute {
  readonly key: string
  readonly value: { readonly stringValue?: string }
}
const textOf = (attributes: readonly Attribute[], name: string): string | undefined =>
  attributes.find(({ key }) => key === name)?.value.stringValue
const spans: Span[] = []
/** A receiver of OTLP over HTTP. */
const collector = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as {
      resourceSpans: {
        resource: { attributes: Attribute[] }
        scopeSpans: { spans: (Omit<Span, 'service' | 'device'> & { attributes: Attribute[] })[] }[]
      }[]
    }
    for (const { resource, scopeSpans } of body.resourceSpans) {
      const service = textOf(resource.attributes, 'service.name') ?? ''
      for (const span of scopeSpans.flatMap((scope) => scope.spans)) {
        spans.push({ ...span, service, device: textOf(span.attributes, 'device') })
      }
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
  })
})

const directory = temporaryDirectory()
const WITHIN = { timeout: 20_000, interval: 100 }
let station: TestStation
let api: ApiClient
let device: PlainDevice

beforeAll(async () => {
  collector.listen(0, '127.0.0.1')
  await once(collector, 'listening')
  const { port } = collector.address() as AddressInfo
  station = await startStation({
    dataDirectory: directory.path,
    env: {
      PULSEWIRE_HANG_SECONDS: '5',
      PULSEWIRE_OPERATION_PORT: '0',
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_TRACES_SAMPLER: 'always_on',
      OTEL_BSP_SCHEDULE_DELAY: '200',
    },
  })
  api = await signIn(station)
  const { credential } = await admit(api, { patient: 'Traced', device: 'op-1' })
  device = await connectDevice(station, credential, { reconnect: true })
}, 60_000)
afterAll(async () => {
  await device?.end()
  await station?.stop()
  collector.close()
  directory.remove()
})

const ask = async (path: string): Promise<{ status: number; text: string }> => {
  const answer = await fetch(`${station.url}${path}`)
  return { status: answer.status, text: await answer.text() }
}
const readiness = async (): Promise<{ ok: boolean; processes: Record<string, string> }> =>
  JSON.parse((await ask('/readyz')).text) as { ok: boolean; processes: Record<string, string> }

/** The sum of the samples that begin with `name` and have all the `labels`. */
function valueOf(metrics: string, name: string, labels: Record<string, string> = {}): number | undefined {
  const values = metrics
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`))
    .filter((line) => Object.entries(labels).every(([label, value]) => line.includes(`${label}="${value}"`)))
    .map((line) => Number(line.slice(line.lastIndexOf(' ') + 1)))
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0)
}

describe('what a station says of itself', () => {
  it('covers all of its processes', async () => {
    expect(await readiness()).toMatchObject({ ok: true, processes: { broker: 'ok', core: 'ok', 'detector-0': 'ok' } })
    expect(JSON.parse((await ask('/healthz')).text)).toMatchObject({ ok: true })
    const { text } = await ask('/metrics')
    for (const process of ['broker', 'core', 'detector-0']) {
      expect(valueOf(text, 'pulsewire_station_process_up', { process })).toBe(1)
      expect(valueOf(text, 'pulsewire_process_process_cpu_seconds_total', { process })).toBeGreaterThan(0)
    }
  })

  it('is the same on the operation port', async () => {
    const { operationPort } = station
    const answer = await fetch(`http://127.0.0.1:${operationPort}/readyz`)
    expect([answer.status, await answer.json()]).toMatchObject([200, { ok: true, broker: 'ok', core: 'ok' }])
  })

  it('moves: each metric follows what happens, in each component', async () => {
    const before = (await ask('/metrics')).text
    for (let seq = 0; seq < 50; seq++) {
      await device.publish('vitals', { boot: 'm', seq, at: Date.now(), sent: Date.now(), vitals: { heartRate: 60 } })
    }
    await device.publish('event', { boot: 'm', seq: 50, at: Date.now(), sent: Date.now(), event: 'patient-button' })
    await device.publishRaw('bsn/v1/op-1/vitals', '{"bad":')
    await vi.waitFor(async () => {
      const after = (await ask('/metrics')).text
      const grew = (name: string, labels: Record<string, string>): number =>
        (valueOf(after, name, labels) ?? 0) - (valueOf(before, name, labels) ?? 0)
      const moved: [string, Record<string, string>, number][] = [
        ['pulsewire_broker_received_total', { kind: 'vitals' }, 50],
        ['pulsewire_broker_received_total', { kind: 'quarantined' }, 1],
        ['pulsewire_broker_sent_total', { kind: 'notice' }, 1],
        ['pulsewire_broker_latency_ms_count', { step: 'acknowledged' }, 52],
        ['pulsewire_broker_latency_ms_count', { step: 'durable' }, 1],
        ['pulsewire_log_sent_total', { process: 'broker', kind: 'telemetry' }, 51],
        ['pulsewire_log_sent_total', { process: 'broker', kind: 'quarantine' }, 1],
        ['pulsewire_log_latency_ms_count', { process: 'broker', step: 'append' }, 1],
        ['pulsewire_log_received_total', { process: 'core', kind: 'telemetry' }, 51],
        ['pulsewire_detector_received_total', { kind: 'telemetry' }, 51],
        ['pulsewire_detector_sent_total', { kind: 'finding' }, 1],
        ['pulsewire_detector_latency_ms_count', { step: 'append-to-analysed' }, 1],
        ['pulsewire_alarm_manager_received_total', { kind: 'findings' }, 1],
        ['pulsewire_alarm_manager_sent_total', { kind: 'alarms' }, 1],
        ['pulsewire_alarm_manager_latency_ms_count', { step: 'append-to-decided' }, 1],
        ['pulsewire_recorder_received_total', { kind: 'telemetry' }, 51],
        ['pulsewire_recorder_sent_total', { kind: 'stored' }, 51],
        ['pulsewire_recorder_latency_ms_count', { step: 'logged-to-stored' }, 1],
        ['pulsewire_store_sent_total', { kind: 'vital' }, 50],
        ['pulsewire_store_sent_total', { kind: 'message' }, 51],
        ['pulsewire_store_sent_total', { kind: 'quarantine' }, 1],
        ['pulsewire_store_latency_ms_count', { step: 'write' }, 1],
        ['pulsewire_api_received_total', { kind: 'telemetry' }, 51],
        ['pulsewire_api_sent_total', { kind: 'answer' }, 1],
      ]
      const unmoved = moved.filter(([name, labels, atLeast]) => grew(name, labels) < atLeast)
      expect(unmoved).toEqual([])
      // What was handled is no lag any more.
      for (const component of ['detector', 'recorder', 'alarm_manager']) {
        expect(valueOf(after, `pulsewire_${component}_lag_records`), component).toBeLessThan(20)
      }
      expect(valueOf(after, 'pulsewire_broker_open', { name: 'devices' })).toBe(1)
      expect(valueOf(after, 'pulsewire_detector_open', { name: 'partitions' })).toBe(8)
      expect(valueOf(after, 'pulsewire_alarm_manager_open', { name: 'partitions' })).toBe(8)
      expect(valueOf(after, 'pulsewire_broker_queue', { name: 'ingest' })).toBe(0)
      expect(valueOf(after, 'pulsewire_recorder_queue', { name: 'commit-window' })).toBeGreaterThanOrEqual(0)
    }, WITHIN)
  }, 40_000)

  it('never says that anything was dropped', async () => {
    const { text } = await ask('/metrics')
    const dropped = text.split('\n').filter((line) => /^pulsewire_\w+_dropped_total\{/.test(line))
    expect(dropped.length).toBeGreaterThan(6)
    expect(dropped.filter((line) => !line.endsWith(' 0'))).toEqual([])
  })
})

describe('a trace', () => {
  it('shows one heartbeat’s way: received, appended, analysed, decided, recorded', async () => {
    const { credential } = await admit(api, { patient: 'Calling', device: 'op-2' })
    const calling = await connectDevice(station, credential)
    await calling.publish('event', { boot: 't', seq: 0, at: Date.now(), sent: Date.now(), event: 'patient-button' })
    await calling.end()
    const way = await vi.waitFor(() => {
      const traces = new Map<string, Span[]>()
      for (const span of spans) traces.set(span.traceId, [...(traces.get(span.traceId) ?? []), span])
      const found = [...traces.values()].find((of) =>
        of.some(({ device: from, name }) => from === 'op-2' && name === 'receive' && of.length > 4),
      )
      expect(found?.map(({ name }) => name).sort()).toEqual([
        'analyse',
        'append',
        'decide',
        'receive',
        'record',
        'record',
      ])
      return found ?? []
    }, WITHIN)
    const serviceOf = (name: string): string | undefined => way.find((span) => span.name === name)?.service
    expect([serviceOf('receive'), serviceOf('analyse'), serviceOf('decide'), serviceOf('record')]).toEqual([
      'pulsewire-broker',
      'pulsewire-detector',
      'pulsewire-core',
      'pulsewire-core',
    ])
    // The decision hangs on the analysis that led to it.
    const analysed = way.find(({ name }) => name === 'analyse')
    expect(way.find(({ name }) => name === 'decide')?.parentSpanId).toBe(analysed?.spanId)
  }, 40_000)
})

describe('a process of the station that hangs', () => {
  it('is said not to be ready, killed and started again; nothing that it acknowledged is lost', async () => {
    const broker = (await childrenOf(station.pid)).find(({ name }) => name === 'broker')
    if (broker === undefined) throw new Error('no broker')
    process.kill(broker.pid, 'SIGSTOP')
    const unanswered = device.publish('vitals', { boot: 'h', seq: 0, at: Date.now(), vitals: { heartRate: 61 } })
    await vi.waitFor(async () => {
      const { ok, processes } = await readiness()
      expect([ok, processes['broker']]).toEqual([false, 'does not answer'])
    }, WITHIN)
    // The screens and the alarms go on meanwhile: the core answers.
    expect((await api.fetch('/patients')).status).toBe(200)
    await vi.waitFor(async () => expect((await readiness()).ok).toBe(true), WITHIN)
    const now = (await childrenOf(station.pid)).find(({ name }) => name === 'broker')
    expect(now?.pid).not.toBe(broker.pid)
    await unanswered
    expect(
      valueOf((await ask('/metrics')).text, 'pulsewire_station_hung_total', { process: 'broker' }),
    ).toBeGreaterThan(0)
  }, 60_000)
})
