import { headlineOf, type Subject } from './subject.ts'

/** What the service worker of the dashboard gets (`services/dashboard/public/sw.js`). */
export interface PushMessage {
  readonly title: string
  readonly body: string
  /** A newer message about the same alarm takes the place of the one before. */
  readonly tag: string
  readonly patient: string
  readonly priority: string
  /** Path that confirms the receipt when the notification is opened. */
  readonly confirm: string
}

/** A push service takes 4,096 bytes encrypted: this much before it. */
const MOST_TEXT = 300

/** @param confirmPath with its token, below the dashboard's own address */
export function pushMessage(subject: Subject, confirmPath: string): PushMessage {
  const { delivery, notice } = subject
  return {
    title: headlineOf(subject).slice(0, MOST_TEXT),
    body: delivery.cause === 'test' ? '' : 'Open the patient. Acknowledge the alarm there.',
    tag: notice.id,
    patient: notice.patient,
    priority: notice.priority,
    confirm: confirmPath,
  }
}
