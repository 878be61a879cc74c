import {
  ALARM_PRIORITIES,
  FINDING_TYPES,
  ID_PATTERN,
  PulsewireError,
  SYSTEM_PATIENT,
  type Alarm,
} from '@pulsewire/contracts'
import { beganToRing, createBurdenMeter, createWhatIfMeter } from '@pulsewire/early-warning'
import { z } from 'zod'
import type { ApiContext } from '../context.ts'
import { instant, rangeOf, timeZone } from '../http/instants.ts'
import { route, type Route } from '../http/route.ts'
import { bedDays } from '../reports/bed-days.ts'
import { createBedMeter } from '../reports/burden-by-bed.ts'
import { hourOfDay } from '../reports/hour-of-day.ts'
import { LONGEST_REPLAY_MS, replayLimits } from '../reports/limit-replays.ts'
import { pastAlarms } from '../reports/past-alarms.ts'
import { patientsOfUnit } from '../reports/unit.ts'
import { burdenAnswer, whatIfAnswer } from './report-shapes.ts'

const DEFAULT_SPAN_MS = 7 * 24 * 3_600_000
const LONGEST_SPAN_MS = 92 * 24 * 3_600_000

const whose = {
  from: instant.optional(),
  to: instant.optional(),
  patient: z.string().regex(ID_PATTERN).optional(),
  unit: z.string().min(1).max(200).optional().describe('patients whose place begins with this'),
}

const burdenQuery = z.strictObject({
  ...whose,
  tz: timeZone.optional().describe('IANA time zone of the hours of the day; default UTC'),
})

const decimal = z
  .string()
  .regex(/^-?\d{1,6}(\.\d{1,4})?$/, 'is a number')
  .transform(Number)

const whatIfQuery = z.strictObject({
  ...whose,
  type: z.enum(FINDING_TYPES).optional().describe('alarms of this type'),
  code: z.string().max(64).optional().describe('alarms of this vital: spo2, systolic, glucose, …'),
  side: z.enum(['low', 'high']).optional(),
  priority: z.enum(ALARM_PRIORITIES).optional(),
  delayS: decimal
    .pipe(z.number().min(0).max(86_400))
    .optional()
    .describe('how long the condition must last, from its onset, before it rings'),
  limit: decimal.optional().describe('another limit, with code and side'),
})

export function reportRoutes(context: ApiContext): Route[] {
  const { registry, store, now } = context

  const patientsOf = (query: { patient?: string | undefined; unit?: string | undefined }): string[] =>
    patientsOfUnit(registry, query).map(({ id }) => id)
  /** With the alarms of the system itself, where all are asked for. */
  const whoseAlarms = (query: { patient?: string | undefined; unit?: string | undefined }): ReadonlySet<string> =>
    new Set([
      ...patientsOf(query),
      ...(query.patient === undefined && query.unit === undefined ? [SYSTEM_PATIENT] : []),
    ])
  const boundedRange = (query: { from?: number | undefined; to?: number | undefined }) => {
    const range = rangeOf(query, now(), DEFAULT_SPAN_MS)
    if (range.to - range.from > LONGEST_SPAN_MS) {
      throw new PulsewireError('PW_REQUEST_INVALID', 'from: a report covers at most 92 days')
    }
    return range
  }

  return [
    route({
      method: 'GET',
      path: '/reports/alarm-burden',
      tag: 'reports',
      summary: 'Alarms per bed and day by type and hour, the share that staff confirmed, the time to acknowledge',
      access: 'read-series',
      query: burdenQuery,
      response: burdenAnswer,
      handle: async ({ query }) => {
        const { from, to } = boundedRange(query)
        const { tz = 'UTC' } = query
        const meter = createBurdenMeter({ fromMs: from, toMs: to }, hourOfDay(tz))
        const patients = whoseAlarms(query)
        const bedMeter = createBedMeter({ from, to })
        for await (const alarm of pastAlarms(context, { from, to }, { patients })) {
          meter.take(alarm)
          bedMeter.take(alarm)
        }
        const days = await bedDays(store, patientsOf(query), { from, to: Math.min(to, now()) })
        const { rows, ...all } = meter.report([...days.values()].reduce((sum, some) => sum + some, 0))
        const beds = bedMeter.report(days).map((bed) => {
          const place = registry.state.patients.get(bed.patient)?.entity.place
          return { ...bed, ...(place === undefined ? {} : { place }) }
        })
        return { from, to, tz, patients: days.size, ...all, rows: [...rows], beds }
      },
    }),
    route({
      method: 'GET',
      path: '/reports/alarm-burden/what-if',
      tag: 'reports',
      summary:
        'What another delay or limit would have done to the alarms, next to the confirmed ones it would have missed',
      access: 'read-series',
      query: whatIfQuery,
      response: whatIfAnswer,
      handle: async ({ query }) => {
        const range = boundedRange(query)
        const { type, code, side, priority, delayS, limit, patient } = query
        if (delayS === undefined && limit === undefined) {
          throw new PulsewireError('PW_REQUEST_INVALID', 'delayS: give another delay, another limit, or both')
        }
        if (limit !== undefined && (code === undefined || side === undefined)) {
          throw new PulsewireError('PW_REQUEST_INVALID', 'limit: belongs to a code and a side')
        }
        const rule = {
          ...(delayS === undefined ? {} : { delayMs: delayS * 1000 }),
          ...(limit === undefined ? {} : { limit: side === 'low' ? { low: limit } : { high: limit } }),
        }
        const meter = createWhatIfMeter(rule)
        const confirmed: Alarm[] = []
        const filter = { patients: whoseAlarms(query), type, code, side, priority }
        for await (const alarm of pastAlarms(context, range, filter)) {
          if (!beganToRing(alarm, { fromMs: range.from, toMs: range.to })) continue
          meter.take(alarm)
          if (alarm.verdict?.verdict === 'confirmed') confirmed.push(alarm)
        }
        const fromValues =
          patient !== undefined &&
          code !== undefined &&
          side !== undefined &&
          range.to - range.from <= LONGEST_REPLAY_MS
        const values = fromValues
          ? await replayLimits(context, { patient, code, side, limit, delayS, ...range }, confirmed)
          : undefined
        return { ...range, alarms: meter.report(), ...(values === undefined ? {} : { values }) }
      },
    }),
  ]
}
