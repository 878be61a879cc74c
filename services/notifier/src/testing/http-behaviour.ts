import type { Behaviour } from '../channels/contract.ts'
import type { HttpReceiver } from './http-receiver.ts'

/** Lets an HTTP receiver behave as the contract of the senders wants it. */
export async function behaveHttp(receiver: HttpReceiver, behaviour: Behaviour): Promise<void> {
  const status = { takes: 200, 'is busy': 503, refuses: 400, hangs: undefined, 'is away': undefined }[behaviour]
  receiver.answer = () => status
  if (behaviour === 'is away') await receiver.close()
}
