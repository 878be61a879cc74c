import { headlineOf, type Subject } from './subject.ts'

/**
 * The body of a webhook: `{type, timestamp, data}` as Standard Webhooks have it. `data` is the alarm at that step; a patient's name is in it only
 * where the channel says so.
 */
export function webhookBody(subject: Subject): string {
  const { delivery, notice, channel, place, name, confirmUrl } = subject
  return JSON.stringify({
    type: delivery.cause === 'test' ? 'test' : `alarm.${delivery.cause}`,
    timestamp: new Date(delivery.createdAt).toISOString(),
    data: {
      delivery: delivery.id,
      channel: channel.id,
      headline: headlineOf(subject),
      alarm: notice,
      patient: { id: notice.patient, place, ...(channel.includeName ? { name } : {}) },
      earlier: delivery.earlier.map(({ id }) => id),
      confirmUrl,
    },
  })
}
