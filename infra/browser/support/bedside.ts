import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startApi } from '@pulsewire/api'
import { encodeUplink } from '@pulsewire/codec'
import {
  type Alarm,
  type LogTopic,
  type TelemetryHeaders,
  type UplinkMessage,
  encodeTelemetryHeaders,
} from '@pulsewire/contracts'
import type { DetectionOutput } from '@pulsewire/detection'
import { createMemoryEventLog } from '@pulsewire/event-log'
import { createMetrics, createSilentLogger } from '@pulsewire/runtime'
import { type WaveformBlock, openEmbeddedVitalsStore } from '@pulsewire/vitals-store'
import { message, writeOf } from '@pulsewire/vitals-store/testing'
import { simulateBlocks } from '@pulsewire/wearable'
import { simulated } from '../../../tests/verify/alarms/high-findings.ts'
import { sourceThroughMonitor } from '../../../tests/verify/alarms/source-through-monitor.ts'
import { ROOT } from './browser.ts'

export const BEDSIDE_PASSWORD = 'bedside-test-password'
/** What was, when the page opens, and for how long it goes on. */
const PAST_S = 120
const FUTURE_S = 400
const SCENARIO = 'inferior-infarction'
const SEED = 4
const SECOND_MS = 1000

/** One bed without the processes of a station: analysed data in a real store and log, behind the real API, going on second by second. */
export interface Bedside {
  readonly httpPort: number
  readonly patient: string
  readonly alarm: Alarm
  /** The first sample, ms. */
  readonly fromMs: number
  stop(): Promise<void>
}

