import type { Alarm, Finding } from '@pulsewire/contracts'
import { type Answer, type Api, ApiError, range } from '../api/client.ts'
import { COLUMN_MS, HOUR_MS, type MinuteLine, minuteLines } from './hour.ts'
import type { Beat, Point } from './marks.ts'
import { pointsOf } from './tape.ts'

/** An hour of one lead, and what was found in it. */
export interface Hour {
  readonly lines: readonly MinuteLine[]
  readonly unit: string | undefined
  readonly devices: readonly string[]
  readonly beats: readonly Beat[]
  readonly findings: readonly Finding[]
  readonly quality: readonly Point[]
  /** None for who may not see alarms. */
  readonly alarms: readonly Alarm[]
}

/** The signals that are stored of a patient in an hour. */
export async function hourSignals(api: Api, patient: string, hourMs: number): Promise<string[]> {
  // The answer names every signal of the range; a limit of one keeps the samples where they are.
  const query = { ...range(hourMs, hourMs + HOUR_MS), limit: '1' }
  const { signals } = await api.call('GET /patients/{id}/waveforms', { path: { id: patient }, query })
  return [...new Set(signals.map(({ name }) => name))]
}

/** An hour for a screen: envelopes of the lead, never its samples. Throws `ApiError`. */
export async function loadHour(api: Api, patient: string, signal: string, hourMs: number): Promise<Hour> {
  const path = { id: patient }
  const query = range(hourMs, hourMs + HOUR_MS)
  const [waves, beats, findings, vitals, alarms] = await Promise.all([
    envelopes(api, patient, signal, hourMs),
    api.call('GET /patients/{id}/findings', { path, query: { ...query, type: 'beat' } }),
    api.call('GET /patients/{id}/findings', { path, query }),
    api.call('GET /patients/{id}/vitals', { path, query: { ...query, codes: `quality.${signal}` } }),
    alarmsOf(api, patient, hourMs),
  ])
  const segments = waves.flatMap((wave) => wave.segments.filter((segment) => 'low' in segment))
  const series = Object.entries(vitals.series).map(([code, { points }]) => [code, points] as const)
  return {
    lines: minuteLines(hourMs, segments),
    unit: waves.find(({ unit }) => unit !== null)?.unit ?? undefined,
    devices: [...new Set(waves.flatMap(({ device }) => device ?? []))],
    beats: beats.beats ?? [],
    findings: findings.findings ?? [],
    quality: pointsOf(series).quality[signal] ?? [],
    alarms,
  }
}

type Signals = Answer<'GET /patients/{id}/waveforms'>['signals']

async function envelopes(api: Api, patient: string, signal: string, hourMs: number): Promise<Signals> {
  const found: Signals = []
  let from: number | undefined = hourMs
  while (from !== undefined) {
    const page: Answer<'GET /patients/{id}/waveforms'> = await api.call('GET /patients/{id}/waveforms', {
      path: { id: patient },
      query: { ...range(from, hourMs + HOUR_MS), signals: signal, every: `${COLUMN_MS}ms`, fn: 'minmax' },
    })
    found.push(...page.signals)
    from = page.next
  }
  return found
}

async function alarmsOf(api: Api, patient: string, hourMs: number): Promise<Alarm[]> {
  try {
    const query = { patient, ...range(hourMs, hourMs + HOUR_MS) }
    const { alarms } = await api.call('GET /alarms', { query })
    return alarms.filter(({ onset }) => onset >= hourMs && onset < hourMs + HOUR_MS)
  } catch (error) {
    if (error instanceof ApiError && error.status === 403) return []
    throw error
  }
}
