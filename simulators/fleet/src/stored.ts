import type { SentStream } from './fleet.ts'

/** What was looked for in the store, and what of it is not there, or is there otherwise. */
export interface StoredReport {
  readonly devices: number
  readonly samples: { readonly expected: number; readonly missing: number; readonly wrong: number }
  readonly vitals: { readonly expected: number; readonly missing: number; readonly wrong: number }
}

export interface StoredCheck {
  /** The station, `http://host:port`. */
  readonly api: string
  /** Of a user who may read series. */
  readonly token: string
  readonly sent: readonly SentStream[]
  /** Requests at once (4). */
  readonly concurrency?: number
}

interface Counts {
  expected: number
  missing: number
  wrong: number
}
interface WaveformPage {
  readonly next?: number
  readonly signals: readonly {
    readonly name: string
    readonly segments: readonly { readonly start: number; readonly samples: readonly (number | null)[] }[]
  }[]
}
interface VitalsPage {
  readonly next?: number
  readonly series: Readonly<Record<string, { readonly points: readonly (readonly [number, number | string])[] }>>
}

/** How long the recorder may take to write what is in the log. */
const RECORDED_WITHIN_MS = 120_000
const ASK_AGAIN_MS = 250

/** The last message of a stream may have been cut; its own time is within the range all the same. */
const AFTER_MS = 1_000

/**
 * Asks the station, as an analyst would, for all that the nodes have made, and compares each sample and each value with what was sent.
 * For data that nothing was left out of (`skipped` = 0) and that is all acknowledged.
 */
export async function checkStored({ api, token, sent, concurrency = 4 }: StoredCheck): Promise<StoredReport> {
  const ask = async <T>(path: string): Promise<T> => {
    const answer = await fetch(`${api}/api/v1${path}`, { headers: { authorization: `Bearer ${token}` } })
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`)
    return (await answer.json()) as T
  }
  await recorded(ask)
  const { devices } = await ask<{ devices: readonly { id: string; patient: string | null }[] }>('/devices')
  const patientOf = new Map(devices.map(({ id, patient }) => [id, patient]))
  const samples: Counts = { expected: 0, missing: 0, wrong: 0 }
  const vitals: Counts = { expected: 0, missing: 0, wrong: 0 }

  const check = async (stream: SentStream): Promise<void> => {
    if (stream.count === 0) return
    const patient = patientOf.get(stream.device)
    if (patient === undefined || patient === null) throw new Error(`nobody wears ${stream.device}`)
    const range = `from=${stream.atOf(0)}&to=${stream.atOf(stream.count - 1) + AFTER_MS}&device=${stream.device}`
    const of = `/patients/${encodeURIComponent(patient)}`
    if (stream.templates[0]?.kind === 'waveform') await checkWaveforms(stream, samples, `${of}/waveforms?${range}`, ask)
    else await checkVitals(stream, vitals, `${of}/vitals?${range}`, ask)
  }
  const left = [...sent]
  const worker = async (): Promise<void> => {
    for (let stream = left.pop(); stream !== undefined; stream = left.pop()) await check(stream)
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
  return { devices: new Set(sent.map(({ device }) => device)).size, samples, vitals }
}

type Ask = <T>(path: string) => Promise<T>

/** Until the station says that nothing waits in its log for being stored. */
async function recorded(ask: Ask): Promise<void> {
  const deadline = performance.now() + RECORDED_WITHIN_MS
  for (;;) {
    const { inLog } = await ask<{ inLog: number }>('/ledger')
    if (inLog === 0) return
    if (performance.now() > deadline) throw new Error(`${inLog} messages are still not recorded`)
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS))
  }
}

/** All pages of an answer: `next` is where the following one begins. */
async function* pagesOf<T extends { readonly next?: number }>(path: string, ask: Ask): AsyncGenerator<T> {
  for (let page = await ask<T>(path); ;) {
    yield page
    if (page.next === undefined) return
    page = await ask<T>(path.replace(/from=\d+/, `from=${page.next}`))
  }
}

async function checkWaveforms(stream: SentStream, counts: Counts, path: string, ask: Ask): Promise<void> {
  const from = stream.atOf(0)
  const stored = new Map<string, Float64Array>()
  const stepMs = stepOf(stream)
  const length = Math.round((stream.atOf(stream.count - 1) + AFTER_MS - from) / stepMs)
  for await (const { signals } of pagesOf<WaveformPage>(path, ask)) {
    for (const { name, segments } of signals) {
      const values = stored.get(name) ?? new Float64Array(length).fill(NaN)
      stored.set(name, values)
      for (const segment of segments) {
        const first = Math.round((segment.start - from) / stepMs)
        for (const [index, value] of segment.samples.entries()) values[first + index] = value ?? NaN
      }
    }
  }
  for (let index = 0; index < stream.count; index++) {
    const template = stream.templates[index % stream.templates.length]
    if (template?.uplink.kind !== 'waveform') continue
    const first = Math.round((stream.atOf(index) - from) / stepMs)
    for (const { name, samples, scale, offset } of template.uplink.message.signals) {
      const values = stored.get(name)
      counts.expected += samples.length
      for (let sample = 0; sample < samples.length; sample++) {
        const value = values?.[first + sample]
        if (value === undefined || Number.isNaN(value)) counts.missing += 1
        else if (Math.round(value / scale) + offset !== samples[sample]) counts.wrong += 1
      }
    }
  }
}

function stepOf({ templates }: SentStream): number {
  const uplink = templates[0]?.uplink
  if (uplink?.kind !== 'waveform') throw new TypeError('a stream of blocks expected')
  return 1000 / uplink.message.rateHz
}

async function checkVitals(stream: SentStream, counts: Counts, path: string, ask: Ask): Promise<void> {
  const stored = new Map<string, Map<number, number | string>>()
  for await (const { series } of pagesOf<VitalsPage>(path, ask)) {
    for (const [code, { points }] of Object.entries(series)) {
      const values = stored.get(code) ?? new Map<number, number | string>()
      stored.set(code, values)
      for (const [time, value] of points) values.set(time, value)
    }
  }
  for (let index = 0; index < stream.count; index++) {
    const template = stream.templates[index % stream.templates.length]
    if (template?.uplink.kind !== 'vitals') continue
    for (const [code, sentValue] of Object.entries(template.uplink.message.vitals)) {
      counts.expected += 1
      const value = stored.get(code)?.get(stream.atOf(index))
      if (value === undefined) counts.missing += 1
      else if (value !== sentValue) counts.wrong += 1
    }
  }
}