/** A man with an inferior infarction that began minutes ago; his alarm stands. */
export async function startBedside(): Promise<Bedside> {
  const directory = await mkdtemp(join(tmpdir(), 'pulsewire-bedside-'))
  const fromMs = Math.floor(Date.now() / SECOND_MS - PAST_S) * SECOND_MS
  const seconds = PAST_S + FUTURE_S
  const context = { dateOfBirth: '1958-01-30', sex: 'male' } as const
  const outputs = [...sourceThroughMonitor(simulated(SCENARIO, SEED), { fromMs, seconds, context })]
  const uplinks = [...simulateBlocks({ scenario: SCENARIO, seed: SEED, fromMs, seconds, cuffEveryS: 60 })]
  const rang = outputs.find(
    (output) =>
      output.kind === 'finding' && output.record.type === 'myocardial-infarction' && output.record.priority === 'high',
  )
  if (rang?.kind !== 'finding') throw new Error('the scenario rings no heart attack')
  const { seenUntil, ...found } = rang.record
  const { patient, device = '' } = found
  const alarm: Alarm = {
    ...found,
    device,
    kind: 'physiological',
    priority: 'high',
    state: 'active',
    raisedAt: seenUntil,
    escalation: 0,
    comments: [],
  }

  const log = createMemoryEventLog({ partitions: 1 })
  const store = await openEmbeddedVitalsStore({ directory })
  const api = await startApi(
    { log, store, logger: createSilentLogger(), metrics: createMetrics('bedside') },
    {
      host: '127.0.0.1',
      port: 0,
      adminPassword: BEDSIDE_PASSWORD,
      staticDirectory: join(ROOT, 'services/dashboard/dist-web'),
      signInsPerMinute: 1000,
    },
  )
  await register(`http://127.0.0.1:${api.port}/api/v1`, patient, device)
  const append = (topic: LogTopic, headers: Record<string, string>, value: unknown) =>
    log.append(topic, [{ key: patient, headers, value: Buffer.from(JSON.stringify(value)) }])

  let offset = 0
  let said = 0
  let sent = 0
  /** Everything up to `untilMs` into the store, and into the log where a screen hears it. */
  const goOn = async (untilMs: number, isLive: boolean): Promise<void> => {
    const blocks = uplinks.slice(
      sent,
      (sent = next(uplinks, sent, ({ message: { at } }) => (at ?? 0) + SECOND_MS <= untilMs)),
    )
    const spoken = outputs.slice(said, (said = next(outputs, said, (output) => timeOf(output) <= untilMs)))
    const messages = blocks.map((uplink) =>
      message(offset, {
        device,
        seq: offset++,
        waveforms: blocksOf(uplink, patient, device),
        vitals: vitalsOf(uplink, patient, device),
      }),
    )
    await store.write(
      writeOf(messages, {
        findings: spoken.flatMap((output) => (output.kind === 'finding' ? [output.record] : [])),
        beats: spoken.flatMap((output) => (output.kind === 'beats' ? [output.record] : [])),
        vitals: spoken.flatMap((output) =>
          output.kind === 'derived'
            ? output.record.series.flatMap(({ code, points }) =>
                points.map(([time, value]) => ({
                  patient,
                  device: output.record.device ?? 'pulsewire',
                  code,
                  time,
                  value,
                })),
              )
            : [],
        ),
      }),
    )
    if (!isLive) return
    for (const uplink of blocks) {
      const at = uplink.message.at ?? 0
      const headers: TelemetryHeaders = {
        kind: uplink.kind,
        device,
        patient,
        at,
        time: at,
        clockOffsetMs: 0,
        receivedAt: Date.now(),
        encoding: 'cbor',
      }
      await log.append('telemetry', [
        { key: patient, headers: encodeTelemetryHeaders(headers), value: encodeUplink(uplink, 'cbor') },
      ])
    }
    for (const output of spoken) await append('findings', { kind: output.kind }, output.record)
  }

  await goOn(Date.now(), false)
  await store.write({ alarms: [alarm], positions: [] })
  await append('alarms', { event: 'raised' }, { patient, version: 1, at: Date.now(), event: 'raised', alarm })
  let running = Promise.resolve()
  const timer = setInterval(() => {
    running = running.then(() => goOn(Date.now(), true))
  }, SECOND_MS)
  return {
    httpPort: api.port,
    patient,
    alarm,
    fromMs,
    async stop() {
      clearInterval(timer)
      await running
      await api.stop()
      await store.close()
      await log.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

async function register(root: string, patient: string, device: string): Promise<void> {
  const post = async (method: string, path: string, body: unknown, token?: string) => {
    const headers = {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    }
    const answer = await fetch(`${root}/${path}`, { method, headers, body: JSON.stringify(body) })
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
    return (await answer.json()) as { token: string }
  }
  const { token } = await post('POST', 'session', { user: 'admin', password: BEDSIDE_PASSWORD })
  await post(
    'POST',
    'patients',
    { id: patient, name: 'J. Tanaka', dateOfBirth: '1958-01-30', sex: 'male', place: 'Bed 4' },
    token,
  )
  await post('POST', 'devices', { id: device }, token)
  await post('PUT', `devices/${device}/patient`, { patient }, token)
}

/** The index of the first one from `from` on that is not due. */
function next<T>(list: readonly T[], from: number, isDue: (one: T) => boolean): number {
  let index = from
  for (let one = list[index]; one !== undefined && isDue(one); one = list[index]) index += 1
  return index
}

/** When the analysis could say it. */
function timeOf(output: DetectionOutput): number {
  if (output.kind === 'finding') return output.record.seenUntil
  if (output.kind === 'beats') return output.record.to
  return Math.max(...output.record.series.flatMap(({ points }) => points.map(([time]) => time)))
}

function blocksOf(uplink: UplinkMessage, patient: string, device: string): WaveformBlock[] {
  if (uplink.kind !== 'waveform') return []
  const { at, rateHz, signals } = uplink.message
  return signals.map(({ name, unit, scale, offset, samples }) => ({
    patient,
    device,
    signal: name,
    start: at,
    rateHz,
    unit,
    scale,
    offset,
    samples: Int16Array.from(samples),
  }))
}

function vitalsOf(uplink: UplinkMessage, patient: string, device: string) {
  if (uplink.kind !== 'vitals') return []
  const { at, vitals } = uplink.message
  return Object.entries(vitals).flatMap(([code, value]) =>
    value === undefined ? [] : [{ patient, device, code, time: at, value }],
  )
}
