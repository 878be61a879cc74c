import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

// Standard Webhooks (https://www.standardwebhooks.com): HMAC-SHA256 of `id.timestamp.body`, in base64, with a version before it.
const PREFIX = 'whsec_'
const SECRET_BYTES = 32
/** A message that is older, or from further in the future, is not believed. */
export const REPLAY_WINDOW_S = 300

export interface WebhookHeaders {
  readonly 'webhook-id': string
  /** Seconds since 1970. */
  readonly 'webhook-timestamp': string
  readonly 'webhook-signature': string
}

export function newWebhookSecret(): string {
  return PREFIX + randomBytes(SECRET_BYTES).toString('base64')
}

/** Signs a message as sent at `nowMs`. The id stays the same at each attempt: a receiver drops what it has. */
export function signWebhook(secret: string, id: string, nowMs: number, body: string): WebhookHeaders {
  const timestamp = String(Math.floor(nowMs / 1000))
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${mac(secret, id, timestamp, body)}`,
  }
}

/** Whether a receiver should believe it: signed with the secret, and not older than the replay window. */
export function verifyWebhook(
  secret: string,
  headers: Readonly<Partial<Record<keyof WebhookHeaders, string>>>,
  body: string,
  nowMs: number,
): boolean {
  const { 'webhook-id': id = '', 'webhook-timestamp': timestamp = '', 'webhook-signature': signatures = '' } = headers
  if (!/^\d{1,12}$/.test(timestamp) || Math.abs(nowMs / 1000 - Number(timestamp)) > REPLAY_WINDOW_S) return false
  const expected = Buffer.from(`v1,${mac(secret, id, timestamp, body)}`)
  return signatures.split(' ').some((each) => {
    const given = Buffer.from(each)
    return given.length === expected.length && timingSafeEqual(given, expected)
  })
}

function mac(secret: string, id: string, timestamp: string, body: string): string {
  const key = Buffer.from(secret.slice(PREFIX.length), 'base64')
  return createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')
}
