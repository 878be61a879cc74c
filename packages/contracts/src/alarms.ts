import { z } from 'zod'
import { ALARM_PRIORITIES, PHYSIOLOGICAL_TYPES, TECHNICAL_TYPES, finding } from './findings.ts'
import { epochMs, id } from './messages.ts'

/** Active; active and acknowledged; latched = condition gone, not yet acknowledged; ended. */
export const ALARM_STATES = ['active', 'acknowledged', 'latched', 'ended'] as const
export type AlarmState = (typeof ALARM_STATES)[number]

/** What staff found at the bed: the alarm was right (something was there that asked for them), or it was not. */
export const ALARM_VERDICTS = ['confirmed', 'false'] as const
export type AlarmVerdict = (typeof ALARM_VERDICTS)[number]

export const alarm = z.object({
  /** The id of the finding that raised it. */
  id: z.string(),
  patient: id,
  device: id.optional(),
  type: z.enum([...PHYSIOLOGICAL_TYPES, ...TECHNICAL_TYPES]),
  kind: z.enum(['physiological', 'technical']),
  priority: z.enum(ALARM_PRIORITIES),
  state: z.enum(ALARM_STATES),
  /** Event time of the condition's start, and of its end. */
  onset: epochMs,
  conditionEndedAt: epochMs.optional(),
  raisedAt: epochMs,
  /** When it began to ring as it does now: raised, come back or got worse. Escalation counts from here. */
  ringingSince: epochMs.optional(),
  endedAt: epochMs.optional(),
  acknowledgedBy: z.string().optional(),
  acknowledgedAt: epochMs.optional(),
  /** Audio is off for this alarm until then; the light stays on. */
  audioPausedUntil: epochMs.optional(),
  /** How often it began to ring: raised, come back or got worse; and when first. Data that was old when it came does not ring. */
  rings: z.int().min(0).optional(),
  firstRangAt: epochMs.optional(),
  /** When somebody acknowledged it for the first time, whatever it did afterwards. */
  firstAcknowledgedAt: epochMs.optional(),
  /** The last word of staff on whether it was right. */
  verdict: z
    .object({
      verdict: z.enum(ALARM_VERDICTS),
      at: epochMs,
      by: z.string(),
      reason: z.string().optional(),
    })
    .optional(),
  /** Steps up the patient's escalation chain so far, and who is called by now: a role or a name of the chain, or whoever is responsible. */
  escalation: z.int().min(0),
  addressedTo: z.string().max(64).optional(),
  /** No other alarm of the patient stood when this one was raised: what came first is often the cause of what follows. */
  firstOut: z.boolean().optional(),
  /** When staff were last reminded that an acknowledged condition still stands. */
  remindedAt: epochMs.optional(),
  /** Old data: shown, does not ring. */
  late: z.boolean(),
  message: z.string(),
  evidence: finding.shape.evidence,
  confidence: z.number(),
  quality: z.number(),
  rule: finding.shape.rule,
  code: z.string().optional(),
  side: z.enum(['low', 'high']).optional(),
  positions: z.array(z.string()).optional(),
  /** Where in `evidence` the input is pinned that it last rang for: `npm run replay -- alarm ID` repeats the analysis. */
  pin: z.string().optional(),
  /** The finding that keeps it up now (an episode may come back under the same alarm), and how far its data had been seen. */
  finding: z.string().optional(),
  seenUntil: epochMs.optional(),
  comments: z.array(z.object({ at: epochMs, by: z.string(), text: z.string() })),
})
export type Alarm = z.infer<typeof alarm>

/** Whether alarms are raised for a patient. */
export const monitoring = z.object({
  state: z.enum(['on', 'standby', 'discharged']),
  until: epochMs.optional(),
  by: z.string().optional(),
  /** The patient's audio is paused until then; a new, higher condition rings all the same. */
  audioPausedUntil: epochMs.optional(),
  /** Who looks after the patient in this shift: called first. */
  responsible: z.string().max(64).optional(),
  /** To whom the patient has been offered at hand-over. Until that person takes over, the one before stays responsible. */
  offered: z
    .object({ to: z.string().max(64), by: z.string().max(64), at: epochMs, note: z.string().max(2000).optional() })
    .optional(),
})
export type Monitoring = z.infer<typeof monitoring>

export const ALARM_EVENTS = [
  'raised',
  'updated',
  'condition-ended',
  'condition-resumed',
  'acknowledged',
  'audio-paused',
  'audio-resumed',
  'escalated',
  /** An acknowledged condition still stands after a while: said once, softly. */
  'reminded',
  'commented',
  /** Staff said whether the alarm was right: also of one that has ended. */
  'judged',
  'ended',
  'monitoring',
  'hand-over-offered',
  'handed-over',
  /** A condition began (or went on) while the patient was not monitored: kept, so that it rings when monitoring is on again. */
  'suppressed',
] as const
export type AlarmEventName = (typeof ALARM_EVENTS)[number]

/**
 * One step in `alarms`, key = patient. `version` counts the patient's steps: an event that does not follow the version before it is
 * ignored by every reader. It carries the whole alarm (or the patient's monitoring) as it is after the step.
 */
export const alarmEvent = z.object({
  patient: id,
  version: z.int().min(1),
  at: epochMs,
  event: z.enum(ALARM_EVENTS),
  by: z.string().optional(),
  /** The staff command that led to it: one that is read a second time has no second effect. */
  cause: z.string().optional(),
  alarm: alarm.optional(),
  monitoring: monitoring.optional(),
})
export type AlarmEvent = z.infer<typeof alarmEvent>
