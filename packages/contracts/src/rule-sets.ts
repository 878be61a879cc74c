import { z } from 'zod'
import { ALARM_PRIORITIES, PHYSIOLOGICAL_TYPES, TECHNICAL_TYPES } from './findings.ts'
import { limits } from './registry.ts'

/** What may be varied of the alarms of one type. What the detectors themselves find is not: that is code, with its own evaluation. */
const alarmRule = z.strictObject({
  /** The priority of its alarms; `none`: a finding only. */
  priority: z.enum([...ALARM_PRIORITIES, 'none']).optional(),
  /** How long the condition must have stood, from its onset, before it rings. */
  afterS: z.number().min(0).max(3_600).optional(),
  minConfidence: z.number().min(0).max(1).optional(),
  /** Of the signal, 0 to 1. */
  minQuality: z.number().min(0).max(1).optional(),
})
export type AlarmRuleChange = z.infer<typeof alarmRule>

/** Candidate rules: what is different from those in force. They are compared with these in shadow, and never ring. */
export const ruleSet = z
  .strictObject({
    name: z.string().regex(/^[A-Za-z0-9_-]{1,32}$/),
    /** Of the vitals that are named, for every patient. */
    limits: limits.optional(),
    alarms: z.partialRecord(z.enum([...PHYSIOLOGICAL_TYPES, ...TECHNICAL_TYPES]), alarmRule).optional(),
  })
  .refine(({ limits, alarms }) => limits !== undefined || alarms !== undefined, 'changes nothing')
export type RuleSet = z.infer<typeof ruleSet>
