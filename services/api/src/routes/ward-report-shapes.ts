import { z } from 'zod'

const share = z.number().min(0).max(1).optional()
const count = z.int().min(0)
const hours = z.number().min(0)

export const wardReportAnswer = z.object({
  from: z.number(),
  to: z.number().describe('not after now'),
  tz: z.string(),
  windowMs: z.int().describe('hours and shares are told to this width'),
  beds: count.describe('different places of these patients'),
  patients: count,
  occupancy: z.object({
    monitoredHours: hours.describe(
      'windows in which anything came of a device that a patient wears, over all patients',
    ),
    atOnce: z.number().describe('patients monitored at once, on average'),
    share: share.describe('of bed hours: beds times the range'),
    standbyHours: hours,
  }),
  admissions: count.describe('patients who were registered in the range'),
  discharges: count.describe('by staff, as the state of monitoring'),
  byDay: z.array(
    z.object({ from: z.number(), to: z.number(), monitoredHours: hours, alarms: count.describe('that began to ring') }),
  ),
  alarms: z.object({
    alarms: count.describe('that began to ring in the range'),
    perBedDay: z.number(),
    high: count,
    medium: count,
    low: count,
    judged: count.describe('staff said whether they were right'),
    acknowledged: count,
    medianToAcknowledgeMs: z.number().optional(),
    p90ToAcknowledgeMs: z.number().optional(),
  }),
  devices: z.array(
    z.object({
      id: z.string(),
      model: z.string().optional(),
      firmware: z.string().optional(),
      place: z.string().optional(),
      wornNow: z.boolean(),
      state: z.enum(['online', 'offline']).optional().describe('now'),
      battery: z.number().optional().describe('now, %'),
      lastSeenAt: z.number().optional(),
      expectedHours: hours.describe('worn by a patient who was monitored'),
      heardShare: z.number().describe('of that, windows in which something of it came'),
      silentSpells: count.describe('stretches of windows without anything, while it was worn'),
      longestSilenceMs: z.number(),
      messages: count.optional(),
      late: count.optional().describe('received more than 15 s after their time'),
      p50DelayMs: z.number().optional(),
      p90DelayMs: z.number().optional(),
      missingMessages: count.describe('numbers that never came, of all its sessions that are known'),
      quarantined: count.describe('in the range'),
    }),
  ),
  completeness: z.object({
    share: share.describe('of what was expected, over all series'),
    patients: z.array(z.object({ patient: z.string(), place: z.string().optional(), monitoredHours: hours, share })),
    series: z.array(
      z.object({
        patient: z.string(),
        place: z.string().optional(),
        device: z.string(),
        name: z.string(),
        kind: z.enum(['vital', 'waveform']),
        expectedHours: hours,
        share: share.describe(
          'samples: of the time expected; values: of as many as this series usually has in a window',
        ),
      }),
    ),
  }),
  damaged: z
    .array(z.object({ from: z.number(), to: z.number(), detail: z.string() }))
    .optional()
    .describe('what of the store could not be read: it is left out'),
})
