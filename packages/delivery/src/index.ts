export { channelsFor, confirmsLater, isForPeople, isInUse, stepAfter, type DeliveryPolicy } from './chain.ts'
export { decide, type DeliveryInput, type Step } from './decide.ts'
export { dueDeliveries } from './due.ts'
export { TEST_ALARM, counts } from './on-receipt.ts'
export type { Outcome } from './outcome.ts'
export { GIVE_UP_AFTER_MS, SCREEN_WITHIN_MS, SCREENS_ALONE_MS, TEST_WITHIN_MS, retryDelayMs } from './policy.ts'
export { deliveriesOf, evolve, isFinal, noDeliveries, type MessageRef, type PatientDeliveries } from './state.ts'
export { capMessage, capTime } from './message/cap.ts'
export { edxlMessage } from './message/edxl-de.ts'
export { emailOf, type Email } from './message/email.ts'
export { pushMessage, type PushMessage } from './message/push.ts'
export { headlineOf, testNotice, utcText, whomOf, type Subject } from './message/subject.ts'
export { webhookBody } from './message/webhook.ts'
export { CONFIRM_WITHIN_MS, confirmPath, confirmToken, readConfirmToken } from './signing/confirm-token.ts'
export {
  REPLAY_WINDOW_S,
  newWebhookSecret,
  signWebhook,
  verifyWebhook,
  type WebhookHeaders,
} from './signing/webhook-signature.ts'
export { newVapidKeys, type VapidKeys } from './signing/vapid-keys.ts'
export { DELIVERY_RULE, createDeliveryWatch, ended, type DeliveryWatch } from './delivery-watch.ts'
