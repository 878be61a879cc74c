import { ALARM_PRIORITIES, FINDING_TYPES } from '@pulsewire/contracts'
import { z } from 'zod'

const share = z
  .object({
    count: z.int(),
    of: z.int(),
    share: z.number().optional(),
    low: z.number().optional(),
    high: z.number().optional(),
  })
  .describe('of those that staff judged, with the 95 % interval')

const figures = {
  alarms: z.int().describe('alarms that began to ring in the range'),
  rings: z.int().describe('an alarm rings again when its condition comes back or gets worse'),
  alarmsPerBedDay: z.number(),
  ringsPerBedDay: z.number(),
  confirmed: share,
  acknowledged: z.int(),
  medianToAcknowledgeMs: z.number().optional(),
  p90ToAcknowledgeMs: z.number().optional().describe('nine of ten were acknowledged sooner'),
  byHour: z.array(z.int()).readonly().describe('alarms that began to ring in each hour of the day'),
}

export const burdenAnswer = z.object({
  from: z.number(),
  to: z.number(),
  tz: z.string(),
  patients: z.int(),
  bedDays: z.number().describe('for how long these patients were monitored, from the data that came'),
  ...figures,
  rows: z.array(
    z.object({
      type: z.enum(FINDING_TYPES),
      code: z.string().optional(),
      side: z.enum(['low', 'high']).optional(),
      priority: z.enum(ALARM_PRIORITIES),
      ...figures,
    }),
  ),
  beds: z
    .array(
      z.object({
        patient: z.string(),
        place: z.string().optional(),
        bedDays: z.number(),
        alarms: z.int(),
        rings: z.int(),
        alarmsPerBedDay: z.number(),
        outlier: z
          .boolean()
          .describe('far more than the other beds: 1.5 interquartile ranges above the upper quartile'),
      }),
    )
    .describe('the most alarms a day first'),
})

const missed = {
  missed: z.int().describe('confirmed alarms that would not have rung: the price'),
  missedAlarms: z.array(z.string()).readonly().describe('their ids, at most 1,000'),
}
const replayed = z.object({
  limit: z.number(),
  delayS: z.number(),
  values: z.int(),
  episodes: z.int().describe('how often it would have rung'),
  perDay: z.number(),
  ...missed,
})

export const whatIfAnswer = z.object({
  from: z.number(),
  to: z.number(),
  alarms: z
    .object({
      rang: z.int(),
      confirmed: z.int(),
      wouldRing: z.int(),
      spared: z.int().describe('not rung, and nobody had confirmed them'),
      unjudged: z.int().describe('of the spared: nobody said whether they were true'),
      unjudgedAlarms: z.array(z.string()).readonly().describe('their ids, at most 1,000'),
      ...missed,
    })
    .describe('of the alarms that there were: tells of rules that ring less'),
  values: z
    .object({ present: replayed.optional(), candidate: replayed })
    .optional()
    .describe('with patient, code and side, up to 7 days: both rules over the stored values, tighter ones too'),
})
