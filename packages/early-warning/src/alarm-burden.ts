import type { Alarm, AlarmEvent, AlarmPriority, FindingType } from '@pulsewire/contracts'
import { createLimitState, stepLimit, type Limit, type LimitWatchOptions } from './limit-watch.ts'
import { median, type TrendPoint } from './median.ts'

const DAY_MS = 24 * 60 * 60_000

/** What staff said of an alarm; `undefined`: nothing. */
export type StaffVerdict = 'confirmed' | 'false'

/** Reads the last comment that begins with a verdict: `confirmed …`, `true …`, or `false …`, `artifact …`, `not confirmed …`. */
export function verdictOf(alarm: Alarm): StaffVerdict | undefined {
  for (const { text } of alarm.comments.toReversed()) {
    if (/^\s*(confirmed|true)\b/i.test(text)) return 'confirmed'
    if (/^\s*(false|artifact|artefact|not confirmed)\b/i.test(text)) return 'false'
  }
  return undefined
}

/** One alarm over its life. */
export interface AlarmCourse {
  readonly alarm: Alarm
  /** When it rang: raised, and come back. */
  readonly rangAt: readonly number[]
  /** From its first ring to the first acknowledgement, ms. */
  readonly acknowledgedAfterMs?: number
  readonly verdict?: StaffVerdict
}

/** The alarms out of the log of their steps, which may come in any order and more than once. Old data does not ring. */
export function alarmCourses(events: readonly AlarmEvent[]): AlarmCourse[] {
  const steps = new Map<string, AlarmEvent>()
  for (const event of events) steps.set(`${event.patient}/${event.version}`, event)
  const byAlarm = new Map<string, AlarmEvent[]>()
  for (const event of [...steps.values()].toSorted((a, b) => a.version - b.version)) {
    if (event.alarm === undefined) continue
    const key = `${event.patient}/${event.alarm.id}`
    byAlarm.set(key, [...(byAlarm.get(key) ?? []), event])
  }
  return [...byAlarm.values()].flatMap((course) => {
    const alarm = course.at(-1)?.alarm
    if (alarm === undefined) return []
    const rangAt = course
      .filter(({ event, alarm: then }) => (event === 'raised' || event === 'condition-resumed') && then?.late === false)
      .map(({ at }) => at)
    const [first] = rangAt
    const acknowledged = course.find(({ event, at }) => event === 'acknowledged' && at >= (first ?? Infinity))
    const verdict = verdictOf(alarm)
    return [
      {
        alarm,
        rangAt,
        ...(acknowledged === undefined || first === undefined ? {} : { acknowledgedAfterMs: acknowledged.at - first }),
        ...(verdict === undefined ? {} : { verdict }),
      },
    ]
  })
}

/** A share with its 95 % interval (Wilson): a few judged alarms carry a wide one. */
export interface Share {
  readonly count: number
  readonly of: number
  readonly share?: number
  readonly low?: number
  readonly high?: number
}

export function shareOf(count: number, of: number): Share {
  if (of === 0) return { count, of }
  const z = 1.96
  const p = count / of
  const middle = p + (z * z) / (2 * of)
  const spread = z * Math.sqrt((p * (1 - p)) / of + (z * z) / (4 * of * of))
  const scale = 1 + (z * z) / of
  return {
    count,
    of,
    share: p,
    low: Math.max(0, (middle - spread) / scale),
    high: Math.min(1, (middle + spread) / scale),
  }
}

export interface BurdenRow {
  readonly type: FindingType
  /** For `limit`: the vital. */
  readonly code?: string
  readonly priority: AlarmPriority
  readonly alarms: number
  readonly rings: number
  readonly ringsPerBedDay: number
  /** Of those that staff judged. */
  readonly confirmed: Share
  readonly acknowledged: number
  readonly medianToAcknowledgeMs?: number
  /** Nine of ten were acknowledged sooner. */
  readonly p90ToAcknowledgeMs?: number
}

export interface AlarmBurden {
  readonly bedDays: number
  readonly rings: number
  readonly ringsPerBedDay: number
  readonly rows: readonly BurdenRow[]
}

/** Alarms per bed and day, by type, in `[fromMs, toMs)` of wall clock; `bedDays` is the time for which somebody was monitored, in days. */
export function alarmBurden(
  courses: readonly AlarmCourse[],
  window: { readonly fromMs: number; readonly toMs: number; readonly bedDays: number },
): AlarmBurden {
  const { fromMs, toMs, bedDays } = window
  const inside = (at: number): boolean => at >= fromMs && at < toMs
  const groups = new Map<string, AlarmCourse[]>()
  for (const course of courses) {
    if (!course.rangAt.some(inside)) continue
    const { type, code = '', priority } = course.alarm
    const key = `${type}/${code}/${priority}`
    groups.set(key, [...(groups.get(key) ?? []), course])
  }
  const perBedDay = (rings: number): number => (bedDays > 0 ? rings / bedDays : 0)
  const rows = [...groups.values()]
    .map((group) => rowOf(group, inside, perBedDay))
    .filter((row) => row !== undefined)
    .toSorted((a, b) => b.rings - a.rings)
  const rings = rows.reduce((sum, row) => sum + row.rings, 0)
  return { bedDays, rings, ringsPerBedDay: perBedDay(rings), rows }
}

