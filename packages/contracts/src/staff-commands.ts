import { z } from 'zod'
import { ALARM_VERDICTS, alarm } from './alarms.ts'
import { annotationVersion } from './annotations.ts'
import { LIMIT_PROFILE_NAMES } from './default-limits.ts'
import { epochMs, id, vitalValues } from './messages.ts'
import { limits } from './registry.ts'

/** How often the alarm had rung by then: what rings anew afterwards is not what they saw. */
const rings = z.int().min(0).optional()
const common = { id: z.string().min(1).max(64), patient: id, by: z.string().min(1).max(64), at: epochMs }

/** What staff asked for, in `staff-commands`, key = patient; header `type` = its type. */
export const staffCommand = z.discriminatedUnion('type', [
  z.object({ type: z.literal('acknowledge'), ...common, alarm: z.string(), rings }),
  /** Audio pause of one alarm, or of all of the patient's. */
  z.object({ type: z.literal('pause'), ...common, alarm: z.string().optional(), rings, until: epochMs }),
  z.object({ type: z.literal('comment'), ...common, alarm: z.string(), text: z.string().min(1).max(2000) }),
  /** Whether the alarm was right. `ended`: the alarm as it is kept, where it has ended: the alarm manager remembers those by id alone. */
  z.object({
    type: z.literal('verdict'),
    ...common,
    alarm: z.string(),
    verdict: z.enum(ALARM_VERDICTS),
    reason: z.string().min(1).max(2000).optional(),
    ended: alarm.optional(),
  }),
  z.object({
    type: z.literal('monitoring'),
    ...common,
    state: z.enum(['on', 'standby', 'discharged']),
    until: epochMs.optional(),
  }),
  /** The patient is offered to whoever comes next; only `take-over` by that person (or by anybody who steps in) makes them responsible. */
  z.object({
    type: z.literal('hand-over'),
    ...common,
    to: z.string().min(1).max(64),
    note: z.string().min(1).max(2000).optional(),
  }),
  z.object({ type: z.literal('take-over'), ...common }),
  /** Vitals entered by staff; `observedAt` is their time, `at` the time of the entry. */
  z.object({ type: z.literal('observation'), ...common, observedAt: epochMs, vitals: vitalValues }),
  /** A note on the record, a correction of one, or its striking out: kept and shown. */
  z.object({ type: z.literal('annotation'), ...common, annotation: annotationVersion }),
  /** Limits were changed: as they were in force, and as they are. The registry has them already; this is kept, so that it can be looked up. */
  z.object({
    type: z.literal('limits'),
    ...common,
    before: limits,
    after: limits,
    profile: z.enum(LIMIT_PROFILE_NAMES).optional(),
  }),
])
export type StaffCommand = z.infer<typeof staffCommand>
export type StaffCommandType = StaffCommand['type']

/** The longest standby: who is away for more than a day is discharged. Without it, a standby that nobody ends would be silence without end. */
export const LONGEST_STANDBY_MS = 24 * 3_600_000

/** When the monitoring that staff set at `at` ends by itself, ms; undefined where it does not. */
export function monitoringEnds(
  { state, until }: Pick<Extract<StaffCommand, { type: 'monitoring' }>, 'state' | 'until'>,
  at: number,
): number | undefined {
  if (state === 'on') return undefined
  return state === 'standby' ? Math.min(until ?? Infinity, at + LONGEST_STANDBY_MS) : until
}

/** The stretch of the record that a command is about, ms: of what is about a moment, both ends are that moment. */
export function spanOf(command: StaffCommand): { readonly from: number; readonly until: number } {
  if (command.type === 'annotation') {
    const { at, until = at } = command.annotation
    return { from: at, until }
  }
  const from = command.type === 'observation' ? command.observedAt : command.at
  return { from, until: from }
}
