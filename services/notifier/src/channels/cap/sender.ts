import { capMessage, edxlMessage } from '@pulsewire/delivery'
import { post } from '../post.ts'
import { targetOf, type Sender } from '../sender.ts'

/** Emergency services: CAP 1.2 by HTTP, bare or in an EDXL-DE envelope. */
export function createCapSender(): Sender {
  return {
    send: (subject, signal) => {
      const target = targetOf(subject, 'cap')
      const isEnveloped = target.envelope === 'edxl-de'
      const headers = {
        // CAP 1.2, 3.3.1; EDXL-DE has no type of its own.
        'content-type': isEnveloped ? 'application/xml; charset=utf-8' : 'application/cap+xml; charset=utf-8',
        'user-agent': 'Pulsewire',
        'idempotency-key': subject.delivery.id,
        ...(target.secret === undefined ? {} : { authorization: `Bearer ${target.secret}` }),
      }
      const body = isEnveloped ? edxlMessage(subject, target) : capMessage(subject, target)
      return post({ url: target.address, headers, body }, signal)
    },
    close: () => Promise.resolve(),
  }
}
