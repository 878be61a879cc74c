import { FINDING_TYPES, alarm, annotationContent, monitoring, patientEntity } from '@pulsewire/contracts'
import { z } from 'zod'
import { shiftTimes } from '../reports/shifts.ts'
import { latestValue } from './shapes.ts'

const counts = z
  .object({ rang: z.int(), confirmed: z.int(), false: z.int() })
  .describe('alarms that began to ring, and what staff said of them')
const extreme = z.object({ value: z.number(), at: z.number() })
const span = { from: z.number(), to: z.number() }

const patientShift = z.object({
  ...patientEntity.pick({ id: true, name: true, place: true, dateOfBirth: true, sex: true }).shape,
  monitoring,
  handOvers: z
    .array(z.object({ at: z.number(), by: z.string(), to: z.string().optional(), note: z.string().optional() }))
    .describe('offers (with `to`) and takings over, in the shift and the one before, in order'),
  notes: z
    .array(
      z.object({
        ...annotationContent.pick({ at: true, until: true, text: true, category: true }).shape,
        by: z.string(),
      }),
    )
    .describe('notes of staff that were written or corrected in the range, as they stand; without those struck out'),
  latest: z.record(z.string(), latestValue),
  alarms: z.object({ high: counts, medium: counts, low: counts, technical: counts }),
  standing: z.array(alarm).describe('that are not ended now'),
  vitals: z.array(z.object({ code: z.string(), unit: z.string(), low: extreme, high: extreme })),
  news2: z.array(z.tuple([z.number(), z.number()])).describe('the highest of each hour'),
  rhythms: z.array(
    z.object({ type: z.enum(FINDING_TYPES), episodes: z.int(), lastedMs: z.number(), lastAt: z.number() }),
  ),
  limitChanges: z.array(
    z.object({
      at: z.number(),
      by: z.string(),
      code: z.string(),
      side: z.enum(['low', 'high']),
      before: z.number().optional(),
      after: z.number().optional(),
    }),
  ),
  unmonitored: z.array(z.object({ ...span, state: z.enum(['standby', 'discharged']), by: z.string().optional() })),
  devices: z.array(
    z.object({
      id: z.string(),
      model: z.string().optional(),
      state: z.enum(['online', 'offline']).optional(),
      battery: z.number().optional(),
      lastSeenAt: z.number().optional(),
    }),
  ),
  gaps: z
    .array(z.object({ ...span, device: z.string() }))
    .describe('five minutes and more without anything of a device that otherwise sends all the time'),
})

export const handOverAnswer = z.object({
  ...span,
  now: z.number(),
  shifts: shiftTimes,
  patients: z.array(patientShift),
})
