import { signWebhook, webhookBody } from '@pulsewire/delivery'
import { post } from '../post.ts'
import { targetOf, type Sender } from '../sender.ts'

/** Webhooks: the alarm as JSON, signed after Standard Webhooks. */
export function createWebhookSender({ now }: { readonly now: () => number }): Sender {
  return {
    send: (subject, signal) => {
      const { address, secret } = targetOf(subject, 'webhook')
      const body = webhookBody(subject)
      const headers = {
        'content-type': 'application/json',
        'user-agent': 'Pulsewire',
        ...signWebhook(secret, subject.delivery.id, now(), body),
      }
      return post({ url: address, headers, body }, signal)
    },
    close: () => Promise.resolve(),
  }
}
