import type { Alarm, AlarmEvent, AlarmEventName, Finding, Monitoring, StaffCommand } from '@pulsewire/contracts'
import { decideFinding } from './on-finding.ts'
import { decideStaff } from './on-staff.ts'
import { decideTick } from './on-tick.ts'
import { DEFAULT_ESCALATION, type EscalationPolicy } from './policy.ts'
import { evolve, type PatientAlarms } from './state.ts'

/** What can happen to a patient's alarms. `at` = the time at which it is handled; time enters nowhere else. */
export type AlarmInput =
  | { readonly kind: 'finding'; readonly at: number; readonly finding: Finding }
  | { readonly kind: 'staff'; readonly at: number; readonly command: StaffCommand }
  | { readonly kind: 'tick'; readonly at: number }

/** A step to take: what its event will say, before it has its version. */
export interface Step {
  readonly event: AlarmEventName
  readonly alarm?: Alarm
  readonly monitoring?: Monitoring
  readonly by?: string
}

/**
 * The events that `input` leads to, and the state after them. Pure: the same state and input give the same events.
 * @param policy who is called for this patient, and when
 * What has no effect (an acknowledgement of an alarm that is gone, a finding said again) gives none.
 */
export function decide(
  state: PatientAlarms,
  input: AlarmInput,
  policy: EscalationPolicy = DEFAULT_ESCALATION,
): { events: AlarmEvent[]; state: PatientAlarms } {
  const events: AlarmEvent[] = []
  let current = state
  const cause = input.kind === 'staff' ? { cause: input.command.id } : {}
  for (const step of stepsOf(state, input, policy)) {
    const addressed = addressedStep(step, current, policy)
    const event: AlarmEvent = {
      patient: state.patient,
      version: current.version + 1,
      at: input.at,
      ...cause,
      ...addressed,
    }
    events.push(event)
    current = evolve(current, event)
  }
  return { events, state: current }
}

/** Who is called by now: the one responsible in this shift first, then up the chain. */
function addressedStep(step: Step, { monitoring }: PatientAlarms, { chain }: EscalationPolicy): Step {
  const { alarm } = step
  if (alarm === undefined) return step
  const who = alarm.escalation === 0 ? (monitoring.responsible ?? chain[0]) : chain[alarm.escalation]
  const addressedTo = who ?? chain.at(-1) ?? chain[0]
  return { ...step, alarm: { ...alarm, addressedTo } }
}

function stepsOf(state: PatientAlarms, input: AlarmInput, policy: EscalationPolicy): Step[] {
  switch (input.kind) {
    case 'finding':
      return decideFinding(state, input.finding, input.at)
    case 'staff':
      return state.causes[input.command.id] === undefined ? decideStaff(state, input.command, input.at) : []
    case 'tick':
      return decideTick(state, input.at, policy)
  }
}
