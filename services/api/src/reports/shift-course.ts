import { RHYTHM_TYPES, unitOf, type Alarm, type Finding, type FindingType, type Limits } from '@pulsewire/contracts'
import { ringingOf } from '@pulsewire/early-warning'
import type { Series, TimeRange, VitalsStore } from '@pulsewire/vitals-store'
import type { PatientChange } from './staff-log.ts'

// What happened to one patient in a shift, from what the store, the log and the alarms say.

const WINDOW_MS = 5 * 60_000
const HOUR_MS = 60 * 60_000

/** The vitals whose extremes are told. */
const WORST = ['heartRate', 'heartRate.ecg', 'spo2', 'systolic', 'respirationRate', 'temperature', 'glucose'] as const

/** Rhythms and what they lead to, as episodes. */
export const RHYTHMS: readonly FindingType[] = [
  // A rate beyond its limits is told as the extremes of the vital.
  ...RHYTHM_TYPES.filter((type) => type !== 'bradycardia' && type !== 'tachycardia'),
  'st-episode',
  'myocardial-infarction',
]

export interface Extremes {
  readonly code: string
  readonly unit: string
  /** Each with the start of the five minutes in which it was. */
  readonly low: { readonly value: number; readonly at: number }
  readonly high: { readonly value: number; readonly at: number }
}

/** The lowest and the highest of each vital, and the highest NEWS2 of each hour. */
export async function courseOf(
  store: Pick<VitalsStore, 'vitals'>,
  patient: string,
  range: TimeRange,
): Promise<{ readonly vitals: Extremes[]; readonly news2: [number, number][] }> {
  const of = async (fn: 'min' | 'max', codes: readonly string[]) =>
    (await store.vitals({ patient, codes, ...range, every: { ms: WINDOW_MS }, fn })).series
  const [lows, highs] = await Promise.all([of('min', WORST), of('max', [...WORST, 'news2'])])
  const vitals = WORST.flatMap((code): Extremes[] => {
    const low = extreme(lows, code, range, (one, other) => one < other)
    const high = extreme(highs, code, range, (one, other) => one > other)
    return low === undefined || high === undefined ? [] : [{ code, unit: unitOf(code) ?? '', low, high }]
  })
  // Of one rate, the one that the device says is told; what the ECG says where it says none.
  const both = vitals.some(({ code }) => code === 'heartRate')
  const news2 = new Map<number, number>()
  for (const { time, value } of pointsOf(highs, 'news2')) {
    const hour = Math.floor(time / HOUR_MS) * HOUR_MS
    news2.set(hour, Math.max(value, news2.get(hour) ?? value))
  }
  return { vitals: vitals.filter(({ code }) => code !== 'heartRate.ecg' || !both), news2: [...news2] }
}

function pointsOf(series: readonly Series[], code: string): { time: number; value: number }[] {
  const points = series.find((one) => one.code === code)?.points ?? []
  return points.flatMap(({ time, value }) => (typeof value === 'number' ? [{ time, value }] : []))
}

function extreme(
  series: readonly Series[],
  code: string,
  { from }: TimeRange,
  isWorse: (value: number, other: number) => boolean,
): { value: number; at: number } | undefined {
  let worst: { value: number; at: number } | undefined
  for (const { time, value } of pointsOf(series, code)) {
    // The first window may begin before the shift.
    if (worst === undefined || isWorse(value, worst.value)) worst = { value, at: Math.max(from, time) }
  }
  return worst
}

export interface AlarmCounts {
  readonly rang: number
  readonly confirmed: number
  readonly false: number
}

/** How many alarms began to ring in the shift, and what staff said of them. */
export function alarmCounts(alarms: readonly Alarm[], { from, to }: TimeRange): AlarmCounts {
  const rang = alarms.filter((alarm) => {
    const first = ringingOf(alarm)?.firstMs ?? -1
    return first >= from && first < to
  })
  const judged = (verdict: string) => rang.filter((alarm) => alarm.verdict?.verdict === verdict).length
  return { rang: rang.length, confirmed: judged('confirmed'), false: judged('false') }
}

export interface RhythmEpisodes {
  readonly type: Finding['type']
  readonly episodes: number
  /** How long they lasted within the shift, ms. */
  readonly lastedMs: number
  readonly lastAt: number
}

/** The rhythm episodes of a shift by type, the longest first. What asked for no alarm or was withdrawn is a finding, and no episode. */
export function rhythmEpisodes(findings: readonly Finding[], { from, to }: TimeRange): RhythmEpisodes[] {
  const byType = new Map<Finding['type'], RhythmEpisodes>()
  for (const { type, onset, end, seenUntil, confidence, evidence } of findings) {
    if (confidence === 0 || evidence['suppressed'] !== undefined) continue
    const lastedMs = Math.max(0, Math.min(to, end ?? seenUntil) - Math.max(from, onset))
    const known = byType.get(type) ?? { type, episodes: 0, lastedMs: 0, lastAt: onset }
    byType.set(type, {
      type,
      episodes: known.episodes + 1,
      lastedMs: known.lastedMs + lastedMs,
      lastAt: Math.max(known.lastAt, onset),
    })
  }
  return [...byType.values()].toSorted((a, b) => b.lastedMs - a.lastedMs)
}

export interface LimitChange {
  readonly at: number
  readonly by: string
  readonly code: string
  readonly side: 'low' | 'high'
  /** Absent: not watched. */
  readonly before?: number
  readonly after?: number
}

/** Which limits were changed in a shift, by whom. */
export function limitChanges(changes: readonly PatientChange[], range: TimeRange, defaults: Limits): LimitChange[] {
  return changes.flatMap(({ at, by, before, after }): LimitChange[] => {
    if (before === undefined || at < range.from || at >= range.to) return []
    const [old, set] = [before.limits ?? defaults, after.limits ?? defaults]
    const codes = new Set([...Object.keys(old), ...Object.keys(set)] as (keyof Limits)[])
    return [...codes].flatMap((code) =>
      (['low', 'high'] as const).flatMap((side): LimitChange[] => {
        const [was, is] = [old[code]?.[side], set[code]?.[side]]
        if (was === is) return []
        return [{ at, by, code, side, ...(was === undefined ? {} : { before: was }), ...(is === undefined ? {} : { after: is }) }] // prettier-ignore
      }),
    )
  })
}
