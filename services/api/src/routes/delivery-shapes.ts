import { call, delivery, type Call, type Delivery } from '@pulsewire/contracts'
import { z } from 'zod'
import type { DeliveriesSoFar } from '../delivery-log.ts'

export const deliveryAnswer = delivery.omit({ version: true })
export const callAnswer = call.omit({ version: true })

/** What was delivered of one alarm. */
export const deliveriesOfAlarm = {
  deliveries: z.array(deliveryAnswer).describe('messages about it, oldest first'),
  call: callAnswer.optional().describe('who has heard: which screens showed it, at which step of the chain it stands'),
}

export function presentDelivery({ version: _version, ...rest }: Delivery): z.input<typeof deliveryAnswer> {
  return rest
}

export function presentAlarm(
  id: string,
  { deliveries, calls }: DeliveriesSoFar,
): {
  deliveries: z.input<typeof deliveryAnswer>[]
  call?: z.input<typeof callAnswer>
} {
  const own = [...deliveries.values()].filter(({ alarm }) => alarm === id).map(presentDelivery)
  const known = calls.get(id)
  return { deliveries: own, ...(known === undefined ? {} : { call: presentCall(known) }) }
}

function presentCall({ version: _version, ...rest }: Call): z.input<typeof callAnswer> {
  return rest
}
