import type { Call, Delivery } from '@pulsewire/contracts'
import { confirmsLater, type DeliveryPolicy } from './chain.ts'
import type { Step } from './decide.ts'
import type { Outcome } from './outcome.ts'
import { changed } from './plan.ts'
import { retryDelayMs } from './policy.ts'
import type { PatientDeliveries } from './state.ts'

const MOST_DETAIL = 500

/** An attempt to send came to an end. */
export function decideOutcome(
  state: PatientDeliveries,
  id: string,
  outcome: Outcome,
  at: number,
  policy: DeliveryPolicy,
): Step[] {
  const delivery = state.deliveries[id]
  if (delivery === undefined || delivery.state === 'confirmed' || delivery.state === 'sent') return []
  return outcome.kind === 'accepted' ? accepted(state, delivery, at, policy) : refused(delivery, outcome, at)
}

function accepted(state: PatientDeliveries, delivery: Delivery, at: number, { channels }: DeliveryPolicy): Step[] {
  const { error: _error, ...rest } = delivery
  const sent: Delivery = { ...rest, attempts: delivery.attempts + 1, sentAt: at, state: 'sent' }
  const channel = channels.find(({ id }) => id === delivery.channel)
  const call = state.calls[delivery.alarm]
  // Nobody waits for it any more: it had been withdrawn, or its alarm is over.
  const isLate = delivery.state === 'withdrawn' || delivery.state === 'closed' || call?.state === 'over'
  if (channel === undefined || !confirmsLater(channel)) return [...confirmed(sent, 'the receiver', at, call)]
  if (isLate && delivery.cause !== 'test') return changed('closed', [{ ...sent, state: 'closed' }])
  const wasUnheard = call?.state === 'unheard'
  return [
    ...changed('sent', [sent]),
    ...(wasUnheard ? changed('unconfirmed', [], { ...call, state: 'unconfirmed' }) : []),
  ]
}

/** A delivery is confirmed, and so is the call that it belongs to. */
export function confirmed(delivery: Delivery, by: string, at: number, call: Call | undefined): Step[] {
  const known: Delivery = { ...delivery, state: 'confirmed', confirmedAt: at, confirmedBy: by }
  // That a receiver took the news of an earlier ring says nothing of this one.
  const isOfCall = call !== undefined && call.version === delivery.version
  return [
    ...changed('confirmed', [known]),
    ...(isOfCall && call.state !== 'over' && call.state !== 'heard'
      ? changed('heard', [], { ...call, state: 'heard', heardAt: at, heardBy: `${delivery.channel}: ${by}` })
      : []),
  ]
}

function refused(delivery: Delivery, outcome: Extract<Outcome, { kind: 'refused' }>, at: number): Step[] {
  if (delivery.state !== 'pending') return []
  const attempts = delivery.attempts + 1
  const tried: Delivery = { ...delivery, attempts, error: outcome.detail.slice(0, MOST_DETAIL) }
  const nextAttemptAt = at + Math.max(retryDelayMs(attempts, delivery.id), outcome.retryAfterMs ?? 0)
  return outcome.transient && nextAttemptAt < delivery.giveUpAt
    ? changed('attempt-failed', [{ ...tried, nextAttemptAt }])
    : changed('failed', [{ ...tried, state: 'failed' }])
}
