import type { Alarm, AlarmPriority, FindingType } from '@pulsewire/contracts'
import { median } from './median.ts'
import { shareOf, type Share } from './share.ts'

/** How often an alarm rang, and when first; `undefined` for what never did: data that was old when it came, patients not monitored. */
export function ringingOf(alarm: Alarm): { readonly rings: number; readonly firstMs: number } | undefined {
  // Alarms of before these were counted rang when they were raised.
  const { rings = alarm.late ? 0 : 1, firstRangAt = alarm.raisedAt } = alarm
  return rings === 0 ? undefined : { rings, firstMs: firstRangAt }
}

/** Whether it began to ring in `[fromMs, toMs)`. */
export function beganToRing(
  alarm: Alarm,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): boolean {
  const firstMs = ringingOf(alarm)?.firstMs
  return firstMs !== undefined && firstMs >= fromMs && firstMs < toMs
}

export interface BurdenRow {
  readonly type: FindingType
  /** For `limit`: the vital and the side. */
  readonly code?: string
  readonly side?: 'low' | 'high'
  readonly priority: AlarmPriority
  readonly alarms: number
  /** An alarm rings again when its condition comes back or gets worse. */
  readonly rings: number
  readonly alarmsPerBedDay: number
  readonly ringsPerBedDay: number
  /** Of those that staff judged. */
  readonly confirmed: Share
  readonly acknowledged: number
  readonly medianToAcknowledgeMs?: number
  /** Nine of ten were acknowledged sooner. */
  readonly p90ToAcknowledgeMs?: number
  /** How many alarms began to ring in each hour of the day. */
  readonly byHour: readonly number[]
}

export interface AlarmBurden extends Omit<BurdenRow, 'type' | 'code' | 'side' | 'priority'> {
  readonly bedDays: number
  readonly rows: readonly BurdenRow[]
}

/** Counts the alarms of a stretch of wall clock. */
export interface BurdenMeter {
  /** Takes an alarm as it stands now, each once; what began to ring outside the stretch does not count. */
  take(alarm: Alarm): void
  /** `bedDays`: the time for which somebody was monitored, in days. */
  report(bedDays: number): AlarmBurden
}

interface Counts {
  alarms: number
  rings: number
  confirmed: number
  judged: number
  readonly acknowledgedAfterMs: number[]
  readonly byHour: number[]
}
interface Group extends Counts {
  readonly of: Pick<BurdenRow, 'type' | 'code' | 'side' | 'priority'>
}

/**
 * Alarms per bed and day by type, priority and hour, the share that staff confirmed, and the time to the first acknowledgement, of alarms
 * that began to ring in `[fromMs, toMs)`. Memory: one number for each acknowledged alarm.
 * @param hourOf the hour of the day (0 to 23) of an instant; default: UTC
 */
export function createBurdenMeter(
  window: { readonly fromMs: number; readonly toMs: number },
  hourOf: (ms: number) => number = (ms) => new Date(ms).getUTCHours(),
): BurdenMeter {
  const groups = new Map<string, Group>()
  return {
    take: (alarm) => {
      const ringing = ringingOf(alarm)
      if (ringing === undefined || !beganToRing(alarm, window)) return
      const { type, code, side, priority, verdict } = alarm
      const key = `${type}/${code ?? ''}/${side ?? ''}/${priority}`
      let group = groups.get(key)
      if (group === undefined) {
        const of = { type, ...(code === undefined ? {} : { code }), ...(side === undefined ? {} : { side }), priority }
        group = { of, ...noCounts() }
        groups.set(key, group)
      }
      group.alarms++
      group.rings += ringing.rings
      const hour = hourOf(ringing.firstMs)
      group.byHour[hour] = (group.byHour[hour] ?? 0) + 1
      if (verdict !== undefined) group.judged++
      if (verdict?.verdict === 'confirmed') group.confirmed++
      const acknowledgedAt = alarm.firstAcknowledgedAt ?? alarm.acknowledgedAt
      if (acknowledgedAt !== undefined && acknowledgedAt >= ringing.firstMs) {
        group.acknowledgedAfterMs.push(acknowledgedAt - ringing.firstMs)
      }
    },
    report: (bedDays) => {
      const rows = [...groups.values()]
        .map((group): BurdenRow => ({ ...group.of, ...figuresOf(group, bedDays) }))
        .toSorted((a, b) => b.rings - a.rings || b.alarms - a.alarms)
      return { bedDays, ...figuresOf(sumOf([...groups.values()]), bedDays), rows }
    },
  }
}

function noCounts(): Counts {
  return { alarms: 0, rings: 0, confirmed: 0, judged: 0, acknowledgedAfterMs: [], byHour: Array<number>(24).fill(0) }
}

function sumOf(groups: readonly Counts[]): Counts {
  const sum = noCounts()
  for (const group of groups) {
    sum.alarms += group.alarms
    sum.rings += group.rings
    sum.confirmed += group.confirmed
    sum.judged += group.judged
    for (const ms of group.acknowledgedAfterMs) sum.acknowledgedAfterMs.push(ms)
    group.byHour.forEach((count, hour) => {
      sum.byHour[hour] = (sum.byHour[hour] ?? 0) + count
    })
  }
  return sum
}

function figuresOf(counts: Counts, bedDays: number): Omit<BurdenRow, 'type' | 'code' | 'side' | 'priority'> {
  const { alarms, rings, confirmed, judged, byHour } = counts
  const perBedDay = (count: number): number => (bedDays > 0 ? count / bedDays : 0)
  const times = counts.acknowledgedAfterMs.toSorted((a, b) => a - b)
  const middle = median(times)
  const p90 = times[Math.ceil(0.9 * times.length) - 1]
  return {
    alarms,
    rings,
    alarmsPerBedDay: perBedDay(alarms),
    ringsPerBedDay: perBedDay(rings),
    confirmed: shareOf(confirmed, judged),
    acknowledged: times.length,
    ...(middle === undefined ? {} : { medianToAcknowledgeMs: middle }),
    ...(p90 === undefined ? {} : { p90ToAcknowledgeMs: p90 }),
    byHour,
  }
}
