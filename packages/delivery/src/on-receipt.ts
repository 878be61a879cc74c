import type { Call, Delivery, ReceiptRecord, ScreenReceipt } from '@pulsewire/contracts'
import type { DeliveryPolicy } from './chain.ts'
import type { Step } from './decide.ts'
import { confirmed } from './on-outcome.ts'
import { changed } from './plan.ts'
import { TEST_WITHIN_MS } from './policy.ts'
import type { PatientDeliveries } from './state.ts'

/** A call remembers the newest so many screens. */
const MOST_SCREENS = 50

/** Whether somebody at this screen can have noticed: it is seen, or it rings. */
export function counts({ visible, sound }: Pick<ScreenReceipt, 'visible' | 'sound'>): boolean {
  return visible || sound === 'on'
}

/** A screen showed an alarm, somebody confirmed, or a channel shall be tried. */
export function decideReceipt(
  state: PatientDeliveries,
  receipt: ReceiptRecord,
  at: number,
  policy: DeliveryPolicy,
): Step[] {
  switch (receipt.type) {
    case 'screen':
      return shown(state.calls[receipt.alarm], receipt)
    case 'confirm':
      return confirm(state, receipt, at)
    case 'test':
      return tried(state, receipt, at, policy)
  }
}

function shown(call: Call | undefined, receipt: Extract<ReceiptRecord, { type: 'screen' }>): Step[] {
  // What a screen said before this call began was about an earlier one.
  if (call === undefined || call.state === 'over') return []
  const { screen, user, at, visible, sound } = receipt
  const before = call.screens.find((known) => known.screen === screen)
  if (before !== undefined && (counts(before) || !counts(receipt))) return []
  const others = call.screens.filter((known) => known.screen !== screen)
  const screens = [...others, { screen, user, at, visible, sound }].slice(-MOST_SCREENS)
  const isHeardOf = call.state === 'unheard' && counts(receipt)
  return changed('shown', [], { ...call, screens, ...(isHeardOf ? { state: 'unconfirmed' } : {}) })
}

function confirm(state: PatientDeliveries, receipt: Extract<ReceiptRecord, { type: 'confirm' }>, at: number): Step[] {
  const delivery = state.deliveries[receipt.delivery]
  if (delivery === undefined || !['pending', 'sent', 'failed'].includes(delivery.state)) return []
  const call = state.calls[delivery.alarm]
  const sent = delivery.sentAt === undefined ? { ...delivery, sentAt: at } : delivery
  return confirmed(sent, receipt.by, at, call)
}

function tried(
  state: PatientDeliveries,
  { channel: id, delivery }: Extract<ReceiptRecord, { type: 'test' }>,
  at: number,
  { channels }: DeliveryPolicy,
): Step[] {
  const channel = channels.find((each) => each.id === id)
  if (channel === undefined || channel.removed === true || state.deliveries[delivery] !== undefined) return []
  const test: Delivery = {
    id: delivery,
    channel: id,
    via: channel.target.via,
    patient: state.patient,
    alarm: TEST_ALARM,
    cause: 'test',
    step: channel.step,
    state: 'pending',
    attempts: 0,
    createdAt: at,
    nextAttemptAt: at,
    giveUpAt: at + TEST_WITHIN_MS,
    version: 0,
    earlier: [],
  }
  return changed('planned', [test])
}

/** What a test is about. */
export const TEST_ALARM = 'test'
