import type { Call, Delivery } from '@pulsewire/contracts'
import { channelsFor, isInUse, stepAfter, type DeliveryPolicy } from './chain.ts'
import type { Step } from './decide.ts'
import { waitMs } from './on-alarm.ts'
import { counts } from './on-receipt.ts'
import { changed, planned } from './plan.ts'
import { GIVE_UP_AFTER_MS, SCREEN_WITHIN_MS, TEST_KEPT_MS, hasCome } from './policy.ts'
import { deliveriesOf, type PatientDeliveries } from './state.ts'

/** The longest that a step may wait, ms. */
const LONGEST_WAIT_MS = 3_600_000

/** Time has passed: what was not taken is given up, what nobody confirmed goes on to the next step of the chain. */
export function decideTick(state: PatientDeliveries, at: number, policy: DeliveryPolicy): Step[] {
  const failed = Object.values(state.deliveries).flatMap((each) => givenUp(each, at, policy))
  const closed = Object.values(state.deliveries).filter(
    (each) =>
      each.cause === 'test' && each.state === 'sent' && hasCome(each.createdAt + TEST_KEPT_MS, at, TEST_KEPT_MS),
  )
  // What fails in this tick counts in the next.
  return [
    ...changed('failed', failed),
    ...changed(
      'closed',
      closed.map((each) => ({ ...each, state: 'closed' })),
    ),
    ...Object.values(state.calls).flatMap((call) => nextStep(state, call, at, policy)),
  ]
}

function givenUp(delivery: Delivery, at: number, { channels }: DeliveryPolicy): Delivery[] {
  if (delivery.state !== 'pending') return []
  const channel = channels.find(({ id }) => id === delivery.channel)
  if (!isInUse(channel) && delivery.cause !== 'test') {
    return [{ ...delivery, state: 'failed', error: 'the channel was switched off' }]
  }
  if (!hasCome(delivery.giveUpAt, at, GIVE_UP_AFTER_MS)) return []
  return [{ ...delivery, state: 'failed', error: delivery.error ?? 'what was before it was not taken in time' }]
}

function nextStep(state: PatientDeliveries, call: Call, at: number, policy: DeliveryPolicy): Step[] {
  const notice = state.notices[String(call.version)]
  if (call.state !== 'open' || notice === undefined) return []
  const deliveries = deliveriesOf(state, call)
  const isWaitOver = hasCome(call.waitUntil, at, LONGEST_WAIT_MS)
  const next = stepAfter(call.step, channelsFor(policy, notice, at))
  if (next === undefined) return isWaitOver || haveFailed(call, deliveries) ? atEnd(call, deliveries) : []
  if (!isWaitOver && !haveFailed(call, deliveries) && !isShownNowhere(call, at)) return []
  const channels = channelsFor(policy, notice, at).filter(({ step }) => step === next)
  const told = call.told + channels.length
  const stepped: Call = { ...call, step: next, stepAt: at, waitUntil: at + waitMs(channels), told }
  const about = { alarm: call.alarm, version: call.version, cause: 'escalated', at } as const
  return changed('next-step', planned(state, channels, about), stepped)
}

/** All channels of the step have failed. */
function haveFailed(call: Call, deliveries: readonly Delivery[]): boolean {
  const ofStep = deliveries.filter(({ step }) => step === call.step)
  return ofStep.length > 0 && ofStep.every(({ state }) => state === 'failed')
}

/** An alarm of high priority that no screen shows is not waited with. */
function isShownNowhere(call: Call, at: number): boolean {
  if (call.priority !== 'high' || call.step > 0 || call.screens.some(counts)) return false
  return hasCome(call.stepAt + SCREEN_WITHIN_MS, at, SCREEN_WITHIN_MS)
}

/** Nobody is left to tell: did it go out at all? */
function atEnd(call: Call, deliveries: readonly Delivery[]): Step[] {
  const wentOut = deliveries.some(({ sentAt }) => sentAt !== undefined) || call.screens.some(counts)
  const state = wentOut ? 'unconfirmed' : 'unheard'
  return changed(state, [], { ...call, state })
}