function rowOf(
  group: readonly AlarmCourse[],
  inside: (at: number) => boolean,
  perBedDay: (rings: number) => number,
): BurdenRow | undefined {
  const [first] = group
  if (first === undefined) return undefined
  const { type, code, priority } = first.alarm
  const rings = group.reduce((sum, { rangAt }) => sum + rangAt.filter(inside).length, 0)
  const judged = group.filter(({ verdict }) => verdict !== undefined)
  const times = group.flatMap(({ acknowledgedAfterMs }) => acknowledgedAfterMs ?? []).toSorted((a, b) => a - b)
  const middle = median(times)
  const p90 = times[Math.ceil(0.9 * times.length) - 1]
  return {
    type,
    ...(code === undefined ? {} : { code }),
    priority,
    alarms: group.length,
    rings,
    ringsPerBedDay: perBedDay(rings),
    confirmed: shareOf(judged.filter(({ verdict }) => verdict === 'confirmed').length, judged.length),
    acknowledged: times.length,
    ...(middle === undefined ? {} : { medianToAcknowledgeMs: middle }),
    ...(p90 === undefined ? {} : { p90ToAcknowledgeMs: p90 }),
  }
}

/** What another rule would have done to the alarms that there were. */
export interface WhatIf {
  readonly rang: number
  readonly wouldRing: number
  /** Spared, and nobody had confirmed them. */
  readonly spared: readonly string[]
  /** Not rung although staff had confirmed them: the price. */
  readonly missed: readonly string[]
  /** Spared of which nobody said whether they were true: the price is at least what is missed, at most these too. */
  readonly unjudged: number
}

/** With another delay: what lasted shorter would not have rung. Alarms say nothing of a shorter delay than they had: see `replayLimit`. */
export function whatIfDelay(courses: readonly AlarmCourse[], delayMs: number, nowMs: number): WhatIf {
  return whatIf(courses, ({ alarm }) => (alarm.conditionEndedAt ?? nowMs) - alarm.onset >= delayMs)
}

/**
 * With another, wider limit for one vital: what never went beyond it would not have rung. Alarms that do not say how bad it was ring on.
 */
export function whatIfLimit(courses: readonly AlarmCourse[], code: string, limit: Limit): WhatIf {
  const concerned = courses.filter(({ alarm }) => alarm.code === code)
  return whatIf(concerned, ({ alarm }) => {
    const worst = alarm.evidence['worst']
    if (typeof worst !== 'number' || alarm.side === undefined) return true
    const bound = limit[alarm.side]
    return bound !== undefined && (alarm.side === 'low' ? worst < bound : worst > bound)
  })
}

function whatIf(courses: readonly AlarmCourse[], rings: (course: AlarmCourse) => boolean): WhatIf {
  const rang = courses.filter(({ rangAt }) => rangAt.length > 0)
  const gone = rang.filter((course) => !rings(course))
  const idsOf = (some: readonly AlarmCourse[]): string[] => some.map(({ alarm }) => alarm.id)
  return {
    rang: rang.length,
    wouldRing: rang.length - gone.length,
    spared: idsOf(gone.filter(({ verdict }) => verdict !== 'confirmed')),
    missed: idsOf(gone.filter(({ verdict }) => verdict === 'confirmed')),
    unjudged: gone.filter(({ verdict }) => verdict === undefined).length,
  }
}

export interface LimitEpisode {
  readonly side: 'low' | 'high'
  /** First value outside, and when it would have rung. */
  readonly sinceMs: number
  readonly ringsMs: number
  readonly endMs?: number
}

/** The episodes that a limit and a delay, tighter ones too, would have found in stored values (in the order of their time). */
export function replayLimit(points: readonly TrendPoint[], limit: Limit, options: LimitWatchOptions): LimitEpisode[] {
  const state = createLimitState()
  const episodes: LimitEpisode[] = []
  for (const [timeMs, value] of points) {
    for (const step of stepLimit(state, { timeMs, value }, limit, options)) {
      const last = episodes.at(-1)
      if (step.kind === 'opened') episodes.push({ side: step.side, sinceMs: step.sinceMs, ringsMs: timeMs })
      else if (step.kind === 'ended' && last !== undefined)
        episodes[episodes.length - 1] = { ...last, endMs: step.atMs }
    }
  }
  return episodes
}

/** A candidate rule on stored values next to what rang: how many it would ring, by day, and which confirmed alarms it would have missed. */
export function compareLimit(
  points: readonly TrendPoint[],
  courses: readonly AlarmCourse[],
  candidate: { readonly limit: Limit; readonly options: LimitWatchOptions },
): { readonly episodes: readonly LimitEpisode[]; readonly perDay: number; readonly missed: readonly string[] } {
  const episodes = replayLimit(points, candidate.limit, candidate.options)
  const [first, last] = [points[0], points.at(-1)]
  const days = first === undefined || last === undefined ? 0 : (last[0] - first[0]) / DAY_MS
  const missed = courses.filter(({ alarm, verdict }) => {
    if (verdict !== 'confirmed') return false
    const endMs = alarm.conditionEndedAt ?? Infinity
    return !episodes.some(
      (episode) =>
        episode.side === alarm.side && episode.sinceMs <= endMs && (episode.endMs ?? Infinity) >= alarm.onset,
    )
  })
  return { episodes, perDay: days > 0 ? episodes.length / days : 0, missed: missed.map(({ alarm }) => alarm.id) }
}
