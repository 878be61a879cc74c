import { ALARM_EVENTS, ROLES, alarm, beatsRecord, finding, monitoring, staffCommand } from '@pulsewire/contracts'
import { z } from 'zod'

const position = z.string().optional().describe('in the log: `since=` goes on right after it')
const patient = z.string().optional().describe('missing: of a device that nobody wears')

const hello = z.object({
  type: z.literal('hello'),
  serverTime: z.number(),
  position,
  user: z.string(),
  roles: z.array(z.enum(ROLES)),
  resumed: z.boolean().describe('whether it goes on at `since`'),
})

const vitals = z.object({
  type: z.literal('vitals'),
  position,
  patient,
  device: z.string(),
  time: z.number(),
  receivedAt: z.number(),
  late: z.boolean(),
  vitals: z.record(z.string(), z.union([z.number(), z.string()])),
})

const waveform = z.object({
  type: z.literal('waveform'),
  position,
  patient,
  device: z.string(),
  receivedAt: z.number(),
  late: z.boolean(),
  signals: z.array(
    z.object({
      name: z.string(),
      unit: z.string(),
      rateHz: z.number(),
      segments: z.array(z.object({ start: z.number(), samples: z.array(z.number().nullable()) })),
    }),
  ),
})

const status = z
  .object({
    type: z.literal('status'),
    position,
    patient,
    device: z.string().optional(),
    state: z.enum(['online', 'offline']).optional(),
    battery: z.number().optional(),
    time: z.number().optional(),
    monitoring: monitoring.optional(),
    system: z
      .object({
        ok: z.boolean(),
        detectors: z.array(z.object({ worker: z.string(), at: z.number() })),
        proofEveryMs: z.number().optional().describe('how often the way from device to screen is proven'),
        message: z.string().optional().describe('what is wrong, for who watches patients'),
        detail: z.string().optional().describe('the same for who mends it'),
      })
      .optional(),
    serverTime: z.number().optional(),
    registry: z.boolean().optional().describe('patients or devices have changed: fetch them again'),
    trouble: z
      .boolean()
      .optional()
      .describe('the device was refused, or something of it quarantined: ask `GET /devices/{id}/trouble`'),
    dropped: z.int().optional().describe('messages that were left out because this socket was too slow'),
  })
  .describe('of a device, of a patient, or of the system each second')

/** What the live WebSocket says: each message is the JSON of one of these. */
export const liveMessage = z
  .discriminatedUnion('type', [
    hello,
    vitals,
    waveform,
    z.object({ type: z.literal('finding'), position, finding }),
    z.object({ type: z.literal('beats'), position, ...beatsRecord.shape }),
    z.object({
      type: z.literal('alarm'),
      position,
      event: z.enum(ALARM_EVENTS),
      at: z.number(),
      by: z.string().optional(),
      alarm,
      monitoring: monitoring.optional(),
    }),
    status,
    z.object({ type: z.literal('action'), position, action: staffCommand }).describe('what staff did'),
    z
      .object({ type: z.literal('proof'), position, sentAt: z.number(), at: z.number() })
      .describe('a proof came all the way from a device'),
    z
      .object({ type: z.literal('problem'), position, code: z.string(), detail: z.string() })
      .describe('what this socket said was not taken, and why'),
  ])
  .describe('each WebSocket message is such a JSON text')

/** What a screen says: that it showed these alarms just now. */
export const screenMessage = z
  .strictObject({
    type: z.literal('receipt'),
    alarms: z
      .array(z.strictObject({ id: z.string().min(1).max(200), version: z.int().min(0).optional() }))
      .min(1)
      .max(100),
    visible: z.boolean().describe('the page is in front'),
    sound: z.enum(['on', 'off']).describe('the page may ring'),
  })
  .describe('said after the alarms were drawn')
export type ScreenMessage = z.output<typeof screenMessage>
