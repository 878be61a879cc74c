import { createHmac, timingSafeEqual } from 'node:crypto'

/** A link confirms for so long. */
export const CONFIRM_WITHIN_MS = 24 * 3_600_000

/**
 * The token of a link that confirms one delivery: when that was made (base 36), and an HMAC over both. It opens nothing else, and once the
 * delivery is confirmed it does nothing any more.
 */
export function confirmToken(key: string, delivery: string, createdAt: number): string {
  const made = Math.floor(createdAt / 1000).toString(36)
  return `${made}.${mac(key, delivery, made)}`
}

/** When the delivery of a good token was made, ms; `undefined` where the token is not ours, or too old. */
export function readConfirmToken(key: string, delivery: string, token: string, nowMs: number): number | undefined {
  const [made = '', given = ''] = token.split('.')
  const expected = Buffer.from(mac(key, delivery, made))
  const signature = Buffer.from(given)
  if (signature.length !== expected.length || !timingSafeEqual(signature, expected)) return undefined
  const createdAt = Number.parseInt(made, 36) * 1000
  return nowMs - createdAt > CONFIRM_WITHIN_MS ? undefined : createdAt
}

/** Path of the page that confirms, below the address of the dashboard. */
export function confirmPath(key: string, delivery: string, createdAt: number): string {
  return `/api/v1/deliveries/${encodeURIComponent(delivery)}/confirm?token=${confirmToken(key, delivery, createdAt)}`
}

function mac(key: string, delivery: string, made: string): string {
  return createHmac('sha256', key).update(`confirm\n${delivery}\n${made}`).digest('base64url')
}
