import { setTimeout as sleep } from 'node:timers/promises'
import { startReplay } from '@pulsewire/replay'
import { beatSamples, readAnnotations, readRecord, scoreBeats, type BeatScore } from '@pulsewire/wfdb'
import { admit, type ApiClient } from '../support/api.ts'
import type { TestStation } from '../support/station.ts'

/** What became of a recording on its way through MQTT, the log, the detector, the store and the API. */
export interface RecordReport {
  readonly record: string
  readonly seconds: number
  readonly signals: readonly string[]
  /** Samples that were sent, and of them those that the API gave back bit for bit. */
  readonly samplesSent: number
  readonly samplesEqual: number
  readonly referenceBeats: number
  readonly detectedBeats: number
  /** Matched within ±150 ms, one to one, whole record, the learning seconds included. */
  readonly score: BeatScore
}

interface WaveformAnswer {
  signals: { name: string; rateHz: number; segments: { start: number; samples: (number | null)[] }[] }[]
  next?: number
}

const SETTLED_MS = 1_500
const GIVE_UP_MS = 180_000

/** Sends a WFDB record as a wearable, as fast as the broker takes it, and compares what the API then has with the record itself. */
export async function sendRecordThroughSystem(
  station: TestStation,
  api: ApiClient,
  path: string,
  device: string,
): Promise<RecordReport> {
  const record = await readRecord(path)
  const length = record.signals[0]?.samples.length ?? 0
  const seconds = length / record.rateHz
  const start = Date.now() - Math.ceil(seconds * 1000) - 60_000
  const worn = await admit(api, { patient: `Record ${record.name}`, device, from: start - 60_000 })
  const replay = await startReplay({
    url: `mqtt://127.0.0.1:${station.mqttPort}`,
    device: worn.device,
    credential: worn.credential,
    record: path,
    speed: Number.POSITIVE_INFINITY,
    startAt: start,
  })
  await replay.finished
  await replay.stop()

  const end = start + Math.ceil(seconds * 1000) + 1_000
  const detected = await settledBeats(api, worn.patient, start, end)
  let samplesEqual = 0
  for (const signal of record.signals) {
    const name = `ecg.${signal.name}`
    const values = await samplesOf(api, worn.patient, name, start, end)
    for (let i = 0; i < length; i++) {
      const value = values[i]
      if (value === undefined || value === null) continue
      if (Math.round(value * signal.gainPerUnit + signal.baseline) === signal.samples[i]) samplesEqual++
    }
    if (values.length !== length) samplesEqual -= Math.abs(values.length - length)
  }
  const reference = await readAnnotations(path, 'atr')
  const toSample = (timeMs: number): number => Math.round(((timeMs - start) / 1000) * record.rateHz)
  const score = scoreBeats(reference, detected.map(toSample), { windowMs: 150, rateHz: record.rateHz })
  return {
    record: record.name,
    seconds,
    signals: record.signals.map(({ name }) => name),
    samplesSent: length * record.signals.length,
    samplesEqual,
    referenceBeats: beatSamples(reference).length,
    detectedBeats: detected.length,
    score,
  }
}

/** The samples of a signal, its segments one after the other. */
async function samplesOf(
  api: ApiClient,
  patient: string,
  signal: string,
  from: number,
  to: number,
): Promise<(number | null)[]> {
  const samples: (number | null)[] = []
  let next: number | undefined = from
  while (next !== undefined) {
    const answer: WaveformAnswer = await api.call(
      'GET',
      `/patients/${patient}/waveforms?signals=${signal}&from=${next}&to=${to}`,
    )
    for (const segment of answer.signals[0]?.segments ?? []) {
      for (const sample of segment.samples) samples.push(sample)
    }
    next = answer.next
  }
  return samples
}

/** Times of the detected beats, once nothing is on its way any more and their number has stayed the same for a while. */
async function settledBeats(api: ApiClient, patient: string, from: number, to: number): Promise<number[]> {
  const giveUpAt = Date.now() + GIVE_UP_MS
  let last: number[] = []
  let since = Date.now()
  while (Date.now() < giveUpAt) {
    const { beats } = await api.call<{ beats: [number, string][] }>(
      'GET',
      `/patients/${patient}/findings?type=beat&from=${from}&to=${to}`,
    )
    const { inLog } = await api.call<{ inLog: number }>('GET', '/ledger')
    if (beats.length !== last.length || inLog > 0) since = Date.now()
    last = beats.map(([time]) => time)
    if (last.length > 0 && Date.now() - since > SETTLED_MS) return last
    await sleep(200)
  }
  throw new Error(`the beats of ${patient} did not settle: ${last.length} so far`)
}
