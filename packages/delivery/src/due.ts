import type { Delivery } from '@pulsewire/contracts'
import { GIVE_UP_AFTER_MS, hasCome } from './policy.ts'
import type { PatientDeliveries } from './state.ts'

/**
 * What may be sent now: of each channel the first that waits, so that a receiver gets a patient's messages in the order in which they were planned
 * (which is that of the keys). What comes after it waits until it is through, or given up.
 */
export function dueDeliveries({ deliveries }: PatientDeliveries, at: number): Delivery[] {
  const heads = new Map<string, Delivery>()
  for (const delivery of Object.values(deliveries)) {
    if (delivery.state === 'pending' && !heads.has(delivery.channel)) heads.set(delivery.channel, delivery)
  }
  return [...heads.values()].filter(({ nextAttemptAt }) => hasCome(nextAttemptAt, at, GIVE_UP_AFTER_MS))
}
