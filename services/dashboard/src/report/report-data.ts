import { type Api, range } from '../api/client.ts'
import { windowMsFor } from '../trend/windows.ts'
import { leadOf } from '../waves/wave-store.ts'
import type { Beat } from './rhythm.ts'

/** A chart of the report is so wide, in the units of a screen's pixels. */
export const CHART_PX = 640

type Point = readonly [timeMs: number, value: number]

/** Windows of a series. */
export interface Series {
  readonly unit: string
  readonly mean: readonly Point[]
  readonly low: readonly Point[]
  readonly high: readonly Point[]
}

/** What a report says of the measured values of a stretch. */
export interface Measured {
  readonly windowMs: number
  readonly series: Readonly<Record<string, Series>>
  /** Of each series the minutes that hold a value. */
  readonly minutes: Readonly<Record<string, readonly number[]>>
  /** The lead whose beats are counted; none without an ECG. */
  readonly lead: string | undefined
  readonly beats: readonly Beat[]
}

/** All series of a stretch in windows, and the beats of its leading ECG signal. Throws `ApiError`. */
export async function loadMeasured(api: Api, patient: string, from: number, to: number): Promise<Measured> {
  const windowMs = windowMsFor(to - from, CHART_PX)
  const path = { id: patient }
  const ask = async (fn: 'mean' | 'min' | 'max' | 'count', everyMs: number) => {
    const query = { ...range(from, to), every: `${everyMs}ms`, fn }
    return (await api.call('GET /patients/{id}/vitals', { path, query })).series
  }
  const [mean, low, high, counts] = await Promise.all([
    ask('mean', windowMs),
    ask('min', windowMs),
    ask('max', windowMs),
    ask('count', 60_000),
  ])
  const series = Object.fromEntries(
    Object.entries(mean).map(([code, { unit, points }]) => [
      code,
      { unit, mean: numbers(points), low: numbers(low[code]?.points ?? []), high: numbers(high[code]?.points ?? []) },
    ]),
  )
  const minutes = Object.fromEntries(
    Object.entries(counts).map(([code, { points }]) => [code, points.map(([time]) => time)]),
  )
  const leads = Object.keys(mean)
    .filter((code) => code.startsWith('quality.ecg.'))
    .map((code) => code.slice('quality.'.length))
  const lead = leads.find((name) => name === 'ecg.II') ?? leadOf(leads)
  return {
    windowMs,
    series,
    minutes,
    lead,
    beats: lead === undefined ? [] : await loadBeats(api, patient, lead, from, to),
  }
}

function numbers(points: readonly (readonly [number, number | string])[]): Point[] {
  return points.flatMap(([time, value]): Point[] => (typeof value === 'number' ? [[time, value]] : []))
}

async function loadBeats(api: Api, patient: string, signal: string, from: number, to: number): Promise<Beat[]> {
  const all: Beat[] = []
  for (let start: number | undefined = from; start !== undefined;) {
    const answer: { beats?: Beat[] | undefined; next?: number | undefined } = await api.call(
      'GET /patients/{id}/findings',
      { path: { id: patient }, query: { ...range(start, to), type: 'beat', signal } },
    )
    for (const beat of answer.beats ?? []) if (beat[0] > (all.at(-1)?.[0] ?? -Infinity)) all.push(beat)
    start = answer.next !== undefined && answer.next > start ? answer.next : undefined
  }
  return all
}
