import { deliveryId, type Call, type Channel, type Delivery, type DeliveryCause } from '@pulsewire/contracts'
import { isForPeople } from './chain.ts'
import type { Step } from './decide.ts'
import { GIVE_UP_AFTER_MS } from './policy.ts'
import type { MessageRef, PatientDeliveries } from './state.ts'

/** What messages are planned about. */
export interface About {
  readonly alarm: string
  readonly version: number
  readonly cause: DeliveryCause
  readonly at: number
  /** Messages that are withdrawn at the same time. */
  readonly withdrawn?: readonly Delivery[]
}

/** Messages of one alarm event to these channels. */
export function planned(state: PatientDeliveries, channels: readonly Channel[], about: About): Delivery[] {
  const { alarm, version, cause, at } = about
  return channels.map((channel) => ({
    id: deliveryId(channel.id, state.patient, version),
    channel: channel.id,
    via: channel.target.via,
    patient: state.patient,
    alarm,
    cause,
    step: channel.step,
    state: 'pending',
    attempts: 0,
    createdAt: at,
    nextAttemptAt: at,
    giveUpAt: at + GIVE_UP_AFTER_MS,
    version,
    earlier: toldTo(state, channel.id, about),
  }))
}

/** What a channel was told of the alarm, and will have got before what is planned now. */
export function toldTo(
  { told }: PatientDeliveries,
  channel: string,
  { alarm, withdrawn = [] }: Pick<About, 'alarm' | 'withdrawn'>,
): MessageRef[] {
  return (told[alarm]?.[channel] ?? []).filter(({ id }) => !withdrawn.some((each) => each.id === id))
}

/**
 * What waits and is not needed any more once there is something newer to tell of the alarm, withdrawn. A machine still gets the first message, and
 * then the newest: it must know what an end is the end of.
 */
export function superseded({ deliveries }: PatientDeliveries, alarm: string): Delivery[] {
  return Object.values(deliveries)
    .filter(
      (each) => each.alarm === alarm && each.state === 'pending' && (isForPeople(each.via) || each.cause !== 'raised'),
    )
    .map((each) => ({ ...each, state: 'withdrawn' }))
}

/** What went out and nobody has confirmed, closed: to confirm it would say nothing of what the alarm does now. */
export function unconfirmed({ deliveries }: PatientDeliveries, alarm: string): Delivery[] {
  return Object.values(deliveries)
    .filter((each) => each.alarm === alarm && each.state === 'sent')
    .map((each) => ({ ...each, state: 'closed' }))
}

/** One event for all of them; none where there are none. */
export function changed(event: Step['event'], deliveries: readonly Delivery[], call?: Call): Step[] {
  if (deliveries.length === 0 && call === undefined) return []
  return [{ event, ...(deliveries.length === 0 ? {} : { deliveries }), ...(call === undefined ? {} : { call }) }]
}
