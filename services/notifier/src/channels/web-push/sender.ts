import { confirmPath, pushMessage, type VapidKeys } from '@pulsewire/delivery'
import webPush from 'web-push'
import { post } from '../post.ts'
import { targetOf, type Sender } from '../sender.ts'

/** A phone that is off for longer gets no alarm that is old by then. */
const KEPT_S = 15 * 60

export interface WebPushOptions {
  readonly vapidKeys: VapidKeys
  /** `mailto:…` or `https://…`: whom a push service may ask. */
  readonly contact: string
  /** Signs the links that confirm. */
  readonly confirmKey: string
}

/** Web Push (RFC 8030), encrypted for the browser (RFC 8291), signed by VAPID (RFC 8292). */
export function createWebPushSender({ vapidKeys, contact, confirmKey }: WebPushOptions): Sender {
  return {
    send: async (subject, signal) => {
      const { address, keys } = targetOf(subject, 'web-push')
      const { delivery, notice } = subject
      const message = pushMessage(subject, confirmPath(confirmKey, delivery.id, delivery.createdAt))
      const request = webPush.generateRequestDetails({ endpoint: address, keys }, JSON.stringify(message), {
        vapidDetails: { subject: contact, ...vapidKeys },
        TTL: KEPT_S,
        urgency: notice.priority === 'low' ? 'normal' : 'high',
      })
      const headers = Object.fromEntries(
        Object.entries(request.headers)
          // Fetch sets it.
          .filter(([name]) => name.toLowerCase() !== 'content-length')
          .map(([name, value]) => [name, value]),
      )
      return post({ url: request.endpoint, headers, body: new Uint8Array(request.body ?? []) }, signal)
    },
    close: () => Promise.resolve(),
  }
}
