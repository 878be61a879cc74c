import type {
  AlarmEvent,
  Call,
  Delivery,
  DeliveryEvent,
  DeliveryEventName,
  Notice,
  ReceiptRecord,
} from '@pulsewire/contracts'
import type { DeliveryPolicy } from './chain.ts'
import { decideAlarm } from './on-alarm.ts'
import { decideOutcome } from './on-outcome.ts'
import { decideReceipt } from './on-receipt.ts'
import { decideTick } from './on-tick.ts'
import type { Outcome } from './outcome.ts'
import { evolve, type PatientDeliveries } from './state.ts'

/** What can happen to a patient's deliveries. `at` = the time at which it is handled; time enters nowhere else. */
export type DeliveryInput =
  | { readonly kind: 'alarm'; readonly at: number; readonly event: AlarmEvent }
  | { readonly kind: 'receipt'; readonly at: number; readonly receipt: ReceiptRecord }
  | { readonly kind: 'outcome'; readonly at: number; readonly delivery: string; readonly outcome: Outcome }
  | { readonly kind: 'tick'; readonly at: number }

/** A step to take: what its event will say, before it has its version. */
export interface Step {
  readonly event: DeliveryEventName
  readonly deliveries?: readonly Delivery[]
  readonly call?: Call
  readonly notice?: Notice
}

/**
 * The events that `input` leads to, and the state after them. Pure: the same state, input and policy give the same events. What has no effect (an
 * alarm event read again, a receipt of what is over) gives none.
 */
export function decide(
  state: PatientDeliveries,
  input: DeliveryInput,
  policy: DeliveryPolicy,
): { events: DeliveryEvent[]; state: PatientDeliveries } {
  const events: DeliveryEvent[] = []
  let current = state
  const cause = input.kind === 'alarm' ? { alarmVersion: input.event.version } : {}
  for (const { deliveries, ...step } of stepsOf(state, input, policy)) {
    const event: DeliveryEvent = {
      patient: state.patient,
      version: current.version + 1,
      at: input.at,
      ...cause,
      ...step,
      ...(deliveries === undefined ? {} : { deliveries: [...deliveries] }),
    }
    events.push(event)
    current = evolve(current, event)
  }
  return { events, state: current }
}

function stepsOf(state: PatientDeliveries, input: DeliveryInput, policy: DeliveryPolicy): Step[] {
  switch (input.kind) {
    case 'alarm':
      return decideAlarm(state, input.event, input.at, policy)
    case 'receipt':
      return decideReceipt(state, input.receipt, input.at, policy)
    case 'outcome':
      return decideOutcome(state, input.delivery, input.outcome, input.at, policy)
    case 'tick':
      return decideTick(state, input.at, policy)
  }
}
