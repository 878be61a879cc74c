import type { Consciousness } from '@pulsewire/contracts'
import { CONSCIOUSNESS } from '@pulsewire/contracts/vitals'
import {
  type News2Inputs,
  type News2Parameter,
  type News2Score,
  NEWS2_MAX_AGE_MS,
  NEWS2_PARAMETERS,
  type Timed,
  news2,
} from '@pulsewire/early-warning'

/** Values of a code, by time, oldest first. */
export type ObservedSeries = Readonly<Record<string, readonly (readonly [timeMs: number, value: number | string])[]>>

/** What NEWS2 needs of the stored series. */
export const NEWS2_CODES = [
  'respirationRate',
  'spo2',
  'supplementalOxygen',
  'systolic',
  'pulseRate',
  'heartRate',
  'heartRate.ecg',
  'consciousness',
  'temperature',
] as const
/** So far before the first column values are asked for: the longest that one holds. */
export const NEWS2_LOOK_BACK_MS = Math.max(...NEWS2_PARAMETERS.map((parameter) => NEWS2_MAX_AGE_MS[parameter]))

/** The rate that a device reports counts so long; then that of the ECG. As the detector does. */
const REPORTED_RATE_MS = 60_000

/** A column of the chart. */
export interface News2Column {
  readonly timeMs: number
  readonly inputs: News2Inputs
  readonly score: News2Score
  /** What was observed since the column before; the rest is carried on. */
  readonly fresh: ReadonlySet<News2Parameter>
  /** Who entered an observation by hand at this time. */
  readonly by?: string
}

/** An entry by hand: it has a column of its own. */
export interface HandEntry {
  readonly timeMs: number
  readonly by: string
}

const HAND_ROUND_MS = 60_000

/** The times of the columns: each `stepMs` up to `toMs`, and the minute after each entry by hand. */
export function columnTimes(
  fromMs: number,
  toMs: number,
  stepMs: number,
  entries: readonly HandEntry[],
): { timeMs: number; by?: string }[] {
  const columns = new Map<number, { timeMs: number; by?: string }>()
  for (let timeMs = Math.ceil(fromMs / stepMs) * stepMs; timeMs <= toMs; timeMs += stepMs)
    columns.set(timeMs, { timeMs })
  if (toMs % stepMs !== 0) columns.set(toMs, { timeMs: toMs })
  for (const { timeMs: at, by } of entries) {
    const timeMs = Math.min(toMs, (Math.floor(at / HAND_ROUND_MS) + 1) * HAND_ROUND_MS)
    if (timeMs >= fromMs) columns.set(timeMs, { timeMs, by })
  }
  return [...columns.values()].sort((one, other) => one.timeMs - other.timeMs)
}

/** The chart's columns: what was known at each time, and the score of it, by the rules of the package. */
export function news2Columns(
  series: ObservedSeries,
  times: readonly { readonly timeMs: number; readonly by?: string }[],
  spo2Scale: 1 | 2,
): News2Column[] {
  return times.map(({ timeMs, by }, index) => {
    const inputs = inputsAt(series, timeMs)
    const before = times[index - 1]?.timeMs ?? -Infinity
    const fresh = NEWS2_PARAMETERS.filter((parameter) => (inputs[parameter]?.timeMs ?? -Infinity) >= before)
    return {
      timeMs,
      inputs,
      score: news2(inputs, timeMs, { spo2Scale }),
      fresh: new Set(fresh),
      ...(by === undefined ? {} : { by }),
    }
  })
}

/** What was observed last before a time. */
export function inputsAt(series: ObservedSeries, timeMs: number): News2Inputs {
  const number = (code: string) =>
    last(series[code], timeMs, (value) => (typeof value === 'number' ? value : undefined))
  const [pulseRate, heartRate] = [number('pulseRate'), number('heartRate')]
  const reported = (heartRate?.timeMs ?? 0) > (pulseRate?.timeMs ?? 0) ? heartRate : pulseRate
  const isCurrent = reported !== undefined && timeMs - reported.timeMs <= REPORTED_RATE_MS + HAND_ROUND_MS
  return dropMissing({
    respirationRate: number('respirationRate'),
    spo2: number('spo2'),
    supplementalOxygen: number('supplementalOxygen'),
    systolic: number('systolic'),
    pulse: isCurrent ? reported : (number('heartRate.ecg') ?? reported),
    consciousness: last(series['consciousness'], timeMs, (value) => CONSCIOUSNESS.find((level) => level === value)),
    temperature: number('temperature'),
  } satisfies { [P in News2Parameter]: Timed<number> | Timed<Consciousness> | undefined })
}

function last<T>(
  points: ObservedSeries[string] | undefined,
  beforeMs: number,
  valueOf: (value: number | string) => T | undefined,
): Timed<T> | undefined {
  const point = points?.findLast(([timeMs, value]) => timeMs < beforeMs && valueOf(value) !== undefined)
  const value = point && valueOf(point[1])
  return point === undefined || value === undefined ? undefined : { value, timeMs: point[0] }
}

function dropMissing<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}

/** The parameters in the words of the ward. */
export const PARAMETER_WORDS: Readonly<Record<News2Parameter, string>> = {
  respirationRate: 'respirations',
  spo2: 'SpO2',
  supplementalOxygen: 'air or oxygen',
  systolic: 'blood pressure',
  pulse: 'pulse',
  consciousness: 'consciousness',
  temperature: 'temperature',
}

/** What a score does not know: `not measured: SpO2; too old: pulse (12 min)`. Nothing where it knows all. */
export function lackingText({ missing, stale, staleAgeMs }: News2Score, ageText: (ms: number) => string): string {
  const never = missing.map((parameter) => PARAMETER_WORDS[parameter])
  const old = stale.map((parameter) => `${PARAMETER_WORDS[parameter]} (${ageText(staleAgeMs[parameter] ?? 0)})`)
  return [
    never.length === 0 ? '' : `not known: ${never.join(', ')}`,
    old.length === 0 ? '' : `too old: ${old.join(', ')}`,
  ]
    .filter((part) => part !== '')
    .join('; ')
}
